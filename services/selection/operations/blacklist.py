"""The black list: parties put on it by hand, with a reason and an end date, and taken off again."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Connection
from chassis.errors import NotFound, Refused
from chassis.outbox import publish
from contracts.selection import PartyBlacklisted
from services.selection.domain.work_scope import WorkScope
from services.selection.store.blacklist import BlacklistEntry, parties_of_set, set_entries, unknown_parties
from services.selection.store.sets import get_set

MAX_PARTIES = 10_000
"""Most parties of one change."""
MAX_NAMED = 5


async def change_blacklist(
    connection: Connection, scope: WorkScope, parties: Sequence[str], entry: BlacklistEntry
) -> int:
    """Put parties on the list or take them off, and tell other systems; how many there were.

    NotFound names parties that nobody has heard of; Refused an end date that has passed, or too many parties.
    """
    chosen = _checked(scope, parties, entry)
    await _refuse_unknown(connection, scope, chosen)
    rows = await set_entries(connection, scope, chosen, entry)
    events = [
        PartyBlacklisted(
            administration=scope.administration,
            party_id=row["party_id"],
            version=row["version"],
            listed=entry.listed,
            reason=entry.reason,
            until=entry.until,
            employee=scope.employee,
        )
        for row in rows
    ]
    await publish(connection, *events)
    return len(events)


async def chosen_parties(
    connection: Connection, scope: WorkScope, named: Sequence[str], set_id: UUID | None
) -> list[str]:
    """The parties that are named, or those of a set's marked members: at most one more than a change takes.

    Refused where neither is given, or both.
    """
    if (set_id is None) == (not named):
        raise Refused(
            "parties-required", "Parties are asked.", field="party_ids", remedy="Give either party_ids or a set_id."
        )
    if set_id is None:
        return list(named)
    await get_set(connection, scope.administration, set_id)
    return await parties_of_set(connection, scope.administration, set_id, MAX_PARTIES + 1)


def _checked(scope: WorkScope, parties: Sequence[str], entry: BlacklistEntry) -> list[str]:
    if entry.until is not None and entry.until < scope.today:
        raise Refused(
            "end-date-passed",
            "{listing.until} has passed.",
            listing=entry,
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


async def _refuse_unknown(connection: Connection, scope: WorkScope, chosen: Sequence[str]) -> None:
    unknown = await unknown_parties(connection, scope.administration, chosen, MAX_NAMED)
    if unknown:
        names = ", ".join(unknown)
        raise NotFound(
            "unknown-party", "Nobody knows {names}.", names=names, field="party_ids", remedy="Correct the ids."
        )
