"""Days as people type them: in the form of their language, or as ISO 8601 writes them."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

import typer

from chassis.sentences import Sentence
from console.languages import spoken_here

EXAMPLES = {"nl": "20-11-2026", "da": "20.11.2026", "en": "20/11/2026"}
ISO_EXAMPLE = "2026-11-20"
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})(?P<separator>[-./])(?P<month>\d{1,2})(?P=separator)(?P<year>\d{4})", re.ASCII
)
MONTHS = 12


def parse_day(text: str) -> date:
    """The day that somebody typed, in the language that is spoken here.

    ISO 8601 always; with the day first where Dutch or Danish is spoken, and in English where it can be read in one way
    only. Raises typer.BadParameter with the forms that are taken.
    """
    typed = text.strip()
    found = _ISO.fullmatch(typed) or _DAY_FIRST.fullmatch(typed)
    if found is None:
        raise typer.BadParameter(
            Sentence(
                "{text!r} is no day that is understood here. Write it as {example}, or as {iso}.",
                text=text,
                example=EXAMPLES[spoken_here()[:2]],
                iso=ISO_EXAMPLE,
            )
        )
    year, month, day = (int(found[name]) for name in ("year", "month", "day"))
    if "separator" in found.groupdict() and spoken_here().startswith("en"):
        _refuse_two_meanings(text, year, month, day)
    try:
        return date(year, month, day)
    except ValueError:
        raise typer.BadParameter(
            Sentence("{text!r} is no day of the calendar. Write it as {iso}.", text=text, iso=ISO_EXAMPLE)
        ) from None


def _refuse_two_meanings(text: str, year: int, month: int, day: int) -> None:
    """English is written with the day first and with the month first: what both could read says nothing."""
    if day <= MONTHS and month <= MONTHS and day != month:
        raise typer.BadParameter(
            Sentence(
                "{text!r} can be two days. Write {one} or {other}.",
                text=text,
                one=date(year, month, day).isoformat(),
                other=date(year, day, month).isoformat(),
            )
        )


def iso(day: date | None) -> str | None:
    """The day as the services take it."""
    return None if day is None else day.isoformat()


BookingDay = Annotated[
    date | None,
    typer.Option(
        "--date", parser=parse_day, metavar="DAY", help="Booking date; the administration's today when absent."
    ),
]
