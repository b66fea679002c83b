"""Previewed runs in the database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from chassis.database import Connection
from chassis.errors import NotFound
from chassis.queries import load_queries
from services.matching.domain.forms import SelectionForm
from services.matching.domain.ledger import ProposalKey
from services.matching.domain.list_order import AccountPlace, ItemPlace, ProposedItemPlace, Stretch
from services.matching.domain.marking import MarkOutcome, MarkScope
from services.matching.domain.proposing import MatchGroup
from services.matching.store import QUERIES
from services.matching.store.runs import CHUNK_ITEMS


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the items of a proposal, and until when."""

    employee: str
    expires_at: datetime


async def add_proposal(connection: Connection, key: ProposalKey, form: SelectionForm, holder: Holder) -> None:
    """A proposal that is being built."""
    await connection.execute(
        load_queries(QUERIES).add_proposal,
        *key,
        form.method,
        form.model_dump_json(),
        holder.employee,
        holder.expires_at,
    )


async def get_proposal(connection: Connection, key: ProposalKey, *, lock: bool = False) -> asyncpg.Record:
    """A proposal, locked if asked; NotFound when there is none."""
    queries = load_queries(QUERIES)
    row = await connection.fetchrow(queries.lock_proposal if lock else queries.get_proposal, *key)
    if row is None:
        raise NotFound(
            "unknown-proposal",
            "No proposal has the id {proposal_id}.",
            proposal_id=key.proposal_id,
            field="proposal_id",
            remedy="See the list of runs, or make a new proposal.",
        )
    return row


async def set_state(
    connection: Connection, key: ProposalKey, state: str, failure: Mapping[str, Any] | None = None
) -> None:
    """Move a proposal on; `failure` is why its run ended before its end, None where it did not."""
    kept = None if failure is None else json.dumps(dict(failure))
    await connection.execute(load_queries(QUERIES).set_proposal_state, *key, state, kept)


async def add_groups(connection: Connection, key: ProposalKey, groups: Sequence[MatchGroup], holder: Holder) -> None:
    """Freeze groups of locked accounts and reserve their items."""
    if not groups:
        return
    numbered = list(enumerate(groups, 1))
    rows = [
        {
            "party_id": group.party_id,
            "group_number": number,
            "currency": group.currency,
            "closes": group.closes,
            "reason": group.reason,
        }
        for number, group in numbered
    ]
    items = [
        {
            "party_id": item.party_id,
            "item_id": item.item_id,
            "group_number": number,
            "currency": item.currency,
            "item_date": item.item_date.isoformat(),
            "voucher": item.voucher,
            "kind": item.kind,
            "open_amount": item.open_amount,
        }
        for number, group in numbered
        for item in group.items
    ]
    queries = load_queries(QUERIES)
    await connection.execute(queries.add_groups, *key, json.dumps(rows))
    await connection.execute(queries.add_proposed_items, *key, json.dumps(items), holder.employee, holder.expires_at)


async def mark(connection: Connection, key: ProposalKey, employee: str, scope: MarkScope, *, marked: bool) -> int:
    """Mark or unmark what nobody else marked; gives how many marks changed."""
    queries = load_queries(QUERIES)
    groups, items = scope.groups, scope.items
    status = await connection.execute(
        queries.mark_items_of_proposal,
        *key,
        employee,
        marked,
        scope.parties,
        [group.party_id for group in groups] if groups else None,
        [group.group_number for group in groups] if groups else None,
        [item.party_id for item in items] if items else None,
        [item.item_id for item in items] if items else None,
    )
    changed = int(status.rpartition(" ")[2])
    if changed:
        await connection.execute(queries.count_revision, *key)
    return changed


async def not_proposed(connection: Connection, key: ProposalKey, scope: MarkScope) -> asyncpg.Record | None:
    """One of the named parties and groups that the proposal does not have; group_number is NULL for a party."""
    groups = scope.groups or []
    return await connection.fetchrow(
        load_queries(QUERIES).not_proposed,
        *key,
        scope.parties or [],
        [group.party_id for group in groups],
        [group.group_number for group in groups],
    )


async def count_marks_of_others(connection: Connection, key: ProposalKey, employee: str, scope: MarkScope) -> int:
    """How many marks of other people there are among what is named, or everywhere when nothing is."""
    groups = scope.groups
    count = await connection.fetchval(
        load_queries(QUERIES).count_marks_of_others,
        *key,
        employee,
        scope.parties,
        [group.party_id for group in groups] if groups else None,
        [group.group_number for group in groups] if groups else None,
    )
    return int(count)


async def marked_by_others(
    connection: Connection, key: ProposalKey, items: Sequence[ItemPlace], employee: str
) -> list[asyncpg.Record]:
    """Of the items those that somebody else marked, or that the proposal does not have (marked_by NULL)."""
    return await connection.fetch(
        load_queries(QUERIES).marked_by_others,
        *key,
        [item.party_id for item in items],
        [item.item_id for item in items],
        employee,
    )


async def totals(connection: Connection, key: ProposalKey) -> list[asyncpg.Record]:
    """What a proposal holds and what of it is marked now, per currency."""
    return await connection.fetch(load_queries(QUERIES).proposal_totals, *key)


async def parties(connection: Connection, key: ProposalKey, stretch: Stretch[AccountPlace]) -> list[asyncpg.Record]:
    """Live totals per party and currency."""
    return await connection.fetch(load_queries(QUERIES).proposal_parties, *key, *stretch.after, stretch.limit)


async def items(
    connection: Connection, key: ProposalKey, party_id: str | None, stretch: Stretch[ProposedItemPlace]
) -> list[asyncpg.Record]:
    """Proposed items with their groups' reasons."""
    return await connection.fetch(load_queries(QUERIES).proposal_items, *key, party_id, *stretch.after, stretch.limit)


async def count_marked_parties(connection: Connection, key: ProposalKey) -> int:
    """How many parties have marked items."""
    return int(await connection.fetchval(load_queries(QUERIES).count_marked_parties, *key))


async def next_marked_parties(connection: Connection, key: ProposalKey, after: str) -> list[str]:
    """The next parties with marked items, about CHUNK_ITEMS / 8 items of them."""
    rows = await connection.fetch(load_queries(QUERIES).next_proposed_parties, *key, after, CHUNK_ITEMS // 8)
    return [row["party_id"] for row in rows]


async def marked_items(connection: Connection, key: ProposalKey, chunk: Sequence[str]) -> list[asyncpg.Record]:
    """Marked items of the parties, group by group."""
    return await connection.fetch(load_queries(QUERIES).marked_items, *key, list(chunk))


async def set_outcomes(connection: Connection, key: ProposalKey, outcomes: Sequence[MarkOutcome]) -> None:
    """Keep what became of marked items."""
    await connection.execute(
        load_queries(QUERIES).set_outcomes,
        *key,
        [outcome.party_id for outcome in outcomes],
        [outcome.item_id for outcome in outcomes],
        [outcome.code for outcome in outcomes],
        [outcome.match_id for outcome in outcomes],
    )


async def close_proposal(connection: Connection, key: ProposalKey, state: str) -> None:
    """Let go of everything that the proposal holds, and note what was never marked."""
    queries = load_queries(QUERIES)
    await connection.execute(queries.release_reservations, *key)
    await connection.execute(queries.note_unmarked, *key)
    await set_state(connection, key, state)


async def group_of(connection: Connection, key: ProposalKey, party_id: str, item_id: str) -> asyncpg.Record | None:
    """The group in which an item was proposed, if it was."""
    return await connection.fetchrow(load_queries(QUERIES).proposed_group_of, *key, party_id, item_id)
