"""The account that is given: journals, write-offs, employees, and what happened to one item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from chassis.sentences import Sentence
from console.days import iso
from console.ids import EntryId
from console.option_groups import spread
from console.output import JsonOption, show, show_rows
from console.session import Json, Session, session_of
from console.writeoff.options import SERVICE, From, Output, Spreadsheet, Until, given, save

MONEY = ("received", "paid", "received_back")
JOURNAL_COLUMNS = ("code", "type", "label", "is_retired", "currency", "bookings", *MONEY, "waived")
DIMENSIONS = ("fiscal_year", "period", "date", "journal", "branch", "kind", "rule", "origin", "employee")
SUM_COLUMNS = ("currency", "items", "written_off", "reversed", "amount")
LINE_COLUMNS = (
    "date",
    "party_id",
    "item_id",
    "kind",
    "journal",
    "currency",
    "amount",
    "rule",
    "employee",
    "approved_by",
    "match_id",
)
EMPLOYEE_COLUMNS = ("day", "employee", "currency", *MONEY, "waived", "reversed", "receipts", "waivers")
HISTORY_COLUMNS = ("at", "what", "journal", "currency", "amount", "detail", "employee")

By = Annotated[
    list[str],
    typer.Option(
        "--by",
        default_factory=lambda: ["journal"],
        show_default="journal",
        help="Repeat for more: year, period, date, journal, branch, kind, rule, origin, employee.",
    ),
]
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        help="NAME=VALUE: journal, branch, kind, rule, employee, party_id, origin, fiscal_year, period; repeat.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOptions:
    """From which day until which."""

    date_from: From = None
    date_to: Until = None

    def parameters(self) -> Json:
        """The options that were given, as the parameters of an overview."""
        return given(date_from=iso(self.date_from), date_to=iso(self.date_to))


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewForm:
    """How an overview is shown: as a table, as JSON, or in a file."""

    output: Output = None
    spreadsheet: Spreadsheet = False
    json_output: JsonOption = False


@spread
def journals(context: typer.Context, *, days: DayOptions, shown: OverviewForm) -> None:
    """Every journal, with what was received or waived on it; a used one never disappears."""
    session = session_of(context)
    label = f"label_{session.language[:2] if session.language[:2] in {'nl', 'da'} else 'en'}"
    if shown.output or shown.json_output:
        show_overview(session, "overviews/journals", days.parameters(), JOURNAL_COLUMNS, shown)
        return
    rows = session.pages(SERVICE, session.within("overviews/journals"), **days.parameters())
    labelled = (row | {"label": row[label]} for row in rows)
    show_rows(labelled, JOURNAL_COLUMNS, json_output=False, language=session.language)


@spread
def overview(context: typer.Context, *, by: By, where: Filters = None, days: DayOptions, shown: OverviewForm) -> None:
    """Write-offs in sums: written off, taken back, and what remains waived."""
    dimensions = columns_by(by, DIMENSIONS)
    asked = days.parameters() | {"by": by} | pairs(where)
    show_overview(session_of(context), "overviews/write-offs", asked, (*dimensions, *SUM_COLUMNS), shown)


def columns_by(by: Sequence[str], dimensions: Sequence[str]) -> list[str]:
    """The columns of what sums are grouped by; a period has its year beside it."""
    of_year = not {"year", "period"}.isdisjoint(by)
    return [name for name in dimensions if name in by or (name == "fiscal_year" and of_year)]


@spread
def lines(context: typer.Context, where: Filters = None, *, days: DayOptions, shown: OverviewForm) -> None:
    """Write-offs item by item."""
    show_overview(session_of(context), "write-offs", days.parameters() | pairs(where), LINE_COLUMNS, shown)


def entry(context: typer.Context, match_id: EntryId, *, json_output: JsonOption = False) -> None:
    """One entry with its sides, its cause, and what took it back."""
    session = session_of(context)
    found = session.get(SERVICE, session.within(f"write-offs/{match_id}"))
    show(found, json_output=json_output, language=session.language)


@spread
def employees(
    context: typer.Context,
    *,
    days: DayOptions,
    employee: Annotated[str | None, typer.Option("--employee", help="Only this one.")] = None,
    shown: OverviewForm,
) -> None:
    """Who received (on K and B journals) and who waived which amounts, day by day."""
    asked = days.parameters() | given(employee=employee)
    show_overview(session_of(context), "overviews/employees", asked, EMPLOYEE_COLUMNS, shown)


def show_overview(session: Session, path: str, asked: Json, columns: Sequence[str], shown: OverviewForm) -> None:
    """Rows as a table or as JSON, or what `shown` says in a file."""
    if shown.output:
        written = save(session, path, shown.output, spreadsheet=shown.spreadsheet, **asked)
        if shown.json_output:
            show(written, json_output=True)
        return
    rows = session.pages(SERVICE, session.within(path), **asked)
    show_rows(rows, columns, json_output=shown.json_output, language=session.language)


def history(context: typer.Context, party_id: str, item_id: str, *, json_output: JsonOption = False) -> None:
    """Why an item was written off, left out, or not yet."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within(f"parties/{party_id}/items/{item_id}/history"))
    show_rows(rows, HISTORY_COLUMNS, json_output=json_output, language=session.language)


def settled(context: typer.Context, party_id: str, item_id: str, *, json_output: JsonOption = False) -> None:
    """What of an item was paid, waived and credited, and what is open."""
    session = session_of(context)
    found = session.get(SERVICE, session.within(f"parties/{party_id}/items/{item_id}/settled"))
    show(found, json_output=json_output, language=session.language)


def pairs(where: list[str] | None) -> dict[str, str]:
    """NAME=VALUE filters; typer.BadParameter for anything else."""
    found: dict[str, str] = {}
    for pair in where or ():
        name, sign, value = pair.partition("=")
        if not sign or not name or not value:
            raise typer.BadParameter(Sentence("{pair!r} is not NAME=VALUE", pair=pair), param_hint="--where")
        found[name] = value
    return found
