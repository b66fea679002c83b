"""PostgreSQL itself reads every query: each is prepared against the migrated schema that it is for."""

import re
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import pytest

from chassis.database import server_settings
from chassis.queries import parse_queries
from tests.databases import FreshDatabase
from tests.declared import declared_services
from tests.gates.tree import ROOT, named, query_files

TEMPORARY_TABLE = re.compile(r"(--.*\n|\s)*CREATE\s+TEMP(ORARY)?\s+TABLE", re.IGNORECASE)
NO_SCHEMA = "public"


def schemas_of(path: Path) -> list[str]:
    """In which schemas a file's queries must work: a service's in its own, the chassis's in every service's."""
    package, *rest = path.relative_to(ROOT).parts
    if package == "services":
        return [rest[0]]
    if path.parent.parent == ROOT / "read_model" and path.stem in {"items", "standings"}:
        wanted = "read_model.item_schema"
        return [name for name, service in declared_services().items() if wanted in service.migrations]
    return list(declared_services()) if package in {"chassis", "read_model"} else [NO_SCHEMA]


async def faults(database: FreshDatabase, schema: str, queries: Mapping[str, str]) -> list[str]:
    """What PostgreSQL says against queries in a schema; temporary tables that they make are there for all of them."""
    connection = await asyncpg.connect(database.owner_url, server_settings=server_settings(schema, "gate"))
    found = []
    try:
        for query in filter(TEMPORARY_TABLE.match, queries.values()):
            await connection.execute(query)
        for name, query in queries.items():
            try:
                await connection.prepare(query)
            except asyncpg.PostgresError as error:
                found.append(f"{name} in {schema}: {error}")
    finally:
        await connection.close()
    return found


@pytest.mark.parametrize("path", query_files(), ids=named)
async def test_every_query_can_be_prepared(database: FreshDatabase, path: Path) -> None:
    queries = parse_queries(path.read_text(encoding="utf-8"), named(path))

    found = [fault for schema in schemas_of(path) for fault in await faults(database, schema, queries)]

    assert queries
    assert found == []


async def test_a_query_on_what_is_not_there_is_noticed(database: FreshDatabase) -> None:
    queries = {"good": "SELECT $1::bigint", "bad": "SELECT colour FROM no_such_table"}

    found = await faults(database, NO_SCHEMA, queries)

    assert found == ['bad in public: relation "no_such_table" does not exist']
