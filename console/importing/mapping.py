"""A mapping: how another system's file becomes events, field by field; `docs/importing.md` tells what each key means.

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

import datetime as dt
import json
import re
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from contracts.event import AdministrationId, Code
from contracts.money import Currency

Kind = Literal["items", "payments", "parties"]
"""What a file holds: charges and credits, money that came or went, or master data."""

TRUE_WORDS = ("true", "yes", "ja", "1", "x", "j", "y")
FALSE_WORDS = ("false", "no", "nee", "nej", "0", "n", "-")
MAX_SKIPPED_LINES = 1_000
MAX_POSITION = 1_000
SPACE = " "

Words = Annotated[tuple[str, ...], Field(min_length=1)]
Regex = Annotated[str, Field(min_length=1, max_length=400)]


class MappingPart(BaseModel):
    """What a mapping is made of: a key that nobody knows is refused, and nothing is converted silently."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Place(MappingPart):
    """Where a cell stands: by its column's heading, or the first of some headings; by position, from 1; by pattern."""

    column: str | Words | None = None
    position: Annotated[int, Field(ge=1, le=MAX_POSITION)] | None = None
    pattern: Regex | None = None

    @field_validator("pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: str | None) -> str | None:
        return checked_pattern(pattern)

    @property
    def origins(self) -> int:
        """How many ways of finding the cell are given."""
        return sum(given is not None for given in (self.column, self.position, self.pattern))


def checked_pattern(pattern: str | None) -> str | None:
    """The regular expression as it is, or ValueError that says what is wrong with it."""
    if pattern is not None:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


AnyPlace = str | Place
"""A bare text is a column's heading."""


def place_of(given: AnyPlace) -> Place:
    """The place that a mapping names, in whichever form."""
    return Place(column=given) if isinstance(given, str) else given


class SignColumn(Place):
    """A column that says whether an amount counts up or down: D or C, Bij or Af, S or H."""

    plus: Words
    minus: Words


class RowCondition(Place):
    """What a row must meet to be taken; the others are left out, and counted."""

    one_of: Words | None = None
    none_of: Words | None = None
    like: Regex | None = None
    filled: bool | None = None

    @field_validator("like")
    @classmethod
    def _is_like_a_pattern(cls, like: str | None) -> str | None:
        return checked_pattern(like)

    @model_validator(mode="after")
    def _asks_one_thing(self) -> RowCondition:
        asked = sum(given is not None for given in (self.one_of, self.none_of, self.like, self.filled))
        if self.origins != 1 or asked != 1:
            raise ValueError("a condition names one column and one of: one_of, none_of, like, filled")
        return self


class Source(Place):
    """Where a field comes from, and how what stands there is read."""

    value: str | int | bool | None = None
    columns: Annotated[tuple[AnyPlace, ...], Field(min_length=1)] | None = None
    separator: str = SPACE
    digest: Annotated[tuple[AnyPlace, ...], Field(min_length=1)] | None = None
    debit: AnyPlace | None = None
    credit: AnyPlace | None = None
    extract: Regex | None = None
    default: str | None = None
    fill: Annotated[int, Field(ge=1, le=64)] | None = None
    prefix: str = ""
    date_format: str | None = None
    negate: bool = False
    sign: SignColumn | None = None
    true: Words | None = None
    false: Words | None = None
    values: dict[str, str] | None = None

    @field_validator("extract")
    @classmethod
    def _has_one_group(cls, extract: str | None) -> str | None:
        checked_pattern(extract)
        if extract is not None and re.compile(extract).groups != 1:
            raise ValueError("extract has exactly one group in brackets: what it gives is the field")
        return extract

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> Source:
        in_columns = self.debit is not None or self.credit is not None
        others = sum(given is not None for given in (self.value, self.columns, self.digest)) + in_columns
        if self.origins + others != 1:
            raise ValueError(
                "a field comes from one of: column, position, pattern, value, columns, digest, debit and credit"
            )
        if in_columns and (self.debit is None or self.credit is None):
            raise ValueError("debit and credit stand together")
        return self


class Opening(MappingPart):
    """How an opening balance is booked: what was settled before is a credit on this journal, matched on this day."""

    journal: Code
    date: dt.date | None = None


class ColumnMapping(MappingPart):
    """What a mapping file says: which column fills which field of an event, and how dates and amounts are written."""

    title: str = ""
    imports: Kind | None = None
    administration: AdministrationId | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    encoding: str | None = None
    sheet: str | None = None
    header: bool = True
    skip_above: Annotated[int, Field(ge=0, le=MAX_SKIPPED_LINES)] = 0
    skip_below: Annotated[int, Field(ge=0, le=MAX_SKIPPED_LINES)] = 0
    date_format: str = "%Y-%m-%d"
    year: Annotated[int, Field(ge=1900, le=2999)] | None = None
    time_zone: str | None = None
    decimal: Annotated[str, Field(pattern=r"^[.,]$")] = "."
    thousands: Annotated[str, Field(pattern=r"^[.,'’ ]?$")] = ""
    currency: Currency = "EUR"
    zero: Literal["refuse", "leave-out"] = "refuse"
    rows: tuple[RowCondition, ...] = ()
    opening: Opening | None = None
    columns: Annotated[dict[str, str | Source], Field(min_length=1)]

    @field_validator("time_zone")
    @classmethod
    def _is_a_time_zone(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                ZoneInfo(name)
            except (KeyError, ValueError, OSError) as error:
                raise ValueError(f"no time zone is called {name!r}: name one such as Europe/Brussels") from error
        return name

    @model_validator(mode="after")
    def _tells_decimals_from_thousands(self) -> ColumnMapping:
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands are two signs")
        return self

    def source(self, field: str) -> Source | None:
        """Where a field comes from; a bare string is a column's heading."""
        found = self.columns.get(field)
        return Source(column=found) if isinstance(found, str) else found


def whole_mapping(document: Any) -> ColumnMapping:
    """The mapping that a YAML document says; ValidationError names what is wrong with it.

    By way of JSON, in which strictness knows lists and days, and in which the keys `true` and `false` need no quotes.
    """
    return ColumnMapping.model_validate_json(json.dumps(document, default=str))
