"""Administrations and parties: the highest version wins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import attrgetter

from pydantic import TypeAdapter

from chassis.consuming.handling import Handled, Received
from chassis.database import Connection, columns
from chassis.errors import NotFound
from chassis.queries import load_queries
from contracts.library import PartyUpdated
from contracts.operators import AdministrationConfigured
from read_model.versions import Key, Standing, judge_versions, standing, standing_of

Configurations = dict[str, AdministrationConfigured]
"""Configurations by their administration."""

QUERIES = "read_model"
CONFIGURATIONS_KEPT = 64
_PARTIES = TypeAdapter(list[PartyUpdated])

party_of = attrgetter("administration", "party_id")
"""What names a party."""


async def take_administration_configured(
    connection: Connection, received: Sequence[Received[AdministrationConfigured]]
) -> Handled:
    """Keep each administration's newest configuration; another one under its version is put aside."""
    stored = await stored_configurations(connection, (entry.event.administration for entry in received))
    holding: dict[Key, Standing] = {(name,): standing_of(event) for name, event in stored.items()}
    newest, dead = judge_versions(received, holding, lambda event: (event.administration,))
    await connection.execute(
        load_queries(QUERIES).upsert_administrations,
        [event.administration for event in newest.values()],
        [event.version for event in newest.values()],
        [event.model_dump_json() for event in newest.values()],
    )
    return Handled(dead=dead)


async def take_party_updated(connection: Connection, received: Sequence[Received[PartyUpdated]]) -> Handled:
    """Keep each party's newest master data; other data under the version that holds is put aside."""
    stored = await stored_parties(connection, {party_of(entry.event) for entry in received})
    newest, dead = judge_versions(received, stored, party_of)
    if newest:
        text = _PARTIES.dump_json(list(newest.values())).decode()
        await connection.execute(load_queries(QUERIES).upsert_parties, text)
    return Handled(dead=dead)


async def stored_parties(connection: Connection, parties: Iterable[tuple[str, str]]) -> dict[Key, Standing]:
    """What holds of those of the parties, each an (administration, party_id), that are known."""
    rows = await connection.fetch(load_queries(QUERIES).stored_parties, *columns(sorted(parties), 2))
    return standing(rows, 2)


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


async def require_party(connection: Connection, administration: str, party_id: str) -> None:
    """Raise NotFound, with the remedy, unless the party's master data or an item of it came."""
    if not await connection.fetchval(load_queries(QUERIES).party_is_known, administration, party_id):
        raise NotFound(
            "unknown-party",
            "Administration {administration} has no party {party_id}.",
            administration=administration,
            party_id=party_id,
            field="party_id",
            remedy="Check the id; a party is known once its system told its master data or posted an item.",
        )
