"""Previewed runs in the database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Connection
from chassis.errors import NotFound
from chassis.queries import load_queries
from services.matching.domain.forms import SelectionForm
from services.matching.domain.proposing import Group
from services.matching.store.items import QUERIES
from services.matching.store.runs import CHUNK_ITEMS

ProposalKey = tuple[str, UUID]
"""(administration, proposal_id)"""


async def add_proposal(
    connection: Connection, key: ProposalKey, form: SelectionForm, employee: str, expires_at: datetime
) -> None:
    """A proposal that is being built."""
    await connection.execute(
        load_queries(QUERIES).add_proposal, *key, form.method, form.model_dump_json(), employee, expires_at
    )


async def get_proposal(connection: Connection, key: ProposalKey, *, lock: bool = False) -> asyncpg.Record:
    """A proposal, locked if asked; NotFound when there is none."""
    queries = load_queries(QUERIES)
    row = await connection.fetchrow(queries.lock_proposal if lock else queries.get_proposal, *key)
    if row is None:
        raise NotFound(
            "unknown-proposal", "No proposal has the id {proposal_id}.", proposal_id=key[1], field="proposal_id"
        )
    return row


async def set_state(connection: Connection, key: ProposalKey, state: str) -> None:
    """Move a proposal on."""
    await connection.execute(load_queries(QUERIES).set_proposal_state, *key, state)


async def add_groups(
    connection: Connection, key: ProposalKey, groups: Sequence[Group], holder: tuple[str, datetime]
) -> None:
    """Freeze groups of locked accounts and reserve their items for `holder`, an employee, until an instant."""
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
    await connection.execute(queries.add_proposed_items, *key, json.dumps(items), *holder)


async def mark(connection: Connection, key: ProposalKey, employee: str, which: dict[str, Any], *, marked: bool) -> int:
    """Mark or unmark what nobody else marked; `which` has parties, groups or items, or nothing for everything."""
    queries = load_queries(QUERIES)
    groups, items = which.get("groups"), which.get("items")
    status = await connection.execute(
        queries.mark_items_of_proposal,
        *key,
        employee,
        marked,
        which.get("parties"),
        [party for party, _ in groups] if groups else None,
        [number for _, number in groups] if groups else None,
        [party for party, _ in items] if items else None,
        [item for _, item in items] if items else None,
    )
    changed = int(status.rpartition(" ")[2])
    if changed:
        await connection.execute(queries.count_revision, *key)
    return changed


async def not_proposed(
    connection: Connection, key: ProposalKey, which: Mapping[str, Any]
) -> tuple[str, int | None] | None:
    """One of the named parties and groups that the proposal does not have: (party, number or None for a party)."""
    groups = which.get("groups") or []
    row = await connection.fetchrow(
        load_queries(QUERIES).not_proposed,
        *key,
        which.get("parties") or [],
        [party for party, _ in groups],
        [number for _, number in groups],
    )
    return None if row is None else (row["party_id"], row["group_number"])


async def count_marks_of_others(
    connection: Connection, key: ProposalKey, employee: str, which: Mapping[str, Any]
) -> int:
    """How many marks of other people there are among what is named, or everywhere when nothing is."""
    groups = which.get("groups")
    count = await connection.fetchval(
        load_queries(QUERIES).count_marks_of_others,
        *key,
        employee,
        which.get("parties"),
        [party for party, _ in groups] if groups else None,
        [number for _, number in groups] if groups else None,
    )
    return int(count)


async def marked_by_others(
    connection: Connection, key: ProposalKey, items: Sequence[tuple[str, str]], employee: str
) -> list[asyncpg.Record]:
    """Of the items those that somebody else marked, or that the proposal does not have (marked_by NULL)."""
    return await connection.fetch(
        load_queries(QUERIES).marked_by_others,
        *key,
        [party for party, _ in items],
        [item for _, item in items],
        employee,
    )


async def totals(connection: Connection, key: ProposalKey) -> list[asyncpg.Record]:
    """Live totals per currency."""
    return await connection.fetch(load_queries(QUERIES).proposal_totals, *key)


async def parties(connection: Connection, key: ProposalKey, after: tuple[str, str], limit: int) -> list[asyncpg.Record]:
    """Live totals per party and currency after the given ones."""
    return await connection.fetch(load_queries(QUERIES).proposal_parties, *key, *after, limit)


async def items(
    connection: Connection, key: ProposalKey, party_id: str | None, after: tuple[str, int, str], limit: int
) -> list[asyncpg.Record]:
    """Proposed items with their groups' reasons, after the given place."""
    return await connection.fetch(load_queries(QUERIES).proposal_items, *key, party_id, *after, limit)


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


async def set_outcomes(
    connection: Connection, key: ProposalKey, outcomes: Sequence[tuple[str, str, str, UUID | None]]
) -> None:
    """What became of items: (party_id, item_id, outcome, match_id)."""
    await connection.execute(
        load_queries(QUERIES).set_outcomes, *key, *([row[column] for row in outcomes] for column in range(4))
    )


async def close_proposal(connection: Connection, key: ProposalKey, state: str) -> None:
    """Let go of everything that the proposal holds, and note what was never marked."""
    queries = load_queries(QUERIES)
    await connection.execute(queries.release_reservations, *key)
    await connection.execute(queries.note_unmarked, *key)
    await connection.execute(queries.set_proposal_state, *key, state)


async def group_of(connection: Connection, key: ProposalKey, party_id: str, item_id: str) -> asyncpg.Record | None:
    """The group in which an item was proposed, if it was."""
    return await connection.fetchrow(load_queries(QUERIES).proposed_group_of, key[0], party_id, key[1], item_id)
