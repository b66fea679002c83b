"""Guards of texts and numbers against what PostgreSQL cannot keep; they are not in the schemas.

What nobody could ever keep was never promised: refusing it breaks no contract.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

MOST_COUNTED = 2**31 - 1
"""Largest number that a 32-bit column keeps: of years, periods and counts."""
MOST_SUMMED = 2**63 - 1
"""Largest number that a 64-bit column keeps: of sums in minor units."""


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


def within_32_bits(number: int) -> int:
    """Return a year, a period or a count, or raise ValueError when no column keeps it."""
    if abs(number) > MOST_COUNTED:
        raise ValueError(f"the number lies beyond {MOST_COUNTED}")
    return number


def within_64_bits(number: int) -> int:
    """Return a sum, or raise ValueError when no column keeps it."""
    if abs(number) > MOST_SUMMED:
        raise ValueError(f"the number lies beyond {MOST_SUMMED}")
    return number


Kept = AfterValidator(without_nul)
"""Guards a text of a contract; each has it, or a pattern that leaves no room for NUL."""
Number = Annotated[int, AfterValidator(within_32_bits)]
Count = Annotated[int, Field(ge=0), AfterValidator(within_32_bits)]
CountFromOne = Annotated[int, Field(ge=1), AfterValidator(within_32_bits)]
Sum = Annotated[int, AfterValidator(within_64_bits)]
ReasonCode = Annotated[str, Field(max_length=64), Kept]
PostalCode = Annotated[str, Field(max_length=16), Kept]
Phone = Annotated[str, Field(max_length=40), Kept]
Iban = Annotated[str, Field(max_length=34), Kept]
