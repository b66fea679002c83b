"""The fields that criteria can ask and exports can show: their types, and what people call them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Literal, get_args

from chassis.sentences import Sentence
from contracts.library import DebtorType, ItemKind, ItemStatus, PartyKind
from services.selection.domain.field_rows import ITEM_ROWS, PARTY_ROWS
from services.selection.domain.languages import Language, by_language

SetType = Literal["items", "parties"]
MEMBERS: Mapping[SetType, Sentence] = {"items": Sentence("items"), "parties": Sentence("parties")}
"""What a set is of, as refusals say it."""


class FieldType(StrEnum):
    """What a field holds, which decides its operators and how its values are written."""

    AMOUNT = "amount"
    """Whole minor units of the item's currency."""
    COUNT = "count"
    DATE = "date"
    AGE = "age"
    """Days from a date to today; asked in days, weeks, months or years."""
    TEXT = "text"
    CODE = "code"
    """One of a short list, or of the administration's own codes."""
    FLAG = "flag"


_COMPARED = ("eq", "ne", "lt", "le", "gt", "ge", "between", "empty")
OPERATORS: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.AMOUNT: _COMPARED,
    FieldType.COUNT: _COMPARED,
    FieldType.DATE: _COMPARED,
    FieldType.AGE: _COMPARED,
    FieldType.TEXT: ("eq", "ne", "in", "between", "starts", "contains", "empty"),
    FieldType.CODE: ("eq", "ne", "in", "between", "empty"),
    FieldType.FLAG: ("eq",),
}
UNITS: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.AMOUNT: ("cents",),
    FieldType.AGE: ("days", "weeks", "months", "years"),
}
"""The first is meant when none is given."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "status": get_args(ItemStatus),
    "kind": get_args(ItemKind),
    "party_kind": get_args(PartyKind),
    "debtor_type": get_args(DebtorType),
    "channel": ("letter", "e-mail"),
}
STATUS_LETTERS: Mapping[str, str] = {"O": "open", "F": "invoiced", "H": "reminded", "D": "bailiff"}
"""The letters that clerks know the statuses by."""

_COLUMNS: Mapping[str, str] = {
    "age": "item_date",
    "days_overdue": "payable_on",
    "days_since_reminder": "reminded_on",
    "party_days_since_reminder": "party_reminded_on",
    "party_oldest_age": "party_oldest_item_date",
}
"""Columns of fields that are computed from a date and today."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field: of an item, or of a party (then sets of parties can ask it as well)."""

    name: str
    type: FieldType
    labels: Mapping[Language, str]
    of_party: bool
    choices_of: str = ""
    """The field whose choices its values are among, when it has another name than that."""

    @property
    def column(self) -> str:
        """The column of `selectable_items` and `selectable_parties` that it reads."""
        return _COLUMNS.get(self.name, self.name)

    @property
    def operators(self) -> tuple[str, ...]:
        """What it can be asked with."""
        return OPERATORS[self.type]

    @property
    def units(self) -> tuple[str, ...]:
        """Units of its values; empty where there is nothing to choose."""
        return UNITS.get(self.type, ())

    @property
    def choices(self) -> tuple[str, ...]:
        """The only values that it has; empty where any value goes."""
        return CHOICES.get(self.choices_of or self.name, ())


@cache
def catalogue() -> Mapping[str, Field]:
    """Every field by name, items' before parties', in the order in which people are shown them."""
    rows = [(row, False) for row in ITEM_ROWS] + [(row, True) for row in PARTY_ROWS]
    fields = [Field(name, FieldType(kind), by_language(labels), of_party) for (name, kind, *labels), of_party in rows]
    return {field.name: field for field in fields}


def fields_of(set_type: SetType) -> tuple[Field, ...]:
    """The fields that a set of this type can ask."""
    return tuple(field for field in catalogue().values() if field.of_party or set_type == "items")
