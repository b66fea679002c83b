"""What became of match requests: each is answered once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Connection
from chassis.queries import load_queries
from contracts.matching import MatchRejected
from contracts.writeoff import MatchRequested
from services.matching.domain.ledger import Entry
from services.matching.store import QUERIES


async def answered_requests(connection: Connection, requests: Sequence[MatchRequested]) -> set[UUID]:
    """Ids of those requests that were answered before."""
    rows = await connection.fetch(
        load_queries(QUERIES).answered_requests,
        [request.administration for request in requests],
        [request.party_id for request in requests],
        [request.request_id for request in requests],
    )
    return {UUID(bytes=row["request_id"].bytes) for row in rows}


async def answer_requests(
    connection: Connection, entries: Sequence[Entry], rejections: Sequence[MatchRejected]
) -> None:
    """Remember the answers: the match that a request made, or the code of its refusal."""
    await connection.execute(
        load_queries(QUERIES).answer_requests,
        [entry.administration for entry in entries] + [rejection.administration for rejection in rejections],
        [entry.party_id for entry in entries] + [rejection.party_id for rejection in rejections],
        [entry.booking.request_id for entry in entries] + [rejection.request_id for rejection in rejections],
        [entry.match_id for entry in entries] + [None for _ in rejections],
        [None for _ in entries] + [rejection.code for rejection in rejections],
    )
