"""Time zones by their names in the IANA database."""

from __future__ import annotations

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field


@cache
def time_zones() -> frozenset[str]:
    """Every name that the IANA database has here."""
    return frozenset(available_timezones())


def known_time_zone(name: str) -> str:
    """Return the name, or raise ValueError when the IANA database has no such zone."""
    if name not in time_zones():
        raise ValueError(f"unknown time zone {name!r}: use a name of the IANA database such as Europe/Brussels")
    return name


TimeZone = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9_+/-]+$",
        description="Name of a time zone in the IANA database",
        examples=["Europe/Amsterdam", "Europe/Brussels", "Europe/Copenhagen"],
    ),
    AfterValidator(known_time_zone),
]
