"""The documents of all services' schemas, out of a database that was migrated just now."""

from collections.abc import Iterable

import asyncpg

from chassis.migrations import CHASSIS_SCHEMA, migrate
from deploy.embedded.postgres.databases import OWNER, prepare_database
from deploy.embedded.postgres.server import Postgres
from tests.databases import owner_settings
from tests.declared import declared_services
from tests.gates.schema.catalogue import Schema, read_schema, table_names
from tests.gates.schema.documents import as_page, as_sql

DATABASE = "schemas"


async def schemas(postgres: Postgres) -> list[Schema]:
    """Every service's schema; the migrations are applied package by package, to know whose tables are whose."""
    services = declared_services()
    is_new = await prepare_database(postgres, services, DATABASE)
    assert is_new, "a database that was migrated before does not say whose tables are whose"
    connection = await asyncpg.connect(postgres.url(OWNER, DATABASE))
    found = []
    try:
        for name, service in services.items():
            owners: dict[str, str] = {}
            for count, package in enumerate((CHASSIS_SCHEMA, *service.migrations)):
                await migrate(owner_settings(postgres, name, DATABASE), service.migrations[:count])
                owners = dict.fromkeys(await table_names(connection, name), package) | owners
            await connection.execute(f"SET search_path = {name}")
            found.append(await read_schema(connection, name, owners))
    finally:
        await connection.close()
    return found


def documents(found: Iterable[Schema]) -> dict[str, str]:
    """What is written of the schemas, by path from the root."""
    written = {}
    for schema in found:
        written[f"services/{schema.name}/schema.sql"] = as_sql(schema)
        written[f"docs/schema/{schema.name}.md"] = as_page(schema)
    return written
