"""Mass runs in the ledger: which parties come next, settling and undoing them, and what is left to people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.outbox import wake_relay
from chassis.queries import load_queries
from contracts.library import ItemKind
from services.matching.domain.criteria import Criteria
from services.matching.domain.findings import Finding, FindingKind
from services.matching.domain.forms import SelectionForm, SettlementForm
from services.matching.domain.grouping import MatchTerms
from services.matching.domain.ledger import MAX_ALLOCATIONS, Booking, LedgerItem, MatchKey, PartyChunk
from services.matching.domain.list_order import FindingPlace, Stretch
from services.matching.store import QUERIES
from services.matching.store.zero_balances import LastDays

CHUNK_ITEMS = 20_000
"""Open items that one transaction looks at; a party is never cut, so a giant one is a chunk of its own."""


@dataclass(frozen=True, slots=True)
class SettledInCurrency:
    """What a chunk settled in one currency; `amount` is the sum of the charges' side, in minor units."""

    currency: str
    parties: int
    matches: int
    items: int
    amount: int


async def next_parties(
    connection: Connection, administration: str, criteria: Criteria, after: str, *, settled: bool = False
) -> list[str]:
    """The next parties in key order, about CHUNK_ITEMS items of them; empty at the end.

    Those with open items, or with `settled` those that ever had an item.
    """
    queries = load_queries(QUERIES)
    rows = await connection.fetch(
        queries.next_posted_parties if settled else queries.next_parties,
        administration,
        after,
        criteria.party_from,
        criteria.party_to,
        list(criteria.party_ids) or None,
        criteria.party_group,
        criteria.party_kind,
        CHUNK_ITEMS,
    )
    return [row["party_id"] for row in rows]


async def count_parties(
    connection: Connection, administration: str, criteria: Criteria, after: str = "", last: str | None = None
) -> int:
    """How many parties the criteria choose, with or without anything open; those after one and up to another."""
    count = await connection.fetchval(
        load_queries(QUERIES).count_parties,
        administration,
        after,
        last,
        criteria.party_from,
        criteria.party_to,
        list(criteria.party_ids) or None,
        criteria.party_group,
        criteria.party_kind,
    )
    return int(count)


async def lock_accounts(connection: Connection, chunk: PartyChunk) -> None:
    """Lock accounts in key order."""
    await connection.fetch(load_queries(QUERIES).lock_accounts, chunk.administration, list(chunk.parties))


@dataclass(frozen=True, slots=True)
class SettlementLimits:
    """Up to which day accounts are settled, None for no limit; and which kinds of charges, where not all."""

    days: LastDays | None
    charge_kinds: Sequence[ItemKind] = ()


async def settle(
    connection: Connection,
    chunk: PartyChunk,
    form: SettlementForm,
    terms: MatchTerms,
    limits: SettlementLimits,
) -> list[SettledInCurrency]:
    """Settle locked accounts oldest first or whole, as the form's method says; gives what was done per currency."""
    days = limits.days or {}
    values = json.loads(booking_json(terms.booking)) | {"payment_differences": terms.rules.payment_differences}
    rows = await connection.fetch(
        load_queries(QUERIES).settle,
        chunk.administration,
        list(chunk.parties),
        criteria_json(form, limits.charge_kinds),
        json.dumps(values),
        [account.party_id for account in days],
        [account.currency for account in days],
        list(days.values()),
        MAX_ALLOCATIONS,
    )
    await wake_relay(connection)
    return [SettledInCurrency(**dict(row)) for row in rows]


async def settled_of_run(connection: Connection, chunk: PartyChunk, run_id: UUID) -> list[SettledInCurrency]:
    """What a run has settled of the parties, per currency, each party and item counted once."""
    rows = await connection.fetch(
        load_queries(QUERIES).settled_of_run, chunk.administration, list(chunk.parties), run_id
    )
    return [SettledInCurrency(**dict(row)) for row in rows]


async def match_opposite_items(
    connection: Connection, chunk: PartyChunk, form: SelectionForm, booking: Booking
) -> list[SettledInCurrency]:
    """Match pairs of the same amount on locked accounts; gives what was done per currency."""
    rows = await connection.fetch(
        load_queries(QUERIES).match_opposite_items,
        chunk.administration,
        list(chunk.parties),
        criteria_json(form),
        booking_json(booking),
    )
    await wake_relay(connection)
    return [SettledInCurrency(**dict(row)) for row in rows]


async def selected_items(connection: Connection, chunk: PartyChunk, form: SelectionForm) -> list[LedgerItem]:
    """The open items of the parties that the form's criteria select and that a run may take, in settlement order."""
    rows = await connection.fetch(
        load_queries(QUERIES).selected_items, chunk.administration, list(chunk.parties), criteria_json(form)
    )
    return [LedgerItem(**row) for row in rows]


def criteria_json(form: SelectionForm, charge_kinds: Sequence[ItemKind] = ()) -> str:
    """Criteria and options as the set-based statements take them; only charges of some kinds, where these are given.

    With them goes the day that no item may be later than.
    """
    values = _bounds(form.criteria)
    values["method"] = form.method
    values["tolerance"] = form.tolerance
    values["books_differences"] = form.difference_code == "payment-differences"
    values["only_zero_balance"] = form.only_zero_balance
    values["up_to_zero_balance"] = form.up_to_zero_balance
    values["charge_kinds"] = list(charge_kinds) or None
    values["match_date"] = str(form.booking.date)
    return json.dumps(values)


def bounds_json(criteria: Criteria) -> str:
    """Criteria alone as the set-based statements take them."""
    return json.dumps(_bounds(criteria) | {"only_zero_balance": False, "up_to_zero_balance": False})


def _bounds(criteria: Criteria) -> dict[str, Any]:
    values = criteria.model_dump(mode="json", exclude={"party_ids", "party_from", "party_to"})
    return values | {"kinds": values["kinds"] or None}


def booking_json(booking: Booking) -> str:
    """A booking as the set-based statements take it."""
    values = {name: getattr(booking, name) for name in Booking.__dataclass_fields__}
    return json.dumps(values, default=str)


@dataclass(frozen=True, slots=True)
class Undone:
    """How many matches were undone, how many of them no run had made, and how many lines they had."""

    matches: int
    by_hand: int
    lines: int


NOTHING_UNDONE = Undone(0, 0, 0)


@dataclass(frozen=True, slots=True)
class LeftOfRun:
    """Whether a run made matches that are no reversals, since when one of them is in force, and whether it wrote off.

    `in_force_since` is None where none is.
    """

    has_matched: bool
    in_force_since: date | None
    has_written_off: bool


@dataclass(frozen=True, slots=True)
class Settlements:
    """Matches that may be undone on a day, and how many more could be if they were not later than it."""

    match_ids: list[UUID]
    later: int


async def reverse_matches(
    connection: Connection, chunk: PartyChunk, booking: Booking, which: UUID | Sequence[UUID]
) -> Undone:
    """Undo every match of the run `which`, or the matches that `which` names, on locked accounts.

    What made a remainder is left for `remainder_matches`: undoing it needs a look at what became of the remainder.
    """
    run_id, named = (which, None) if isinstance(which, UUID) else (None, list(which))
    row = await connection.fetchrow(
        load_queries(QUERIES).reverse_matches,
        chunk.administration,
        list(chunk.parties),
        run_id,
        named,
        booking_json(booking),
    )
    assert row is not None, "a count always gives a row"
    await wake_relay(connection)
    return Undone(**dict(row))


async def earlier_settlements(
    connection: Connection, chunk: PartyChunk, selection: str, day: date, last_days: LastDays | None = None
) -> Settlements:
    """Matches in force on locked accounts whose items settle each other, all of them items that the run may take.

    They are to be undone on `day`. `selection` is as `criteria_json` or `bounds_json` make it, `last_days` is up to
    which day the run settles each account, where the form limits it to that day.
    """
    days = last_days or {}
    rows = await connection.fetch(
        load_queries(QUERIES).earlier_settlements,
        chunk.administration,
        list(chunk.parties),
        selection,
        [account.party_id for account in days],
        [account.currency for account in days],
        list(days.values()),
        day,
    )
    return Settlements([row["match_id"] for row in rows if not row["is_later"]], sum(row["is_later"] for row in rows))


async def remainder_matches(connection: Connection, chunk: PartyChunk, run_id: UUID) -> list[MatchKey]:
    """Matches of a run that made a remainder and were not undone, the newest first."""
    rows = await connection.fetch(
        load_queries(QUERIES).remainder_matches, chunk.administration, list(chunk.parties), run_id
    )
    return [MatchKey(chunk.administration, row["party_id"], UUID(bytes=row["match_id"].bytes)) for row in rows]


async def next_run_parties(connection: Connection, administration: str, run_id: UUID, after: str) -> list[str]:
    """The next parties of a run in key order, about CHUNK_ITEMS lines of them; empty at the end."""
    rows = await connection.fetch(
        load_queries(QUERIES).next_run_parties, administration, run_id, after, CHUNK_ITEMS // 8
    )
    return [row["party_id"] for row in rows]


async def count_run_parties(connection: Connection, administration: str, run_id: UUID) -> int:
    """How many parties a run made matches for."""
    return int(await connection.fetchval(load_queries(QUERIES).count_run_parties, administration, run_id))


async def left_of_run(connection: Connection, administration: str, run_id: UUID) -> LeftOfRun:
    """Whether a run matched anything, and since when any of that is in force."""
    row = await connection.fetchrow(load_queries(QUERIES).left_of_run, administration, run_id)
    assert row is not None, "two questions always give a row"
    return LeftOfRun(**dict(row))


async def add_findings(connection: Connection, administration: str, run_id: UUID, findings: Sequence[Finding]) -> None:
    """Keep what a chunk of a run found; a party belongs to one chunk of a run."""
    if not findings:
        return
    rows = [asdict(finding) | {"number": number} for number, finding in enumerate(findings, 1)]
    await connection.execute(load_queries(QUERIES).add_findings, administration, run_id, json.dumps(rows, default=str))


async def list_findings(
    connection: Connection, administration: str, run_id: UUID, kind: FindingKind | None, stretch: Stretch[FindingPlace]
) -> list[asyncpg.Record]:
    """Findings of a run in the order of party and number."""
    return await connection.fetch(
        load_queries(QUERIES).list_findings, administration, run_id, kind, *stretch.after, stretch.limit
    )
