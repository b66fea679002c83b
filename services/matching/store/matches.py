"""Matches in the ledger: appending, loading, rendering as events; and the requests that each of them answers once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Connection, columns
from chassis.outbox import wake_relay
from chassis.queries import load_queries
from contracts.matching import MatchRejected
from contracts.writeoff import MatchRequested
from services.matching.domain.ledger import Contra, Entry, ItemKey, Line, MatchKey, allocations_of
from services.matching.domain.reversals import StoredMatch
from services.matching.store import QUERIES


async def append_matches(connection: Connection, entries: Sequence[Entry]) -> None:
    """Book matches in their order, announce them, and move what is open; their accounts are locked."""
    if not entries:
        return
    rows = [_row_of(position, entry) for position, entry in enumerate(entries)]
    mismatched = await connection.fetchval(load_queries(QUERIES).append_matches, json.dumps(rows, default=str))
    assert mismatched == 0, f"{mismatched} items were not as open as their matches were decided on"
    await wake_relay(connection)


async def new_ids(connection: Connection, count: int) -> list[UUID]:
    """Fresh ids in the order of time."""
    rows = await connection.fetch(load_queries(QUERIES).new_ids, count)
    return [UUID(bytes=row["id"].bytes) for row in rows]


async def load_matches(connection: Connection, keys: Sequence[MatchKey]) -> dict[UUID, StoredMatch]:
    """Load stored matches; those that there are not are left out."""
    if not keys:
        return {}
    rows = await _match_rows(connection, keys)
    return {match.match_id: match for match in map(_stored, rows)}


async def effects_of_requests(connection: Connection, keys: Sequence[tuple[str, str, UUID]]) -> dict[UUID, bool]:
    """Whether each of these requests made a match; those that were not answered yet are left out."""
    if not keys:
        return {}
    rows = await connection.fetch(load_queries(QUERIES).effects_of_requests, *columns(keys, 3))
    return {UUID(bytes=row["request_id"].bytes): row["had_effect"] for row in rows}


async def matches_using(connection: Connection, keys: Sequence[ItemKey]) -> dict[ItemKey, list[UUID]]:
    """Which matches in force touch the items, in their order."""
    found: dict[ItemKey, list[UUID]] = defaultdict(list)
    if keys:
        for row in await connection.fetch(load_queries(QUERIES).matches_using_items, *columns(keys, 3)):
            key = (row["administration"], row["party_id"], row["item_id"])
            found[key].append(UUID(bytes=row["match_id"].bytes))
    return found


async def render_matches(connection: Connection, references: Sequence[str]) -> Mapping[str, bytes]:
    """The `items-matched` events of matches that the outbox refers to as `administration:party_id:match_id`."""
    keys = [_key_of(reference) for reference in references]
    rows = await _match_rows(connection, keys)
    return {
        f"{row['administration']}:{row['party_id']}:{row['match_id']}": json.dumps(
            event_of(row), separators=(",", ":")
        ).encode()
        for row in rows
    }


async def _match_rows(connection: Connection, keys: Sequence[MatchKey]) -> list[asyncpg.Record]:
    return await connection.fetch(
        load_queries(QUERIES).matches_by_id,
        [key.administration for key in keys],
        [key.party_id for key in keys],
        [key.match_id for key in keys],
    )


def _key_of(reference: str) -> MatchKey:
    administration, _, rest = reference.partition(":")
    party_id, _, match_id = rest.rpartition(":")
    return MatchKey(administration, party_id, UUID(match_id))


def event_of(row: asyncpg.Record) -> dict[str, Any]:
    """The JSON of the `items-matched` event that tells of a stored match."""
    event = {
        "administration": row["administration"],
        "party_id": row["party_id"],
        "match_id": str(row["match_id"]),
        "method": row["method"],
        "reversal_of": _text(row["reversal_of"]),
        "request_id": _text(row["request_id"]),
        "run_id": _text(row["run_id"]),
        "currency": row["currency"],
        "date": row["match_date"].isoformat(),
        "journal": row["journal"],
        "fiscal_year": row["fiscal_year"],
        "period": row["period"],
        "reason": row["reason"],
        "note": row["note"],
        "employee": row["employee"],
        "origin_administration": row["origin_administration"],
        "recorded_at": row["recorded_at"].isoformat(),
        "lines": _lines(row),
        "contra_lines": _contra_lines(row),
        "allocations": _allocations(row),
        "skipped": json.loads(row["skipped"]) if row["skipped"] else [],
    }
    return _without_none(event)


def _lines(row: asyncpg.Record) -> list[dict[str, Any]]:
    base = row["base_amounts"] or [None] * len(row["item_ids"])
    currencies = row["line_currencies"] or [None] * len(row["item_ids"])
    return [
        _without_none(
            {
                "item_id": item_id,
                "amount": amount,
                "open_amount": open_amount,
                "version": row["sequence"],
                "base_amount": base_amount,
                "currency": currency,
            }
        )
        for item_id, amount, open_amount, base_amount, currency in zip(
            row["item_ids"], row["amounts"], row["open_amounts"], base, currencies, strict=True
        )
    ]


def _text(identifier: UUID | None) -> str | None:
    return None if identifier is None else str(identifier)


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _contra_lines(row: asyncpg.Record) -> list[dict[str, Any]]:
    lines = []
    if row["contra_kind"]:
        lines.append(
            _without_none(
                {
                    "kind": row["contra_kind"],
                    "amount": row["contra_amount"],
                    "journal": row["contra_journal"],
                    "gl_account": row["contra_gl_account"],
                    "item_id": row["contra_item_id"],
                    "base_amount": row["contra_base_amount"] if row["base_amounts"] else None,
                }
            )
        )
    if row["exchange_difference"]:
        lines.append(
            _without_none(
                {
                    "kind": "exchange-difference",
                    "amount": 0,
                    "gl_account": row["exchange_gl_account"],
                    "base_amount": row["exchange_difference"],
                }
            )
        )
    return lines


def _allocations(row: asyncpg.Record) -> list[dict[str, Any]]:
    if not row["settlement_information"] or row["reversal_of"] or row["line_currencies"]:
        return []
    return [
        {"charge_item_id": found.charge_item_id, "credit_item_id": found.credit_item_id, "amount": found.amount}
        for found in allocations_of(row["item_ids"], row["amounts"])
    ]


def _row_of(position: int, entry: Entry) -> dict[str, Any]:
    booking, contra, lines = entry.booking, entry.contra, entry.lines
    has_base = all(line.base_amount is not None for line in lines)
    return {
        "position": position,
        "administration": entry.administration,
        "party_id": entry.party_id,
        "match_id": entry.match_id,
        "run_id": booking.run_id,
        "request_id": booking.request_id,
        "reversal_of": entry.reversal_of,
        "match_date": booking.match_date,
        "touched_on": entry.touched_on,
        "fiscal_year": booking.fiscal_year,
        "period": booking.period,
        "settlement_information": booking.settlement_information,
        "contra_amount": contra.amount if contra else 0,
        "contra_base_amount": contra.base_amount if contra else 0,
        "exchange_difference": entry.exchange_difference,
        "exchange_gains": booking.exchange_gains,
        "exchange_losses": booking.exchange_losses,
        "method": entry.method,
        "journal": booking.journal,
        "currency": entry.currency,
        "employee": booking.employee,
        "contra_kind": contra.kind if contra else None,
        "contra_journal": contra.journal if contra else None,
        "contra_gl_account": contra.gl_account if contra else None,
        "contra_item_id": contra.item_id if contra else None,
        "reason": entry.reason,
        "note": booking.note,
        "origin_administration": booking.origin_administration,
        "item_ids": [line.item_id for line in lines],
        "amounts": [line.amount for line in lines],
        "open_amounts": [line.open_amount for line in lines],
        "base_amounts": [line.base_amount for line in lines] if has_base else None,
        "line_currencies": [line.currency for line in lines] if entry.is_foreign else None,
        "skipped": list(entry.skipped) or None,
    }


def _stored(row: asyncpg.Record) -> StoredMatch:
    count = len(row["item_ids"])
    base = row["base_amounts"] or [None] * count
    currencies = row["line_currencies"] or [row["currency"]] * count
    lines = zip(row["item_ids"], row["amounts"], row["open_amounts"], currencies, base, strict=True)
    contra = None
    if row["contra_kind"]:
        contra = Contra(
            kind=row["contra_kind"],
            amount=row["contra_amount"],
            base_amount=row["contra_base_amount"],
            journal=row["contra_journal"],
            gl_account=row["contra_gl_account"],
            item_id=row["contra_item_id"],
        )
    return StoredMatch(
        administration=row["administration"],
        party_id=row["party_id"],
        match_id=UUID(bytes=row["match_id"].bytes),
        method=row["method"],
        currency=row["currency"],
        journal=row["journal"],
        match_date=row["match_date"],
        lines=tuple(Line(*line) for line in lines),
        contra=contra,
        reason=row["reason"],
        reversal_of=row["reversal_of"],
        reversed_by=row["reversed_by"],
        is_foreign=row["line_currencies"] is not None,
    )


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
