"""Reading amounts, dates and words strictly by the form that a mapping declares: what does not fit is never bent."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from chassis.sentences import Sentence
from contracts.money import exponents, to_minor

MINUS = "\N{MINUS SIGN}"
SPACES = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}\N{FIGURE SPACE}"
_PLAIN = str.maketrans({MINUS: "-", **dict.fromkeys(SPACES, " ")})
APOSTROPHES = "'’"
REMEMBERED = 8_192
"""Days and amounts that are read once: a file has few of them, and many rows."""
SPREADSHEET_DIGITS = 15
"""Digits of a number that a spreadsheet keeps; what comes after them is an artefact of binary fractions."""

DIRECTIVES = {
    "%d": (r"(?P<d>[0-9]{1,2})", r"(?P<d>[0-9]{2})"),
    "%m": (r"(?P<m>[0-9]{1,2})", r"(?P<m>[0-9]{2})"),
    "%Y": (r"(?P<Y>[0-9]{4})", r"(?P<Y>[0-9]{4})"),
    "%y": (r"(?P<y>[0-9]{2})", r"(?P<y>[0-9]{2})"),
    "%H": (r"(?P<H>[0-9]{1,2})", r"(?P<H>[0-9]{2})"),
    "%M": (r"(?P<M>[0-9]{2})", r"(?P<M>[0-9]{2})"),
    "%S": (r"(?P<S>[0-9]{2})", r"(?P<S>[0-9]{2})"),
    "%f": (r"(?P<f>[0-9]{1,6})", r"(?P<f>[0-9]{1,6})"),
    "%z": (r"(?P<z>Z|[+-][0-9]{2}:?[0-9]{2})", r"(?P<z>Z|[+-][0-9]{2}:?[0-9]{2})"),
}
"""Parts of a date format: as it may be written, and where a digit of its neighbour could be taken for its own."""
YEARS = ("%Y", "%y")


@dataclass(frozen=True, slots=True)
class NotRead(Exception):
    """A text that is not of the declared form."""

    reason: Sentence


AmountReader = Callable[[object, str], int]
"""Minor units of a cell in a currency; NotRead where it is not of the declared form."""


def amount_reader(decimal: str, thousands: str) -> AmountReader:
    """Read amounts with these separators; thousands, where they are set apart at all, in groups of three.

    A minus may stand before or behind, or the amount in brackets; no-break spaces and the typographic minus are taken
    for what they look like.
    """
    group = f"[{APOSTROPHES}]" if thousands and thousands in APOSTROPHES else re.escape(thousands)
    whole = rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]+" if thousands else "[0-9]+"
    form = re.compile(
        rf"(?P<open>\()? ?(?P<before>[+-])? ?(?P<whole>{whole})(?:{re.escape(decimal)}(?P<part>[0-9]+))?"
        rf" ?(?P<behind>[+-])? ?(?P<close>\))?"
    )
    foreign = re.compile("[^0-9]")

    def read(cell: object, currency: str) -> int:
        return read_text(cell, currency) if isinstance(cell, str) else _minor_of_number(cell, currency)

    @lru_cache(REMEMBERED)
    def read_text(cell: str, currency: str) -> int:
        found = form.fullmatch(cell.translate(_PLAIN).strip())
        if found is None or _signs(found) > 1 or (found["open"] is None) != (found["close"] is None):
            raise NotRead(_no_amount(cell, decimal, thousands))
        part = (found["part"] or "").rstrip("0")
        places = exponents()[currency]
        if len(part) > places:
            raise NotRead(Sentence("{text!r} has more decimals than {currency} has.", text=cell, currency=currency))
        minor = int(foreign.sub("", found["whole"]) + part.ljust(places, "0"))
        is_less = found["open"] is not None or "-" in (found["before"], found["behind"])
        return -minor if is_less else minor

    return read


def _signs(found: re.Match[str]) -> int:
    return sum(found[name] is not None for name in ("open", "before", "behind"))


def _no_amount(text: str, decimal: str, thousands: str) -> Sentence:
    if thousands:
        return Sentence(
            "{text!r} is no amount with {thousands!r} between thousands and {decimal!r} before decimals.",
            text=text,
            thousands=thousands,
            decimal=decimal,
        )
    return Sentence(
        "{text!r} is no amount with {decimal!r} before decimals and nothing between thousands.",
        text=text,
        decimal=decimal,
    )


def _minor_of_number(cell: object, currency: str) -> int:
    """A cell that a workbook holds as a number: to the digits that the workbook itself shows."""
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise NotRead(Sentence("{text!r} is no amount.", text=str(cell)))
    try:
        return to_minor(Decimal(format(cell, f".{SPREADSHEET_DIGITS}g")), currency)
    except (InvalidOperation, OverflowError, ValueError) as error:
        many = Sentence("{text!r} has more decimals than {currency} has.", text=str(cell), currency=currency)
        raise NotRead(many) from error


def format_problem(form: str, year: int | None, time_zone: str | None) -> str | None:
    """What is wrong with a date format, in English; None when dates can be read by it."""
    parts = re.findall(r"%.", form)
    unknown = sorted(set(parts) - DIRECTIVES.keys())
    if unknown:
        return f"{form!r} has {', '.join(unknown)}: use {' '.join(DIRECTIVES)}"
    if len(parts) != len(set(parts)) or {"%d", "%m"} - set(parts):
        return f"{form!r} needs %d and %m, and each part once"
    if not set(YEARS) & set(parts) and year is None:
        return f"{form!r} has no year: give one, by `year:` or --year"
    if set(YEARS) <= set(parts):
        return f"{form!r} has two years"
    if "%z" in parts and time_zone is None:
        return f"{form!r} has a time zone: say by `time_zone:` whose day is meant"
    return None


DateReader = Callable[[object], date]
"""The day that a cell says; NotRead where it is not of the declared form."""


def date_reader(form: str, year: int | None, time_zone: str | None) -> DateReader:
    """Read days by a format that `format_problem` has nothing against."""
    pattern = re.compile(_date_pattern(form))
    zone = ZoneInfo(time_zone) if time_zone else None

    @lru_cache(REMEMBERED)
    def read_text(text: str) -> date:
        found = pattern.fullmatch(text)
        day = None
        if found is not None:
            with suppress(ValueError):
                day = _day_of(found.groupdict(), year, zone)
        if day is None:
            raise NotRead(Sentence("{text!r} is no date like {form}.", text=text, form=form))
        return day

    def read(cell: object) -> date:
        if isinstance(cell, str):
            return read_text(cell)
        if isinstance(cell, datetime):
            return date(cell.year, cell.month, cell.day)
        if isinstance(cell, date):
            return cell
        raise NotRead(Sentence("{text!r} is no date.", text=str(cell)))

    return read


def _date_pattern(form: str) -> str:
    """The pattern of a format; parts that touch have all of their digits, or one could take the other's."""
    pieces = re.findall(r"%.|[^%]+", form)
    pattern = []
    for place, piece in enumerate(pieces):
        touches = any(0 <= other < len(pieces) and pieces[other][0] == "%" for other in (place - 1, place + 1))
        pattern.append(DIRECTIVES[piece][touches] if piece in DIRECTIVES else re.escape(piece))
    return "".join(pattern)


def _day_of(found: dict[str, str | None], given_year: int | None, zone: ZoneInfo | None) -> date:
    text = found.get("Y")
    short = found.get("y")
    if text is not None:
        year = int(text)
    elif short is not None:
        year = datetime.strptime(short, "%y").year  # noqa: DTZ007 - only its year, by the usual pivot, is wanted
    else:
        assert given_year is not None, "a format without a year comes with one"
        year = given_year
    day = date(year, int(found["m"] or ""), int(found["d"] or ""))
    if not found.get("z") or zone is None:
        return day
    clock = f"{found.get('H') or 0:>02}:{found.get('M') or '00'}:{found.get('S') or '00'}"
    moment = datetime.fromisoformat(f"{day.isoformat()}T{clock}{_offset(found['z'] or '')}")
    there = moment.astimezone(zone)
    return date(there.year, there.month, there.day)


def _offset(text: str) -> str:
    return "+00:00" if text == "Z" else f"{text[:3]}:{text[-2:]}"
