"""What can be asked stands once as a line of the definition and once as a row of the catalogue.

Adding a criterion is described in docs/recipes/add-a-criterion.md.
"""

import re
from collections.abc import Iterable

from read_model.items import POSTED_FIELDS
from services.selection.domain.catalogue import catalogue
from tests.gates.tree import ROOT

DEFINITION = "services/selection/migrations/R_selectable.sql"
CATALOGUE = "services/selection/domain/field_rows.py"
QUESTIONS = "tests/services/selection/test_fields.py"
WRITTEN = "services/selection/schema.sql"
FIELDS = re.compile(r"^    (of_\w+) CONSTANT text := \$fields\$\n(.*?)^    \$fields\$;", re.MULTILINE | re.DOTALL)
NAMES = {"administration", "party_id"}
"""What names an item beside its own id: every question is asked within one, and of the other by the party's fields."""
OF_BOTH = {"party_id", "account_currency"}
"""What the definition adds to both kinds of rows, beside their lines."""


def lines(definition: str) -> list[str]:
    """The lines of the definition's fields, without their commas."""
    blocks = FIELDS.findall(definition)
    assert [name for name, _ in blocks] == ["of_item", "of_account"]
    return [line.strip().removesuffix(",") for _, block in blocks for line in block.splitlines()]


def columns(fields: Iterable[str]) -> set[str]:
    """What lines of the definition are called."""
    return {re.split(r" AS |\.", line)[-1] for line in fields}


def unasked(definition: str, asked: Iterable[str]) -> list[str]:
    """Columns that no row of the catalogue reads, and rows that read no column."""
    there, read = columns(lines(definition)), set(asked)
    return [f"{name} of {DEFINITION} has no row in {CATALOGUE}" for name in sorted(there - read)] + [
        f"{name} of {CATALOGUE} has no line in {DEFINITION}" for name in sorted(read - there - OF_BOTH)
    ]


def kept_and_not_asked(fields: Iterable[str], definition: str) -> list[str]:
    """Fields that a posting's row has and that nobody can ask or export."""
    asked = columns(line for line in lines(definition) if line.startswith(("i.", "branch_of(i."))) | {"documents"}
    return [f"{name} is kept of a posting and has no line in {DEFINITION}" for name in fields if name not in asked]


def unwritten(definition: str, written: str) -> list[str]:
    """Lines of the definition that the schema, as it is written down, does not have."""
    shown = {line.strip().removesuffix(",") for line in written.splitlines()}
    return [line for line in lines(definition) if line not in shown]


def unquestioned(fields: Iterable[str], questions: str) -> list[str]:
    """Fields that no question of the tests asks."""
    asked = set(re.findall(r"[\"' (]([a-z_]+)(?= )", questions))
    return [f"{field}: no question of {QUESTIONS} asks it" for field in fields if field not in asked]


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_every_column_has_its_row_and_every_row_its_column() -> None:
    assert unasked(read(DEFINITION), (field.column for field in catalogue().values())) == []


def test_what_is_kept_of_a_posting_can_be_asked() -> None:
    assert kept_and_not_asked((field for field in POSTED_FIELDS if field not in NAMES), read(DEFINITION)) == []


def test_every_field_is_asked_by_a_test() -> None:
    assert unquestioned(catalogue(), read(QUESTIONS)) == []


def test_the_definition_is_written_down_as_it_is() -> None:
    assert unwritten(read(DEFINITION), read(WRITTEN)) == [], f"{WRITTEN} lacks them: make schemas"


def test_what_somebody_forgot_is_noticed() -> None:
    definition = read(DEFINITION)
    longer = definition.replace("        i.reference,\n", "        i.reference,\n        i.colour_of_it,\n")
    asked = [field.column for field in catalogue().values()]

    assert unasked(longer, [*asked, "size"]) == [
        f"colour_of_it of {DEFINITION} has no row in {CATALOGUE}",
        f"size of {CATALOGUE} has no line in {DEFINITION}",
    ]
    assert unquestioned(["colour_of_it", "age"], read(QUESTIONS)) == [
        f"colour_of_it: no question of {QUESTIONS} asks it"
    ]
    assert kept_and_not_asked(["colour_of_it"], longer) == []
    assert len(kept_and_not_asked(["colour_of_it"], definition)) == 1
    assert unwritten(longer, read(WRITTEN)) == ["i.colour_of_it"]
