"""What a new field of items takes to be asked: its column, one line of the definition, one row of the catalogue."""

from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

import services.selection.migrations
from services.selection.domain import catalogue as fields
from services.selection.domain.field_rows import ITEM_ROWS
from tests.databases import FreshDatabase
from tests.services.selection.conftest import Selection, SelectionDesk
from tests.services.selection.library import ADMINISTRATION, TODAY, configured, party, posted

DEFINITION = Path(services.selection.migrations.__file__).with_name("R_selectable.sql")
LAST_LINE = "        i.at_bailiff\n"
A_COLUMN = "ALTER TABLE item ADD COLUMN fragile boolean NOT NULL DEFAULT FALSE"
A_LINE = f"{LAST_LINE.rstrip()},\n        i.fragile\n"
A_ROW = ("fragile", "flag", "breekbaar", "skrøbelig", "fragile")


@pytest.fixture
def a_row_of_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The new field, among those of items."""
    monkeypatch.setattr(fields, "ITEM_ROWS", (*ITEM_ROWS, A_ROW))
    fields.catalogue.cache_clear()
    yield
    fields.catalogue.cache_clear()


async def define(database: FreshDatabase, column: str, definition: str) -> None:
    """What the migration of the column, and then the runner that finds the definition edited, do."""
    owner = await asyncpg.connect(database.owner_url, server_settings={"search_path": "selection"})
    try:
        await owner.execute(column)
        async with owner.transaction():
            await owner.execute(definition)
    finally:
        await owner.close()


@pytest.mark.usefixtures("a_row_of_the_catalogue")
async def test_a_flag_of_items_becomes_a_criterion_and_a_column_by_one_line_in_each_place(
    selection: Selection, desk: SelectionDesk, database: FreshDatabase
) -> None:
    definition = DEFINITION.read_text("utf-8")
    await selection.take(configured(), party("P1"), posted("I1"), posted("I2"))

    await define(database, A_COLUMN, definition.replace(LAST_LINE, A_LINE))
    await selection.rows("UPDATE item SET fragile = TRUE WHERE item_id = 'I2' RETURNING item_id")
    made = await desk.do("sets", {"criteria": "fragile = yes"})
    members = (await desk.read(f"sets/{made['set_id']}/members"))["items"]
    exported = await desk.get(f"sets/{made['set_id']}/export", format="csv-nl", fields="item_id,fragile")

    assert definition.count(LAST_LINE) == 1
    assert [member["item_id"] for member in members] == ["I2"]
    assert made["criteria"]["sentences"]["nl"].startswith("Open posten waarvan breekbaar gelijk is aan ja")
    assert exported.content.decode("utf-8-sig").splitlines() == ["post;breekbaar", "I2;ja"]


async def test_every_field_of_the_catalogue_is_a_column_of_the_definition(selection: Selection) -> None:
    every = fields.catalogue().values()

    of_items = await selection.rows("SELECT * FROM described_items($1, $2)", ADMINISTRATION, TODAY)
    columns = await selection.rows(
        "SELECT typrelid::regclass::text AS type, array_agg(attname::text) AS columns FROM pg_type "
        "INNER JOIN pg_attribute ON attrelid = typrelid "
        "WHERE typname IN ('selectable_item', 'selectable_party') GROUP BY 1"
    )

    known = {row["type"]: set(row["columns"]) for row in columns}
    assert of_items == []
    assert {field.column for field in every} - known["selectable_item"] == set()
    assert {field.column for field in every if field.of_party} - known["selectable_party"] == set()
