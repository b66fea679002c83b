"""The columns of reports, those that are no fields of items or parties among them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from services.selection.domain.catalogue import Field, FieldType, catalogue
from services.selection.domain.field_rows import Row
from services.selection.domain.languages import by_language

Grouping = Literal["status", "journal", "branch", "kind"]

CUSTOMER_FIELDS = (
    "party_id",
    "party_name",
    "street",
    "postal_code",
    "city",
    "account_currency",
    "party_open_items",
    "party_open_amount",
    "party_overdue_amount",
    "party_oldest_item_date",
    "party_reminder_level",
    "blacklisted",
)


COLUMN_ROWS: tuple[Row, ...] = (
    ("items", "count", "posten", "poster", "items"),
    ("parties", "count", "klanten", "konti", "parties"),
    ("open_amount", "amount", "openstaand", "restbeløb", "open amount"),
    ("not_due", "amount", "niet vervallen", "ikke forfaldent", "not due"),
    ("days_1_30", "amount", "1-30 dagen", "1-30 dage", "1-30 days"),
    ("days_31_60", "amount", "31-60 dagen", "31-60 dage", "31-60 days"),
    ("days_61_90", "amount", "61-90 dagen", "61-90 dage", "61-90 days"),
    ("days_over_90", "amount", "meer dan 90 dagen", "over 90 dage", "over 90 days"),
    ("charges", "amount", "debet", "debet", "charges"),
    ("credits", "amount", "credit", "kredit", "credits"),
)
"""Columns that only reports have, as the catalogue has its fields."""
AGEING_COLUMNS = ("items", "open_amount", "not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90")
TOTALS_COLUMNS = ("items", "parties", "open_amount", "charges", "credits")


@cache
def report_columns() -> Mapping[str, Field]:
    """The columns that only reports have, by name."""
    return {
        name: Field(name, FieldType(kind), by_language(labels), of_party=False) for name, kind, *labels in COLUMN_ROWS
    }


def customer_columns() -> tuple[Field, ...]:
    """The columns of the report of open items per customer."""
    return tuple(catalogue()[name] for name in CUSTOMER_FIELDS)


def ageing_columns(*, per_party: bool) -> tuple[Field, ...]:
    """Open amounts by days overdue, in all or per customer."""
    party = (catalogue()["party_id"], catalogue()["party_name"]) if per_party else ()
    return (*party, catalogue()["currency"], *(report_columns()[name] for name in AGEING_COLUMNS))


def totals_columns(by: Grouping) -> tuple[Field, ...]:
    """The columns of the report of open items, grouped by one field."""
    grouped = catalogue()[by]
    return (
        Field("grouped_by", grouped.type, grouped.labels, of_party=False, choices_of=by),
        catalogue()["currency"],
        *(report_columns()[name] for name in TOTALS_COLUMNS),
    )
