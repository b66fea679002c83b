"""Administrations and parties: the highest version wins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from pydantic import TypeAdapter

from chassis.consuming.received import Outcome, Received
from chassis.database import Connection
from chassis.errors import NotFound
from chassis.projection.configurations import Configurations, judge_configurations
from chassis.queries import load_queries
from contracts.library import PartyUpdated
from contracts.operators import AdministrationConfigured

QUERIES = "chassis.projection"
CONFIGURATIONS_KEPT = 64
_PARTIES = TypeAdapter(list[PartyUpdated])


async def apply_administration_configured(
    connection: Connection, received: Sequence[Received[AdministrationConfigured]]
) -> Outcome:
    """Keep each administration's newest configuration; another one under its version is put aside."""
    stored = await stored_configurations(connection, (entry.event.administration for entry in received))
    newest, dead = judge_configurations(received, stored)
    await connection.execute(
        load_queries(QUERIES).upsert_administrations,
        list(newest),
        [event.version for event in newest.values()],
        [event.model_dump_json() for event in newest.values()],
    )
    return Outcome(dead=dead)


async def apply_party_updated(connection: Connection, received: Sequence[Received[PartyUpdated]]) -> Outcome | None:
    """Keep each party's newest master data."""
    ordered = sorted((r.event for r in received), key=lambda event: event.version)
    newest = {(event.administration, event.party_id): event for event in ordered}
    parties = [newest[key] for key in sorted(newest)]
    await connection.execute(load_queries(QUERIES).upsert_parties, _PARTIES.dump_json(parties).decode())
    return None


async def find_administration(connection: Connection, administration: str) -> AdministrationConfigured | None:
    """The newest configuration, or None when none came yet."""
    row = await connection.fetchrow(load_queries(QUERIES).get_administration, administration)
    return None if row is None else _configuration(row["configuration"])


async def stored_configurations(connection: Connection, administrations: Iterable[str]) -> Configurations:
    """What holds now in those of the administrations that are configured."""
    rows = await connection.fetch(load_queries(QUERIES).get_administrations, sorted(set(administrations)))
    return {row["administration"]: _configuration(row["configuration"]) for row in rows}


@lru_cache(maxsize=CONFIGURATIONS_KEPT)
def _configuration(text: str) -> AdministrationConfigured:
    """Parsed once per configuration, not once per batch."""
    return AdministrationConfigured.model_validate_json(text)


async def get_administration(connection: Connection, administration: str) -> AdministrationConfigured:
    """The newest configuration; NotFound, with the remedy, when none came yet."""
    found = await find_administration(connection, administration)
    if found is None:
        raise NotFound(
            "unknown-administration",
            "No administration {administration} is configured.",
            administration=administration,
            field="administration",
            remedy="Configure it first: openitems configure FILE.yaml.",
        )
    return found
