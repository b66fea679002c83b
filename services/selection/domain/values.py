"""Values of conditions: each field takes its own type, and says so when it gets another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeAlias

from chassis.errors import Refused
from chassis.sentences import Sentence
from services.selection.domain.catalogue import STATUS_LETTERS, Field, FieldType

Value: TypeAlias = bool | int | date | str

MAX_NUMBER = 9 * 10**18
"""Sums of a party may be far larger than one item, and still fit a 64-bit integer."""
MAX_AGE = 40_000
MAX_TEXT_CHARACTERS = 400
FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2999, 12, 31)
_DECIMAL = re.compile(r"^-?\d+[.,]\d+$")


def typed_value(field: Field, raw: object, place: str) -> Value:
    """The value as the field's type; Refused names `place` and says what the field takes.

    An amount is a whole number of cents (S0.3): a decimal is refused with a word on cents.
    """
    return _READERS[field.type](field, raw, place)


def _number(field: Field, raw: object, place: str) -> int:
    if isinstance(raw, float) or (isinstance(raw, str) and _DECIMAL.match(raw)):
        raise _decimal(field, raw, place)
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise _wrong(field, raw, place, Sentence("a whole number"))
    if abs(raw) > MAX_NUMBER:
        raise _wrong(field, raw, place, Sentence("a number up to {limit}", limit=MAX_NUMBER))
    return raw


def _decimal(field: Field, raw: object, place: str) -> Refused:
    if field.type is FieldType.AMOUNT:
        return Refused(
            "cents-expected",
            "{name} is asked in whole cents, without decimals; {raw} is a decimal number.",
            name=field.name,
            raw=raw,
            field=place,
            remedy="Write 1.00 as 100, and 12.50 as 1250.",
        )
    return _wrong(field, raw, place, Sentence("a whole number"))


def _age(field: Field, raw: object, place: str) -> int:
    number = _number(field, raw, place)
    if not 0 <= number <= MAX_AGE:
        raise _wrong(field, raw, place, Sentence("a number from 0 to {limit}", limit=MAX_AGE))
    return number


def _date(field: Field, raw: object, place: str) -> date:
    try:
        day = date.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise _wrong(field, raw, place, Sentence("a date such as 2024-11-22"))
    return day


def _text(field: Field, raw: object, place: str) -> str:
    if not isinstance(raw, str) or not raw or len(raw) > MAX_TEXT_CHARACTERS or "\x00" in raw:
        raise _wrong(field, raw, place, Sentence("a text of 1 to {limit} characters", limit=MAX_TEXT_CHARACTERS))
    return raw


def _code(field: Field, raw: object, place: str) -> str:
    text = _text(field, raw, place)
    if field.name == "status":
        text = STATUS_LETTERS.get(text, text)
    if field.choices and text not in field.choices:
        raise _wrong(field, raw, place, Sentence("one of {choices}", choices=", ".join(field.choices)))
    return text


def _flag(field: Field, raw: object, place: str) -> bool:
    if not isinstance(raw, bool):
        raise _wrong(field, raw, place, Sentence("yes or no (true or false in JSON)"))
    return raw


def _wrong(field: Field, raw: object, place: str, expected: Sentence) -> Refused:
    shown = repr(raw)[:60]
    return Refused(
        "wrong-value",
        "{name} cannot be {shown}.",
        name=field.name,
        shown=shown,
        expected=expected,
        field=place,
        remedy="{name} takes {expected}.",
    )


_READERS: Mapping[FieldType, Callable[[Field, object, str], Value]] = {
    FieldType.AMOUNT: _number,
    FieldType.COUNT: _number,
    FieldType.AGE: _age,
    FieldType.DATE: _date,
    FieldType.TEXT: _text,
    FieldType.CODE: _code,
    FieldType.FLAG: _flag,
}
