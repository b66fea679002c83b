"""A definition is applied again when it was edited, and an earlier version leaves a later one's alone."""

import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from chassis.migrations import find_definitions, find_migrations, migrate, missing
from deploy.embedded.postgres.databases import OWNER
from tests.databases import FreshDatabase, owner_settings

TABLE = "CREATE TABLE thing (weight bigint NOT NULL);\n"
WEIGHT = "CREATE OR REPLACE FUNCTION weighed() RETURNS text LANGUAGE sql RETURN 'grams';\n"
PACKAGE = "scratch_schema"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of migrations with one numbered file and one definition."""
    folder = tmp_path / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text('"""A schema."""\n')
    (folder / "0001_thing.sql").write_text(TABLE)
    (folder / "R_weighed.sql").write_text(WEIGHT)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    sys.modules.pop(PACKAGE, None)


async def migrated(database: FreshDatabase) -> tuple[str, ...]:
    """What is applied; a copy of a database does not have the owner's grants on it."""
    superuser = await asyncpg.connect(database.postgres.url(database=database.name))
    try:
        await superuser.execute(f"GRANT CREATE ON DATABASE {database.name} TO {OWNER}")
    finally:
        await superuser.close()
    packages = ("read_model.schema", "read_model.item_schema", "services.selection.migrations", PACKAGE)
    return await migrate(owner_settings(database.postgres, "selection", database.name), packages)


async def weighed(database: FreshDatabase) -> str:
    connection = await asyncpg.connect(database.owner_url)
    try:
        return str(await connection.fetchval("SELECT selection.weighed()"))
    finally:
        await connection.close()


async def test_a_definition_is_applied_after_the_numbered_files_and_once(
    database: FreshDatabase, package: Path
) -> None:
    first = await migrated(database)
    again = await migrated(database)

    assert first == (f"{PACKAGE}/0001_thing.sql", f"{PACKAGE}/R_weighed.sql")
    assert again == ()
    assert package.exists()


async def test_a_definition_that_was_edited_is_applied_again(database: FreshDatabase, package: Path) -> None:
    await migrated(database)
    (package / "R_weighed.sql").write_text(WEIGHT.replace("grams", "pounds"))

    applied = await migrated(database)

    assert applied == (f"{PACKAGE}/R_weighed.sql",)
    assert await weighed(database) == "pounds"


async def test_a_version_that_lacks_a_migration_leaves_the_definitions_of_a_later_one(
    database: FreshDatabase, package: Path
) -> None:
    (package / "0002_more.sql").write_text("CREATE TABLE more (weight bigint NOT NULL);\n")
    await migrated(database)
    (package / "0002_more.sql").unlink()
    (package / "R_weighed.sql").write_text(WEIGHT.replace("grams", "stones"))

    applied = await migrated(database)

    assert applied == ()
    assert await weighed(database) == "grams"


async def lacking(database: FreshDatabase) -> list[str]:
    """What a process of this version waits for."""
    connection = await asyncpg.connect(database.owner_url)
    try:
        rows = await connection.fetch("SELECT name, digest FROM selection.schema_migration")
    finally:
        await connection.close()
    expected = (*find_migrations([PACKAGE]), *find_definitions([PACKAGE]))
    return missing({row["name"]: row["digest"] for row in rows}, expected)


async def test_a_version_whose_text_was_replaced_leaves_the_later_one_where_nothing_else_is_new(
    database: FreshDatabase, package: Path
) -> None:
    await migrated(database)
    (package / "R_weighed.sql").write_text(WEIGHT.replace("grams", "pounds"))
    await migrated(database)
    (package / "R_weighed.sql").write_text(WEIGHT)

    applied = await migrated(database)

    assert applied == ()
    assert await weighed(database) == "pounds"
    assert await lacking(database) == [], "the earlier version may go on beside the later one"


async def test_a_version_whose_definition_is_not_applied_yet_is_not_ready(
    database: FreshDatabase, package: Path
) -> None:
    await migrated(database)
    before = await lacking(database)
    (package / "R_weighed.sql").write_text(WEIGHT.replace("grams", "pounds"))

    after = await lacking(database)

    assert (before, after) == ([], [f"{PACKAGE}/R_weighed.sql"])
