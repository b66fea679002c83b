"""What a posting says of an item is kept wherever items are kept, or left out there for a reason.

Adding a field is described in docs/recipes/add-a-field-of-a-posting.md.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from contracts.library import ItemPosted
from read_model import items as read_model
from services.matching.store import items as ledger
from tests.gates.tree import ROOT


@dataclass(frozen=True)
class Keeps:
    """What one model of items has of a posting: columns, those of another name, and what it drops with the reason."""

    columns: frozenset[str]
    renamed: Mapping[str, str]
    dropped: Mapping[str, str]

    def unaccounted(self, fields: set[str]) -> set[str]:
        """Fields of a posting that are neither kept nor left out for a reason, and reasons for what is kept."""
        kept = {field for field in fields if self.renamed.get(field, field) in self.columns}
        return (fields - kept - self.dropped.keys()) | (self.dropped.keys() & kept) | (self.dropped.keys() - fields)


NOT_OF_THE_LEDGER = "the ledger decides on what is open, and on nothing by this"
MODELS = {
    "the read model of selection, reminders and writeoff": Keeps(
        columns=frozenset(read_model.ITEM_COLUMNS), renamed={"status": "stated_status"}, dropped={}
    ),
    "the ledger": Keeps(
        columns=frozenset({*ledger.ITEM_COLUMNS, *ledger.OPEN_COLUMNS, *ledger.STATE_COLUMNS}),
        renamed={},
        dropped=dict.fromkeys(
            (
                "employee",
                "documents",
                "subscription_id",
                "period_start",
                "period_end",
                "loan_id",
                "material_id",
                "checkin_id",
                "note_id",
                "reminder_id",
                "till",
                "money_back",
                "reverses",
            ),
            NOT_OF_THE_LEDGER,
        ),
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_every_field_of_a_posting_is_kept_or_left_out_for_a_reason(name: str) -> None:
    found = MODELS[name].unaccounted(set(ItemPosted.model_fields))

    assert found == set(), f"keep {sorted(found)} of a posting in {name}, or say in MODELS why it is left out there"


def test_what_is_read_of_a_posting_is_a_field_of_its_contract() -> None:
    found = set(read_model.POSTED_FIELDS) - ItemPosted.model_fields.keys()

    assert found == set(), f"{sorted(found)} of read_model/items.py are no fields of ItemPosted of contracts/library.py"


@pytest.mark.parametrize("service", ["selection", "reminders", "writeoff"])
def test_what_is_kept_has_a_column(service: str) -> None:
    schema = (ROOT / "services" / service / "schema.sql").read_text("utf-8")

    found = set(read_model.ITEM_COLUMNS) - columns_of_items(schema)

    assert found == set(), f"{sorted(found)}: no column of services/{service}/schema.sql; migrate, then make schemas"


def columns_of_items(schema: str) -> set[str]:
    """The columns of the table of items, of a schema as it is written down."""
    table = re.search(r"^CREATE TABLE item \($.*?^\);$", schema, re.MULTILINE | re.DOTALL)
    assert table is not None
    return set(re.findall(r"^    ([a-z_]+) ", table[0], re.MULTILINE))


@pytest.mark.parametrize("name", MODELS)
def test_a_field_that_nobody_keeps_is_noticed(name: str) -> None:
    assert MODELS[name].unaccounted({*ItemPosted.model_fields, "colour"}) == {"colour"}


def test_a_reason_to_drop_what_is_kept_is_noticed() -> None:
    keeps = Keeps(columns=frozenset({"amount"}), renamed={}, dropped={"amount": "once", "colour": "never was"})

    assert keeps.unaccounted({"amount"}) == {"amount", "colour"}
