"""The columns of reports that are no fields of items or parties, and how a table's values are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from contracts.money import exponents
from services.selection.domain.catalogue import Field, FieldType, catalogue
from services.selection.domain.export_formats import ExportConventions, flags
from services.selection.domain.sentences import code_word

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


def _column(name: str, kind: FieldType, dutch: str, danish: str, english: str) -> Field:
    return Field(name, kind, {"nl": dutch, "da": danish, "en": english}, of_party=False)


_AMOUNT, _COUNT = FieldType.AMOUNT, FieldType.COUNT


def customer_columns() -> tuple[Field, ...]:
    """The columns of the report of open items per customer."""
    return tuple(catalogue()[name] for name in CUSTOMER_FIELDS)


def ageing_columns(*, per_party: bool) -> tuple[Field, ...]:
    """Open amounts by days overdue, in all or per customer."""
    party = (catalogue()["party_id"], catalogue()["party_name"]) if per_party else ()
    return (
        *party,
        catalogue()["currency"],
        _column("items", _COUNT, "posten", "poster", "items"),
        _column("open_amount", _AMOUNT, "openstaand", "restbeløb", "open amount"),
        _column("not_due", _AMOUNT, "niet vervallen", "ikke forfaldent", "not due"),
        _column("days_1_30", _AMOUNT, "1-30 dagen", "1-30 dage", "1-30 days"),
        _column("days_31_60", _AMOUNT, "31-60 dagen", "31-60 dage", "31-60 days"),
        _column("days_61_90", _AMOUNT, "61-90 dagen", "61-90 dage", "61-90 days"),
        _column("days_over_90", _AMOUNT, "meer dan 90 dagen", "over 90 dage", "over 90 days"),
    )


def totals_columns(by: Grouping) -> tuple[Field, ...]:
    """The columns of the report of open items, grouped by one field."""
    grouped = catalogue()[by]
    return (
        Field("grouped_by", grouped.type, grouped.labels, of_party=False),
        catalogue()["currency"],
        _column("items", _COUNT, "posten", "poster", "items"),
        _column("parties", _COUNT, "klanten", "konti", "parties"),
        _column("open_amount", _AMOUNT, "openstaand", "restbeløb", "open amount"),
        _column("charges", _AMOUNT, "debet", "debet", "charges"),
        _column("credits", _AMOUNT, "credit", "kredit", "credits"),
    )


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_DATE_PATTERNS: Mapping[str, str] = {"ISO, YMD": "%Y-%m-%d", "Postgres, DMY": "%d-%m-%Y", "SQL, DMY": "%d/%m/%Y"}


def written(field: Field, value: Any, currency: str, form: ExportConventions) -> str:
    """A value as the format writes it."""
    match value:
        case None:
            text = ""
        case bool():
            text = flags(form)[0 if value else 1]
        case date():
            text = value.strftime(_DATE_PATTERNS[form.date_style])
        case int() if field.type is FieldType.AMOUNT:
            text = _decimal(value, exponents()[currency], form.decimal_mark)
        case str() if field.name == "grouped_by" and form.language:
            text = code_word(catalogue()["status"], value, form.language)
        case str() if form.for_spreadsheets and value.startswith(FORMULA_STARTS):
            text = f"'{value}"
        case _:
            text = str(value)
    return text


def _decimal(amount: int, digits: int, mark: str) -> str:
    if digits == 0:
        return str(amount)
    whole, rest = divmod(abs(amount), 10**digits)
    return f"{'-' if amount < 0 else ''}{whole}{mark}{rest:0{digits}}"


def rows_as_text(fields: Sequence[Field], row: Mapping[str, Any], currency: str, form: ExportConventions) -> list[str]:
    """One row as the format writes it."""
    return [written(field, row[field.name], currency, form) for field in fields]
