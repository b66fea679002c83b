"""The black list: parties put on it by hand, with a reason and an end date, and taken off again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chassis.database import Connection
from chassis.errors import NotFound, Refused
from chassis.outbox import publish
from chassis.queries import load_queries
from contracts.selection import PartyBlacklisted
from services.selection.store.sets import QUERIES, Scope

MAX_PARTIES = 10_000
"""Most parties of one change."""
MAX_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What is said of parties: on the list until a day (None: until taken off), or off it."""

    listed: bool
    reason: str
    until: date | None = None


async def change_blacklist(connection: Connection, scope: Scope, parties: Sequence[str], listing: Listing) -> int:
    """Put parties on the list or take them off, and tell other systems; how many there were.

    NotFound names parties that nobody has heard of; Refused an end date that has passed, or too many parties.
    """
    chosen = _checked(scope, parties, listing)
    queries = load_queries(QUERIES)
    await _refuse_unknown(connection, scope, chosen)
    await connection.execute(queries.lock_accounts, scope.administration, chosen)
    rows = await connection.fetch(
        queries.change_blacklist,
        scope.administration,
        chosen,
        listing.listed,
        listing.reason,
        listing.until,
        scope.employee,
        scope.now,
    )
    await connection.execute(queries.note_blacklist_changes, scope.administration, chosen)
    events = [
        PartyBlacklisted(
            administration=scope.administration,
            party_id=row["party_id"],
            version=row["version"],
            listed=listing.listed,
            reason=listing.reason,
            until=listing.until,
            employee=scope.employee,
        )
        for row in rows
    ]
    await publish(connection, *events)
    return len(events)


def _checked(scope: Scope, parties: Sequence[str], listing: Listing) -> list[str]:
    if listing.until is not None and listing.until < scope.today:
        raise Refused(
            "end-date-passed",
            "{listing.until} has passed.",
            listing=listing,
            field="until",
            remedy="Give a later date, or none.",
        )
    chosen = sorted(set(parties))
    if len(chosen) > MAX_PARTIES:
        raise Refused(
            "too-many-parties",
            "{count} parties are more than the {limit} of one change.",
            count=len(chosen),
            limit=MAX_PARTIES,
            field="party_ids",
            remedy="Unmark some, or list them in several changes.",
        )
    return chosen


async def _refuse_unknown(connection: Connection, scope: Scope, chosen: Sequence[str]) -> None:
    rows = await connection.fetch(load_queries(QUERIES).unknown_parties, scope.administration, chosen, MAX_NAMED)
    if rows:
        names = ", ".join(row["party_id"] for row in rows)
        raise NotFound(
            "unknown-party", "Nobody knows {names}.", names=names, field="party_ids", remedy="Correct the ids."
        )


async def parties_of_set(connection: Connection, scope: Scope, set_id: object) -> list[str]:
    """The parties of a set's marked members, at most one more than a change takes."""
    rows = await connection.fetch(
        load_queries(QUERIES).parties_of_set, scope.administration, set_id, "", MAX_PARTIES + 1
    )
    return [row["party_id"] for row in rows]
