"""The four services as consumers, and what an attacker makes of good records."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import asyncpg
from httpx import AsyncClient

from chassis.consuming.dead_letters import DeadLetterAllowance
from chassis.consuming.handling import Handled, Record
from chassis.consuming.validation import read_events
from chassis.database import open_database
from chassis.service import Runtime, Service, assemble
from services.matching.app import SERVICE as MATCHING
from services.reminders.app import SERVICE as REMINDERS
from services.selection.app import SERVICE as SELECTION
from services.writeoff.app import SERVICE as WRITEOFF
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.support.desk import app_of, client_of, no_lag

SERVICES: dict[str, Service] = {service.name: service for service in (MATCHING, REMINDERS, SELECTION, WRITEOFF)}
ANY_NUMBER = DeadLetterAllowance(share=1.0)


@dataclass(frozen=True, slots=True)
class Consuming:
    """A whole service on its database, without a broker, and its API as an operator calls it."""

    service: Service
    runtime: Runtime
    api: AsyncClient
    owner: asyncpg.Connection

    async def take(self, records: Sequence[Record]) -> Handled:
        """Apply those records of one batch whose topics the service takes."""
        return await self.runtime.dispatcher.apply(*read_events([r for r in records if self.takes(r.topic)]))

    def takes(self, topic: str) -> bool:
        return topic in self.service.handlers

    async def forget(self) -> None:
        """Nothing was put aside."""
        schema = self.runtime.settings.schema_name
        await self.owner.execute(f"TRUNCATE {schema}.dead_letter, {schema}.waiting_event")

    async def rows(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        return await self.runtime.database.pool.fetch(sql, *arguments)


@asynccontextmanager
async def consuming(name: str, database: FreshDatabase, folder: Path) -> AsyncIterator[Consuming]:
    """The service on a test's database."""
    service = SERVICES[name]
    facts = database.settings(service.name).model_dump() | {"document_store": folder / "documents"}
    settings = service.settings.model_validate({k: v for k, v in facts.items() if k in service.settings.model_fields})
    opened = await open_database(settings)
    runtime = assemble(service, settings, opened)
    runtime.dispatcher.limit.allowance = ANY_NUMBER
    issuer = Issuer(folder / "keys.json")
    api = client_of(app_of(service, runtime, issuer, no_lag))
    api.headers.update(issuer.bearer(sub="e.maes", roles=["operator", "clerk"], administrations=["*"]))
    owner = await asyncpg.connect(database.owner_url)
    try:
        async with api:
            yield Consuming(service, runtime, api, owner)
    finally:
        await owner.close()
        await opened.close()


def said(record: Record, **changes: object) -> Record:
    """The record with other values in its JSON, whose texts are escaped as far as they can be."""
    return record._replace(value=json.dumps(json.loads(record.value or b"") | changes).encode())


def with_header(record: Record, name: str, value: bytes | None) -> Record:
    """The record with this value of a header; None as a broker gives a header that has none."""
    return record._replace(headers=[*without_header(record, name).headers, (name, cast("bytes", value))])


def without_header(record: Record, name: str) -> Record:
    return record._replace(headers=[one for one in record.headers if one[0] != name])
