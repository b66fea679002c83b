"""The account that is given: journals, write-offs, employees, and what happened to one item."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from console.output import JsonOption, show, show_rows
from console.session import session_of
from console.writeoff.options import SERVICE, From, Output, Spreadsheet, Until, day, given, save

JOURNAL_COLUMNS = ("code", "type", "label", "is_retired", "currency", "bookings", "received", "waived")
DIMENSIONS = ("fiscal_year", "period", "date", "journal", "branch", "kind", "rule", "origin", "employee")
SUM_COLUMNS = ("currency", "items", "written_off", "reversed", "amount")
LINE_COLUMNS = ("date", "party_id", "item_id", "kind", "journal", "currency", "amount", "rule", "employee", "match_id")
EMPLOYEE_COLUMNS = ("day", "employee", "currency", "received", "waived", "reversed", "receipts", "waivers")
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


def journals(
    context: typer.Context,
    date_from: From = None,
    date_to: Until = None,
    output: Output = None,
    *,
    spreadsheet: Spreadsheet = False,
    json_output: JsonOption = False,
) -> None:
    """Every journal, with what was received or waived on it; a used one never disappears."""
    session = session_of(context)
    days = given(date_from=day(date_from), date_to=day(date_to))
    if output:
        save(session, "overviews/journals", output, spreadsheet=spreadsheet, **days)
        return
    rows = list(session.pages(SERVICE, session.within("overviews/journals"), **days))
    language = session.language[:2] if session.language[:2] in {"nl", "da"} else "en"
    labelled = [row | {"label": row[f"label_{language}"]} for row in rows]
    show_rows(rows if json_output else labelled, JOURNAL_COLUMNS, json_output=json_output, language=session.language)


def overview(
    context: typer.Context,
    *,
    by: By,
    where: Filters = None,
    date_from: From = None,
    date_to: Until = None,
    output: Output = None,
    spreadsheet: Spreadsheet = False,
    json_output: JsonOption = False,
) -> None:
    """Write-offs in sums: written off, taken back, and what remains waived."""
    session = session_of(context)
    wanted = given(date_from=day(date_from), date_to=day(date_to), by=by) | pairs(where)
    if output:
        save(session, "overviews/write-offs", output, spreadsheet=spreadsheet, **wanted)
        return
    rows = session.pages(SERVICE, session.within("overviews/write-offs"), **wanted)
    shown = [name for name in DIMENSIONS if name in by or (name == "fiscal_year" and "year" in by)]
    show_rows(rows, (*shown, *SUM_COLUMNS), json_output=json_output, language=session.language)


def lines(
    context: typer.Context,
    where: Filters = None,
    date_from: From = None,
    date_to: Until = None,
    output: Output = None,
    *,
    spreadsheet: Spreadsheet = False,
    json_output: JsonOption = False,
) -> None:
    """Write-offs item by item."""
    session = session_of(context)
    wanted = given(date_from=day(date_from), date_to=day(date_to)) | pairs(where)
    if output:
        save(session, "write-offs", output, spreadsheet=spreadsheet, **wanted)
        return
    rows = session.pages(SERVICE, session.within("write-offs"), **wanted)
    show_rows(rows, LINE_COLUMNS, json_output=json_output, language=session.language)


def entry(context: typer.Context, match_id: UUID, *, json_output: JsonOption = False) -> None:
    """One entry with its sides, its cause, and what took it back."""
    session = session_of(context)
    found = session.get(SERVICE, session.within(f"write-offs/{match_id}"))
    show(found, json_output=json_output, language=session.language)


def employees(
    context: typer.Context,
    date_from: From = None,
    date_to: Until = None,
    employee: Annotated[str | None, typer.Option("--employee", help="Only this one.")] = None,
    output: Output = None,
    *,
    spreadsheet: Spreadsheet = False,
    json_output: JsonOption = False,
) -> None:
    """Who received (on K and B journals) and who waived which amounts, day by day."""
    session = session_of(context)
    wanted = given(date_from=day(date_from), date_to=day(date_to), employee=employee)
    if output:
        save(session, "overviews/employees", output, spreadsheet=spreadsheet, **wanted)
        return
    rows = session.pages(SERVICE, session.within("overviews/employees"), **wanted)
    show_rows(rows, EMPLOYEE_COLUMNS, json_output=json_output, language=session.language)


def history(context: typer.Context, party_id: str, item_id: str, *, json_output: JsonOption = False) -> None:
    """Why an item was written off, left out, or not yet."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within(f"parties/{party_id}/items/{item_id}/history"))
    show_rows(rows, HISTORY_COLUMNS, json_output=json_output, language=session.language)


def pairs(where: list[str] | None) -> dict[str, str]:
    """NAME=VALUE filters; typer.BadParameter for anything else."""
    found: dict[str, str] = {}
    for pair in where or ():
        name, sign, value = pair.partition("=")
        if not sign or not name or not value:
            raise typer.BadParameter(f"{pair!r} is not NAME=VALUE", param_hint="--where")
        found[name] = value
    return found
