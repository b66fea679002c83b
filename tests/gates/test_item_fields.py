"""What a posting says of an item is kept wherever items are kept, or left out there for a reason."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from contracts.library import ItemPosted
from read_model import items as read_model
from services.matching.store import items as ledger


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
            ),
            NOT_OF_THE_LEDGER,
        ),
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_every_field_of_a_posting_is_kept_or_left_out_for_a_reason(name: str) -> None:
    assert MODELS[name].unaccounted(set(ItemPosted.model_fields)) == set()


@pytest.mark.parametrize("name", MODELS)
def test_a_field_that_nobody_keeps_is_noticed(name: str) -> None:
    assert MODELS[name].unaccounted({*ItemPosted.model_fields, "colour"}) == {"colour"}


def test_a_reason_to_drop_what_is_kept_is_noticed() -> None:
    keeps = Keeps(columns=frozenset({"amount"}), renamed={}, dropped={"amount": "once", "colour": "never was"})

    assert keeps.unaccounted({"amount"}) == {"amount", "colour"}
