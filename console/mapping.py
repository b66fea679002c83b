"""A column mapping: how another system's CSV becomes events, field by field.

administration: demo
delimiter: ";"
encoding: utf-8
date_format: "%d-%m-%Y"
decimal: ","
columns:
  party_id: Klantnummer
  item_id: {column: Factuur, prefix: "F-"}
  amount: {column: Bedrag, negate: true}
  item_date: Datum
  blocked: {column: Geblokkeerd, "true": [ja, J]}
  kind: {column: Soort, values: {Boete: fine, Lidgeld: contribution}}
  journal: {value: V10}
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chassis.sentences import Sentence
from console.exits import USAGE, CommandFailed
from contracts.money import to_minor

MAX_FIELD_CHARACTERS = 131_072
DATE_FIELDS = frozenset({"item_date", "due_date", "period_start", "period_end"})
AMOUNT_FIELDS = frozenset({"amount", "base_amount"})
BOOLEAN_FIELDS = frozenset({"blocked", "in_payment_run", "on_bank_statement", "processed"})
NUMBER_FIELDS = frozenset({"version", "payment_terms_days"})
ADDRESS_FIELDS = frozenset({"street", "postal_code", "city", "country"})
SETTLED_ON = "settled_on"
"""A column of payments that says when the money came; rows after the chosen day are left out."""


class Source(BaseModel):
    """Where a field comes from: a column, or a fixed value."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    column: str | None = None
    value: str | int | bool | None = None
    prefix: str = ""
    negate: bool = False
    true: Annotated[tuple[str, ...], Field(strict=False)] = ("true", "yes", "ja", "1", "x")
    values: dict[str, str] | None = None


class ColumnMapping(BaseModel):
    """What a mapping file says: which column fills which field of an event, and how dates and amounts are written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    administration: str
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8-sig"
    date_format: str = "%Y-%m-%d"
    decimal: Annotated[str, Field(pattern=r"^[.,]$")] = "."
    thousands: Annotated[str, Field(max_length=1)] = ""
    currency: str = "EUR"
    columns: dict[str, str | Source]

    def source(self, field: str) -> Source | None:
        """Where a field comes from; a bare string is a column's name."""
        found = self.columns.get(field)
        return Source(column=found) if isinstance(found, str) else found


class RowRefused(Exception):
    """A row that cannot become an event; `reason` says the field, its text and what was expected."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason)
        self.reason = reason


def read_mapping(path: Path) -> ColumnMapping:
    """The mapping in a YAML file; CommandFailed names what is wrong with it."""
    try:
        return ColumnMapping.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise CommandFailed("{path} is no column mapping: {error}", USAGE, path=path, error=error) from error


def read_rows(path: Path, mapping: ColumnMapping) -> Iterator[tuple[int, dict[str, str]]]:
    """Line numbers and rows of a CSV; CommandFailed when a mapped column is not there."""
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    with path.open(encoding=mapping.encoding, newline="") as file:
        reader = csv.DictReader(file, delimiter=mapping.delimiter)
        wanted = {source.column for field in mapping.columns if (source := mapping.source(field)) and source.column}
        missing = sorted(wanted - set(reader.fieldnames or ()))
        if missing:
            raise CommandFailed(
                "{path} has no column {missing}; it has: {found}",
                USAGE,
                path=path,
                missing=", ".join(missing),
                found=", ".join(reader.fieldnames or ()),
            )
        for row in reader:
            yield reader.line_num, {name: value or "" for name, value in row.items() if name is not None}


def event_fields(row: Mapping[str, str], mapping: ColumnMapping) -> dict[str, Any]:
    """The event's fields that a row fills; empty cells fill none. Raises RowRefused."""
    fields: dict[str, Any] = {"administration": mapping.administration}
    currency = _text(row, mapping.source("currency")) or mapping.currency
    for field in mapping.columns:
        source = mapping.source(field)
        text = _text(row, source)
        if source is None or text == "":
            continue
        fields[field] = _converted(field, text, source, mapping, currency)
    if AMOUNT_FIELDS & fields.keys():
        fields["currency"] = currency
    return fields


def _text(row: Mapping[str, str], source: Source | None) -> str:
    if source is None:
        return ""
    if source.column is None:
        return "" if source.value is None else str(source.value)
    text = row[source.column].strip()
    if source.values is not None and text:
        if text not in source.values:
            known = ", ".join(source.values)
            raise RowRefused(
                Sentence("column {column}: {text!r} is none of {known}", column=source.column, text=text, known=known)
            )
        text = source.values[text]
    return source.prefix + text if text else ""


def _converted(field: str, text: str, source: Source, mapping: ColumnMapping, currency: str) -> Any:
    if field in DATE_FIELDS or field == SETTLED_ON:
        return parse_date(field, text, mapping).isoformat()
    if field in AMOUNT_FIELDS:
        amount = parse_amount(field, text, mapping, currency)
        return -amount if source.negate else amount
    if field in BOOLEAN_FIELDS:
        return text.casefold() in {word.casefold() for word in source.true}
    if field in NUMBER_FIELDS:
        if not text.isdecimal():
            raise RowRefused(Sentence("{name}: {text!r} is no whole number", name=field, text=text))
        return int(text)
    return text


def parse_date(field: str, text: str, mapping: ColumnMapping) -> date:
    """A date in the file's format."""
    try:
        return date(*time.strptime(text, mapping.date_format)[:3])
    except ValueError:
        reason = Sentence("{name}: {text!r} is no date like {shape}", name=field, text=text, shape=mapping.date_format)
        raise RowRefused(reason) from None


def parse_amount(field: str, text: str, mapping: ColumnMapping, currency: str) -> int:
    """Minor units of an amount in the file's number format."""
    plain = text.replace(mapping.thousands, "") if mapping.thousands else text
    try:
        return to_minor(Decimal(plain.replace(mapping.decimal, ".")), currency)
    except (InvalidOperation, ValueError) as error:
        why = f" ({error})" if isinstance(error, ValueError) else ""
        reason = Sentence(
            "{name}: {text!r} is no amount with decimal {decimal!r}{why}",
            name=field,
            text=text,
            decimal=mapping.decimal,
            why=why,
        )
        raise RowRefused(reason) from None
