"""Guards of texts and numbers against what PostgreSQL cannot keep.

What nobody could ever keep was never promised: refusing it breaks no contract.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

MOST_COUNTED = 2**31 - 1
"""Largest number that a 32-bit column keeps: of years, periods and counts."""
MOST_SUMMED = 2**63 - 1
"""Largest number that a 64-bit column keeps: of sums in minor units."""
WITHOUT_NUL = r"^[^\x00]*$"
"""The pattern of texts that PostgreSQL keeps."""

EMAIL_PATTERN = "^[^@{0}]+@[^@{0}]+$".format(
    r"\x00\t\n\x0b\x0c\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""Two texts around an @, without white space, each character named: dialects of patterns have different lists of it."""


def without_nul(text: str | None) -> str | None:
    """Return the text, or raise ValueError when it has the one character that PostgreSQL cannot keep."""
    if text and "\x00" in text:
        raise ValueError("the character NUL cannot be kept: leave it out")
    return text


def without_nul_within(document: Any) -> Any:
    """Return a JSON value, or raise ValueError when a text of it, or a name, has that character."""
    inner = [document]
    while inner:
        value = inner.pop()
        if isinstance(value, str):
            without_nul(value)
        elif isinstance(value, dict):
            inner += [*value, *value.values()]
        elif isinstance(value, list):
            inner += value
    return document


@dataclass(frozen=True, slots=True)
class _Kept:
    """Guards a text of a contract, and says so in its schema; each has it, or a pattern that leaves no room for NUL."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Look at the text once it is one."""
        return core_schema.no_info_after_validator_function(without_nul, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The pattern, where the text has no other one."""
        told = handler(schema)
        for form in told.get("anyOf", [told]):
            if form.get("type") == "string":
                form.setdefault("pattern", WITHOUT_NUL)
        return told


Kept = _Kept()
Number = Annotated[int, Field(ge=-MOST_COUNTED, le=MOST_COUNTED)]
Count = Annotated[int, Field(ge=0, le=MOST_COUNTED)]
CountFromOne = Annotated[int, Field(ge=1, le=MOST_COUNTED)]
Sum = Annotated[int, Field(ge=-MOST_SUMMED, le=MOST_SUMMED)]
Days = Annotated[int, Field(ge=0, le=3650)]
ReasonCode = Annotated[str, Field(max_length=64), Kept]
PostalCode = Annotated[str, Field(max_length=16), Kept]
Phone = Annotated[str, Field(max_length=40), Kept]
Iban = Annotated[str, Field(max_length=34), Kept]
Email = Annotated[str, Field(max_length=254, pattern=EMAIL_PATTERN), Kept]
