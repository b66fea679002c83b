"""What a command shows: data on standard output as tables or JSON, progress on standard error."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated, Any

import typer
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from chassis.sentences import Count, Said, Sentence
from console.code_words import CODES
from console.fitting import Cells, column_widths, lines_of
from console.languages import locale_of, spoken
from console.words import coded, word
from contracts.money import to_decimal

JsonOption = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]

AMOUNT_COLUMNS = frozenset(
    {
        *("amount", "open_amount", "balance", "written_off", "received", "waived", "reversed", "total", "fee", "paid"),
        *("open_now", "approved_amount", "added_amount", "gone_amount", "changed_amount"),
        *("taken_in", "voided", "refunded", "charged_back", "given_back", "received_back", "movement"),
        *("journal_movement", "difference"),
        *("settled_amount", "credited_amount", "settled", "paid_amount", "waived_amount"),
    }
)
"""Columns in minor units of the row's `currency`."""
CURRENCY = re.compile("[A-Z]{3}", re.ASCII)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
"""How the services write an instant."""
CODED = frozenset(
    {
        *("changed", "channel", "code", "contra_kind", "credit_code", "default_for", "kind", "lost_because", "method"),
        *("money_back", "party_kind", "give_back", "late_fine", "processing_fee"),
        *("needs_approval", "origin", "outcome", "rule", "set_type", "state", "status", "type", "used_for", "what"),
    }
)
"""Columns of codes that have words; JSON has the codes, as they are typed."""
WIDE_CHARACTERS = 400
NUMBERED = frozenset({"fiscal_year", "year", "period"})
"""Numbers that name something: no thousands are set apart in them."""
REPORT_SECONDS = 5.0

progress_console = Console(stderr=True)


def money(amount: int, currency: str, language: str = "en") -> str:
    """Minor units as people write them: 1250 EUR is € 12,50 in Dutch."""
    return str(format_currency(to_decimal(amount, currency), currency, locale=locale_of(language)))


def show(value: object, *, json_output: bool, language: str = "en") -> None:
    """An object as JSON, or as a line per field with its word and its value."""
    if json_output:
        sys.stdout.write(json.dumps(value, indent=1, default=str, ensure_ascii=False) + "\n")
        return
    assert isinstance(value, Mapping), "only an object is shown field by field"
    fields = [(word(name, language), cell(name, field, value, language)) for name, field in value.items()]
    _print_fields(fields, _screen().width)


def heading(text: str) -> None:
    """Print a line in bold above the tables that it is about."""
    _screen().print(f"\n{text}", style="bold", highlight=False, markup=False)


def _print_fields(fields: Sequence[tuple[str, str]], width: int) -> None:
    """A line per field; where a name and its value do not fit beside each other, the value stands below."""
    widths = column_widths(fields, width) if fields else None
    for name, value in fields:
        text = lines_of((name, value), widths) if widths else f"{name}\n  {value}"
        sys.stdout.write(f"{text}\n")


def _screen() -> Console:
    """Where tables go: as wide as the terminal, and wide enough for whole ids where there is none."""
    return Console(width=None if sys.stdout.isatty() else WIDE_CHARACTERS)


def show_rows(
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    json_output: bool,
    language: str = "en",
    right: Container[str] = AMOUNT_COLUMNS,
) -> int:
    """A list: a JSON array, or a table with these columns, those of `right` to the right; gives the number of rows.

    JSON is written row by row, so that a list of any length costs no memory.
    """
    if json_output:
        return _write_json_rows(rows)
    headings = tuple(word(column, language) for column in columns)
    cells = [tuple(cell(column, row.get(column), row, language) for column in columns) for row in rows]
    screen = _screen()
    widths = column_widths((headings, *cells), screen.width)
    if widths is None:
        _print_row_by_row(headings, cells, screen.width)
        return len(cells)
    to_the_right = [place for place, column in enumerate(columns) if column in right]
    screen.print(Text(lines_of(headings, widths, to_the_right), style="bold"), soft_wrap=True)
    for row_cells in cells:
        sys.stdout.write(f"{lines_of(row_cells, widths, to_the_right)}\n")
    return len(cells)


def _print_row_by_row(headings: Sequence[str], cells: Cells, width: int) -> None:
    """A table that is too wide for the terminal: a line per field, a blank line after each row."""
    for row in cells:
        _print_fields([(name, value) for name, value in zip(headings, row, strict=True) if value], width)
        sys.stdout.write("\n")


def _write_json_rows(rows: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    sys.stdout.write("[")
    for count, row in enumerate(rows, 1):
        sys.stdout.write(",\n" if count > 1 else "\n")
        sys.stdout.write(json.dumps(row, default=str, ensure_ascii=False))
    sys.stdout.write("\n]\n")
    return count


def cell(name: str, value: Any, row: Mapping[str, Any], language: str) -> str:
    """A value as people of that language read it."""
    match value:
        case None:
            text = ""
        case bool():
            text = word("yes" if value else "no", language)
        case int():
            text = _number(name, value, row, language)
        case datetime():
            text = _instant(value, language)
        case str():
            text = _text(name, value, language)
        case date():
            text = str(format_date(value, "short", locale=locale_of(language)))
        case list():
            text = ", ".join(cell(name, one, row, language) for one in value)
        case Mapping() if value and all(type(one) is int for one in value.values()):
            text = _tally(name, value, row, language)
        case Mapping():
            text = _within(value, row, language)
        case _:
            text = str(value)
    return text


def _text(name: str, value: str, language: str) -> str:
    if isinstance(value, Said):
        return spoken(value, language)
    if INSTANT.fullmatch(value):
        return _instant(datetime.fromisoformat(value), language)
    return coded(value, language) if name in CODED else value


def _instant(value: datetime, language: str) -> str:
    """An instant on this machine's clock."""
    local = value.astimezone().replace(tzinfo=None) if value.tzinfo else value
    return str(format_datetime(local, "short", locale=locale_of(language)))


def _number(name: str, value: int, row: Mapping[str, Any], language: str) -> str:
    if name in AMOUNT_COLUMNS and row.get("currency"):
        return money(value, row["currency"], language)
    return str(value) if name in NUMBERED else str(format_decimal(value, locale=locale_of(language)))


def _tally(name: str, value: Mapping[str, int], row: Mapping[str, Any], language: str) -> str:
    """Numbers by what they are of: amounts by currency, parts of an amount by journal, else counts."""
    if name == "totals" and all(map(CURRENCY.fullmatch, value)):
        return ", ".join(money(amount, currency, language) for currency, amount in value.items())
    if name == "parts" and row.get("currency"):
        return ", ".join(f"{journal} {money(amount, row['currency'], language)}" for journal, amount in value.items())
    return ", ".join(f"{_counted(key, language)} {cell(key, one, value, language)}" for key, one in value.items())


def _counted(key: str, language: str) -> str:
    """What is counted: a code, or a field."""
    return coded(key, language) if key in CODES else word(key, language)


def _within(value: Mapping[str, Any], row: Mapping[str, Any], language: str) -> str:
    """An object within a cell: an amount is said with its currency, or the row's, which is then not said again."""
    known = {"currency": row.get("currency")} | dict(value)
    says_currency = any(key in AMOUNT_COLUMNS for key in value)
    return " ".join(
        cell(key, one, known, language) for key, one in value.items() if not (key == "currency" and says_currency)
    )


def say(sentence: str, language: str = "en") -> None:
    """A word on standard error about what is going on; a Sentence is said in the language."""
    progress_console.print(_said(sentence, language), highlight=False, markup=False, soft_wrap=True)


def _said(text: str, language: str) -> str:
    return spoken(text, language) if isinstance(text, Said) else text


@contextmanager
def progress_bar(description: str, language: str = "en") -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """A bar on standard error for a long run; call it with the run as the service shows it (`done`, `total`).

    Where standard error is no terminal, a line every REPORT_SECONDS takes the bar's place.
    """
    if not progress_console.is_terminal:
        yield _telling(description, language)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=progress_console, transient=True) as bar:
        task = bar.add_task(_said(description, language), total=None)

        def update(run: Mapping[str, Any]) -> None:
            bar.update(task, completed=run.get("done") or 0, total=run.get("total"))

        yield update


def _telling(description: str, language: str) -> Callable[[Mapping[str, Any]], None]:
    told_at = time.monotonic()

    def update(run: Mapping[str, Any]) -> None:
        nonlocal told_at
        if run.get("total") and time.monotonic() - told_at >= REPORT_SECONDS:
            told_at = time.monotonic()
            done, total = Count(run.get("done") or 0), Count(run["total"])
            say(Sentence("{description}: {done} of {total}", description=description, done=done, total=total), language)

    return update
