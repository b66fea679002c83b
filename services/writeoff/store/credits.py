"""What settled charges that an event may take back, and what was given back of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from pydantic_core import from_json, to_json

from chassis.database import Connection, columns
from chassis.queries import load_queries
from contracts.matching import ItemsMatched
from services.writeoff.domain.requests import PartyKey
from services.writeoff.domain.settled import ContraSide, SettledLine, Settlement, Share, TakenBack, divided
from services.writeoff.store import QUERIES

ChargeKey = tuple[str, str, str]
"""(administration, party_id, item_id) of a charge."""


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
    other_ids: str
    """Further requests, apart by blanks."""


class ReleaseAnswer(NamedTuple):
    """What the ledger said to a request of a release: the match, or why there is none."""

    administration: str
    party_id: str
    request_id: UUID
    match_id: UUID | None
    code: str | None
    message: str | None


class LeftRemainder(NamedTuple):
    """A remainder that a match left, and the last item of its side."""

    administration: str
    party_id: str
    item_id: str
    source_item_id: str


class SettledBefore(NamedTuple):
    """What settled charges: the settlements that stand, what is waived, and on which day one was undone last."""

    standing: Mapping[ChargeKey, Sequence[Settlement]]
    waived: Mapping[ChargeKey, int]
    undone_on: Mapping[ChargeKey, date]


async def charges_of_events(connection: Connection, keys: Iterable[ChargeKey]) -> set[ChargeKey]:
    """Those of the items that are charges which an event may name."""
    rows = await connection.fetch(load_queries(QUERIES).charges_of_events, *columns(keys, 3))
    return {tuple(row) for row in rows}


async def keep_settlements(
    connection: Connection, matches: Sequence[ItemsMatched], touched: Iterable[tuple[str, str, str, UUID]]
) -> None:
    """Keep what these matches settled, of reversals what they undid; `touched` are charges with each match."""
    queries = load_queries(QUERIES)
    await connection.execute(queries.keep_settlements, *columns(map(_settlement_row, matches), 10))
    await connection.execute(queries.keep_settled_charges, *columns(touched, 4))


async def keep_remainders(connection: Connection, remainders: Sequence[LeftRemainder]) -> None:
    """Keep of what remainders are left."""
    if remainders:
        await connection.execute(load_queries(QUERIES).keep_remainders, *columns(remainders, 4))


def _settlement_row(match: ItemsMatched) -> tuple[object, ...]:
    # A reversal tells the match that it undoes with its signs turned.
    sign = 1 if match.reversal_of is None else -1
    lines = [
        {"item_id": line.item_id, "amount": sign * line.amount}
        | ({} if line.base_amount is None else {"base_amount": sign * line.base_amount})
        | ({} if line.currency is None else {"currency": line.currency})
        for line in match.lines
    ]
    told = [(one.charge_item_id, one.credit_item_id, one.amount) for one in match.allocations]
    if told == divided([SettledLine(line.item_id, line.amount, None) for line in match.lines]):
        told = []
    contra = next((one for one in match.contra_lines if one.amount), None)
    sides = (
        None if contra is None else {"kind": contra.kind, "journal": contra.journal, "gl_account": contra.gl_account}
    )
    named = (match.administration, match.party_id, match.reversal_of or match.match_id, match.journal, match.currency)
    return (
        *named,
        match.date if match.reversal_of is None else None,
        to_json(lines).decode(),
        to_json(told).decode() if told else None,
        to_json(sides).decode() if sides else None,
        None if match.reversal_of is None else match.date,
    )


async def settled_before(connection: Connection, keys: Iterable[ChargeKey]) -> SettledBefore:
    """The settlements of these charges that stand, what is waived of them, and when one was undone last."""
    queries = load_queries(QUERIES)
    arguments = columns(sorted(set(keys)), 3)
    standing: dict[ChargeKey, list[Settlement]] = {}
    undone_on: dict[ChargeKey, date] = {}
    for row in await connection.fetch(queries.settlements_of_charges, *arguments):
        charges = [(row["administration"], row["party_id"], item_id) for item_id in row["charges"]]
        settlement = None if row["undone"] else _settlement_of(row)
        for charge in charges:
            if settlement is not None:
                standing.setdefault(charge, []).append(settlement)
            elif row["undone_on"] is not None:
                undone_on[charge] = max(undone_on.get(charge, date.min), row["undone_on"])
    rows = await connection.fetch(queries.waived_amounts, *arguments)
    return SettledBefore(standing, {tuple(row[:3]): row["amount"] for row in rows}, undone_on)


def _settlement_of(row: asyncpg.Record) -> Settlement:
    lines = from_json(row["lines"])
    told = row["allocations"]
    contra = row["contra"]
    return Settlement(
        match_id=row["match_id"],
        journal=row["journal"],
        currency=row["currency"],
        day=row["date"],
        lines=tuple(map(_line_of, lines)),
        told=None if told is None else tuple(Share(*share) for share in from_json(told)),
        contra=None if contra is None else ContraSide(**from_json(contra)),
        is_mixed=any(line["currency"] is not None for line in lines),
    )


def _line_of(line: Mapping[str, Any]) -> SettledLine:
    taken_back = tuple(
        TakenBack(item_id, open_amount, date.fromisoformat(day))
        for item_id, open_amount, day in line["taken_back"] or ()
    )
    return SettledLine(
        line["item_id"],
        line["amount"],
        line["kind"],
        line["journal"],
        date.fromisoformat(line["day"]),
        line["base_amount"],
        taken_back,
    )


async def add_releases(connection: Connection, releases: Sequence[Release]) -> None:
    """Keep what is given back."""
    if releases:
        await connection.execute(load_queries(QUERIES).add_releases, *columns(releases, 10))


async def answer_releases(connection: Connection, answers: Sequence[ReleaseAnswer]) -> None:
    """Keep those of the answers that are to requests of releases."""
    if answers:
        await connection.execute(load_queries(QUERIES).answer_releases, *columns(answers, 6))


async def charges_granted_in_part(connection: Connection, asks: Sequence[tuple[str, str, UUID]]) -> list[ChargeKey]:
    """What rules asked for with these asks and the ledger granted less of, or nothing."""
    if not asks:
        return []
    rows = await connection.fetch(load_queries(QUERIES).charges_granted_in_part, *columns(asks, 3))
    return [tuple(row) for row in rows]


async def causes_to_look_at_again(
    connection: Connection, charges: Iterable[tuple[PartyKey, str, bool]]
) -> list[asyncpg.Record]:
    """Causes that asked for these charges and found them settled; with True, those that found a part settled too."""
    rows = [(*party, item_id, in_part) for party, item_id, in_part in charges]
    return await connection.fetch(load_queries(QUERIES).causes_to_look_at_again, *columns(rows, 4))
