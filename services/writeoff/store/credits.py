"""What was paid for charges that a cause takes back, and what was given back of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from pydantic_core import from_json, to_json

from chassis.database import Connection, columns
from chassis.queries import load_queries
from contracts.matching import ItemsMatched
from services.writeoff.domain.credits import SettledLine, StandingSettlement
from services.writeoff.domain.requests import PartyKey
from services.writeoff.store import QUERIES
from services.writeoff.store.entries import MatchKey


class Release(NamedTuple):
    """What a cause gives back of an item: the settlement that is undone, and the requests that do it."""

    administration: str
    party_id: str
    topic: str
    cause_key: str
    item_id: str
    match_id: UUID
    amount: int
    undo_id: UUID
    again_id: UUID | None


class ReleaseAnswer(NamedTuple):
    """What the ledger said to a request of a release: the match, or why there is none."""

    administration: str
    party_id: str
    request_id: UUID
    match_id: UUID | None
    code: str | None
    message: str | None


async def keep_settlements(connection: Connection, matches: Sequence[ItemsMatched]) -> None:
    """Remember those of the matches that settle a charge of a note."""
    if matches:
        await connection.execute(load_queries(QUERIES).keep_settlements, *columns(map(_settlement_row, matches), 6))


def _settlement_row(match: ItemsMatched) -> tuple[object, ...]:
    lines = [{"item_id": line.item_id, "amount": line.amount} for line in match.lines]
    named = (match.administration, match.party_id, match.match_id, match.journal, match.currency)
    return (*named, to_json(lines).decode())


async def note_undone_settlements(connection: Connection, keys: Sequence[MatchKey]) -> None:
    """Note that settlements were undone."""
    if keys:
        await connection.execute(load_queries(QUERIES).note_undone_settlements, *columns(keys, 3))


async def standing_settlements(
    connection: Connection, parties: Iterable[PartyKey]
) -> dict[PartyKey, list[StandingSettlement]]:
    """The settlements of parties that nobody undid, in the order of the ledger's matches."""
    standing: dict[PartyKey, list[StandingSettlement]] = {}
    for row in await connection.fetch(load_queries(QUERIES).settlements_of_parties, *columns(parties, 2)):
        lines = tuple(SettledLine(*line) for line in from_json(row["lines"]))
        settlement = StandingSettlement(row["match_id"], row["journal"], row["currency"], lines)
        standing.setdefault((row["administration"], row["party_id"]), []).append(settlement)
    return standing


async def add_releases(connection: Connection, releases: Sequence[Release]) -> None:
    """Keep what is given back."""
    if releases:
        await connection.execute(load_queries(QUERIES).add_releases, *columns(releases, 9))


async def answer_releases(connection: Connection, answers: Sequence[ReleaseAnswer]) -> None:
    """Keep those of the answers that are to requests of releases."""
    if answers:
        await connection.execute(load_queries(QUERIES).answer_releases, *columns(answers, 6))
