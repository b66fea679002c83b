"""What was sent to whom, why an item is not on the list, and what reminders bring in."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from chassis.sentences import Count, Sentence
from console.days import parse_day
from console.exits import USAGE, CommandFailed
from console.ids import DocumentId
from console.output import JsonOption, say, show, show_rows
from console.reminders import options as opt
from console.reminders.run_summary import with_money
from console.session import session_of

REMINDER_COLUMNS = (
    "number",
    "generation_date",
    "level",
    "channel",
    "pay_by",
    "totals",
    "charges",
    "reference",
    "document_id",
)
REPORT_COLUMNS = {
    "levels": ("level", "currency", "items", "parties", "open_amount", "first_reminded_on", "last_reminded_on"),
    "ages": ("days_from", "days_to", "currency", "items", "parties", "open_amount"),
    "effect": ("level", "currency", "reminders", "items", "open_amount", "items_paid", "paid"),
}
RATE_COLUMNS = ("series", "first", "last", "basis_points", "source")


class ReportKind(StrEnum):
    """What reminders are reported by: the level, the age, or their effect."""

    LEVELS = "levels"
    AGES = "ages"
    EFFECT = "effect"


Since = Annotated[date | None, typer.Option("--since", parser=parse_day, metavar="DAY", help="First day (effect).")]
Until = Annotated[date | None, typer.Option("--until", parser=parse_day, metavar="DAY", help="Last day (effect).")]


def history(
    context: typer.Context,
    party_id: str,
    item_id: Annotated[str | None, typer.Argument(help="Only reminders that name this item.")] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """Show the reminders of a debtor or of one item, newest first."""
    session = session_of(context)
    path = session.within(f"parties/{party_id}" + (f"/items/{item_id}" if item_id else ""))
    found = session.pages("reminders", f"{path}/reminders")
    rows = with_money(found, session.language, json_output=json_output)
    show_rows(rows, REMINDER_COLUMNS, json_output=json_output, language=session.language)


def explain(
    context: typer.Context, party_id: str, item_id: str, on: opt.On = None, *, json_output: JsonOption = False
) -> None:
    """Why an item is, or is not, on the control list of a day."""
    session = session_of(context)
    body = {"party_id": party_id, "item_id": item_id, "generation_date": opt.generation_date(session, on)}
    answer = session.post("reminders", session.within("control-list/explanation"), body)
    show(answer, json_output=json_output, language=session.language)


def document(context: typer.Context, document_id: DocumentId, file: Path, *, json_output: JsonOption = False) -> None:
    """Download a document."""
    session = session_of(context)
    session.download("reminders", session.within(f"documents/{document_id}"), file)
    show({"document_id": document_id, "file": str(file)}, json_output=json_output, language=session.language)


def report(
    context: typer.Context,
    kind: ReportKind,
    on: opt.On = None,
    since: Since = None,
    until: Until = None,
    days: Annotated[int, typer.Option("--days", help="Paid within so many days (effect).")] = 14,
    *,
    json_output: JsonOption = False,
) -> None:
    """Show what is open by level or by age, or what reminders brought in."""
    session = session_of(context)
    parameters: dict[str, Any] = {}
    if kind == ReportKind.AGES:
        parameters = {"on": opt.generation_date(session, on)}
    elif kind == ReportKind.EFFECT:
        if since is None or until is None:
            raise CommandFailed("The effect is that of a period: give --since and --until.", USAGE)
        parameters = {"since": since.isoformat(), "until": until.isoformat(), "days": days}
    rows = session.read("reminders", session.within(f"reports/{kind}"), **parameters)
    count = show_rows(rows, REPORT_COLUMNS[kind], json_output=json_output, language=session.language)
    say(Sentence("{count} rows.", count=Count(count)), session.language)


def rates(
    context: typer.Context,
    series: Annotated[str | None, typer.Argument(help="Only this series, such as dk-reference.")] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """Show the interest rates by law: until when each is known, and where it was published."""
    session = session_of(context)
    found = session.read("reminders", session.within("rates"))
    rows = [
        {"series": one["series"], **rate} for one in found if series in {None, one["series"]} for rate in one["rates"]
    ]
    show_rows(rows, RATE_COLUMNS, json_output=json_output, language=session.language)
