"""The services' schemas can be read, with what each table and column means, and what is read is what is migrated."""

from collections.abc import Iterable

import asyncpg
import pytest
import pytest_asyncio

from deploy.embedded.postgres.server import Postgres
from tests.databases import FreshDatabase
from tests.gates.schema.catalogue import Schema, read_schema, table_names
from tests.gates.schema.documents import as_sql, picture
from tests.gates.schema.relations import RELATIONS, Relation
from tests.gates.schema.written import documents, schemas
from tests.gates.tree import ROOT


async def read(database: FreshDatabase, *statements: str) -> Schema:
    """A schema made by hand."""
    connection = await asyncpg.connect(database.postgres.url(database=database.name))
    try:
        for statement in ("CREATE SCHEMA planted", "SET search_path = planted", *statements):
            await connection.execute(statement)
        owners = dict.fromkeys(await table_names(connection, "planted"), "services.planted.migrations")
        return await read_schema(connection, "planted", owners)
    finally:
        await connection.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def migrated_schemas(postgres: Postgres) -> list[Schema]:
    """The services' schemas as their migrations make them."""
    return await schemas(postgres)


def test_what_is_written_down_is_what_the_migrations_make(migrated_schemas: list[Schema]) -> None:
    written = documents(migrated_schemas)

    stale = [name for name, text in written.items() if (ROOT / name).read_text("utf-8") != text]

    assert stale == [], "make schemas"


def test_every_table_column_and_function_has_a_meaning(migrated_schemas: list[Schema]) -> None:
    found = {schema.name: schema.without_meaning() for schema in migrated_schemas}

    assert {name: missing for name, missing in found.items() if missing} == {}


async def test_what_nobody_explained_is_noticed(database: FreshDatabase) -> None:
    schema = await read(
        database,
        "CREATE TABLE told (id bigint, amount bigint)",
        "COMMENT ON TABLE told IS 'Explained.'",
        "COMMENT ON COLUMN told.id IS 'Explained.'",
        "CREATE TABLE untold (id bigint)",
        "CREATE FUNCTION one() RETURNS integer LANGUAGE sql RETURN 1",
    )

    assert schema.without_meaning() == ["untold", "told.amount", "untold.id", "one()"]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            "ALTER TABLE account ADD COLUMN colour text COLLATE \"C\" DEFAULT 'red'",
            '    colour text COLLATE "C" DEFAULT',
        ),
        ("ALTER TABLE account ADD CONSTRAINT small CHECK (amount < 5)", "    CONSTRAINT small CHECK (amount < 5)"),
        ("CREATE INDEX by_amount ON account (amount)", "CREATE INDEX by_amount ON account (amount);"),
        ("COMMENT ON COLUMN account.amount IS 'Minor units.'", "    -- Minor units."),
        ("CREATE TYPE colour AS ENUM ('red', 'green')", "CREATE TYPE colour AS ENUM ('red', 'green');"),
        ("CREATE SEQUENCE number", "CREATE SEQUENCE number AS bigint;"),
        ("CREATE FUNCTION one() RETURNS integer LANGUAGE sql RETURN 1", "CREATE OR REPLACE FUNCTION one()"),
    ],
)
async def test_a_change_of_the_schema_is_a_change_of_what_is_written(
    database: FreshDatabase, change: str, line: str
) -> None:
    schema = await read(database, "CREATE TABLE account (id bigint PRIMARY KEY, amount bigint NOT NULL)", change)

    assert any(written.startswith(line) for written in as_sql(schema).splitlines()), as_sql(schema)


def unknown(schema: Schema, relations: Iterable[Relation]) -> list[Relation]:
    """Relations of tables that a schema does not have."""
    names = {table.name for table in schema.tables}
    return [relation for relation in relations if not {relation.parent, relation.child} <= names]


def test_the_pictures_relate_tables_that_are_there(migrated_schemas: list[Schema]) -> None:
    found = {schema.name: unknown(schema, RELATIONS[schema.name]) for schema in migrated_schemas}

    assert {name: relations for name, relations in found.items() if relations} == {}


async def test_a_relation_of_a_table_that_is_gone_is_noticed(database: FreshDatabase) -> None:
    schema = await read(database, "CREATE TABLE run (id bigint)", "CREATE TABLE run_item (id bigint)")
    gone = Relation("run", "has", "run_note")

    found = unknown(schema, [Relation("run", "has", "run_item"), gone])

    assert found == [gone]


async def test_the_picture_shows_keys_and_relations(database: FreshDatabase) -> None:
    schema = await read(database, "CREATE TABLE run (id bigint PRIMARY KEY)", "CREATE TABLE run_item (at timestamptz)")
    relations = [Relation("run", "has", "run_item"), Relation("run", "has", "elsewhere")]

    drawn = picture(schema.tables, relations)

    assert [line.strip() for line in drawn.splitlines()[2:-1]] == [
        'run ||--o{ run_item : "has"',
        "run {",
        "bigint id PK",
        "}",
        "run_item {",
        "timestamptz at",
        "}",
    ]
