"""A set against what the same criteria find today, and against what came back of its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import asyncpg

from chassis.database import Connection, columns
from chassis.errors import Conflict, Refused
from chassis.queries import load_queries
from services.selection.domain.returned import Key
from services.selection.operations.sets import Making, add_set, fix_set
from services.selection.store.predicate import compile_criteria
from services.selection.store.sets import QUERIES, Scope, StoredSet, get_set, new_id

NOT_COMPARABLE = frozenset({"parties-of", "items-of"})


async def compare_with_today(connection: Connection, scope: Scope, set_id: UUID) -> list[asyncpg.Record]:
    """Per currency: what came, went and changed since the set was made; Refused for a set without own criteria."""
    source = await get_set(connection, scope.administration, set_id)
    tree = source.tree
    if tree is None or source.origin in NOT_COMPARABLE:
        raise Refused(
            "not-comparable",
            "The set was not made by criteria of its own.",
            field="set_id",
            remedy="Compare the set that it was made of.",
        )
    predicate = compile_criteria(tree, today=scope.today, first=4)
    statement = predicate.within(load_queries(QUERIES)[f"compare_{source.set_type}"])
    return await connection.fetch(statement, scope.administration, set_id, scope.today, *predicate.parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What a returned report kept of a set; `removed` per currency: (currency, members, amount)."""

    source: StoredSet
    kept: int
    removed: tuple[tuple[str, int, int], ...]
    fingerprint: str


async def read_returned(connection: Connection, scope: Scope, set_id: UUID, keys: Sequence[Key]) -> Returned:
    """The difference between a set and its report as it came back; Refused when the file is no report of this set."""
    source = await get_set(connection, scope.administration, set_id)
    listed = columns(keys, 3)
    queries = load_queries(QUERIES)
    unknown = await connection.fetchrow(queries.first_unknown_listed, scope.administration, set_id, *listed)
    if unknown is not None:
        raise Refused(
            "no-report-of-this-set",
            "{member} is no member of this set.",
            member=f"{unknown['party_id']} {unknown['item_id']}".strip(),
            field="file",
            remedy="Send back the report that was exported of this set, with rows removed or unticked only.",
        )
    rows = await connection.fetch(queries.difference_with_listed, scope.administration, set_id, *listed)
    digest = sha256(f"{set_id}|{source.fingerprint}".encode())
    for key in sorted(set(keys)):
        digest.update("\x1f".join(key).encode() + b"\x1e")
    return Returned(
        source=source,
        kept=len(set(keys)),
        removed=tuple((row["currency"], row["members"], row["amount"]) for row in rows),
        fingerprint=digest.hexdigest(),
    )


async def fix_returned(
    connection: Connection, scope: Scope, returned: Returned, keys: Sequence[Key], confirmed: tuple[str, str]
) -> StoredSet:
    """Make what was kept the next fixed set; `confirmed` is the difference's fingerprint and the new name."""
    fingerprint, name = confirmed
    if fingerprint != returned.fingerprint:
        raise Conflict(
            "fingerprint-differs",
            "The confirmed fingerprint is not that of this file's difference.",
            field="fingerprint",
            remedy="Read the file again, and confirm the difference that is shown.",
        )
    source = returned.source
    made_id = await new_id(connection)
    await connection.execute(
        load_queries(QUERIES).take_listed, scope.administration, made_id, source.set_id, *columns(sorted(set(keys)), 3)
    )
    making = Making(set_type=source.set_type, origin="report", parents=(source.set_id,), criteria=source.tree)
    await add_set(connection, scope, made_id, making)
    return await fix_set(connection, scope, made_id, name)
