"""The control list, and runs that are made of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Annotated

import typer

from chassis.sentences import Count, Sentence
from console.option_groups import spread
from console.output import JsonOption, heading, progress_bar, say, show, show_rows
from console.reminders import options as opt
from console.reminders.run_summary import figures, left_out_rows, run_figures
from console.session import PAGE, Json, Session, session_of
from console.unmatched import warn_of_unmatched
from console.words import word

COLUMNS = (
    "party_id",
    "party_name",
    "party_reminded_on",
    "item_id",
    "voucher",
    "item_date",
    "due_on",
    "age_days",
    "open_amount",
    "level",
    "documents",
)
LEFT_OUT_COLUMNS = (
    "party_id",
    "party_reminded_on",
    "item_id",
    "voucher",
    "due_on",
    "open_amount",
    "documents",
    "reason",
    "message",
)
REASON_COLUMNS = ("code", "items", "message")


class ExportFormat(StrEnum):
    """How a list is written to a file."""

    CSV = "csv"
    SPREADSHEET = "spreadsheet"
    XLSX = "xlsx"
    NDJSON = "ndjson"


class Unmatched(StrEnum):
    """What becomes of debtors with credit that lies unmatched."""

    WARN = "warn"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListShown:
    """What of a control list is shown, and as what."""

    left_out: Annotated[bool, typer.Option("--left-out", help="What is not on the list, and why.")] = False
    summary: Annotated[
        bool, typer.Option("--summary", help="Figures only, with the reasons for what is not listed.")
    ] = False
    export: Annotated[Path | None, typer.Option("--export", help="Write the list to this file.")] = None
    export_format: Annotated[ExportFormat, typer.Option("--format", help="Of the export.")] = ExportFormat.CSV
    json_output: JsonOption = False

    @property
    def side(self) -> str:
        """Whether what is listed is shown, or what was left out, as the service calls them."""
        return "left-out" if self.left_out else "listed"


@spread
def list_items(
    context: typer.Context,
    wish: opt.ControlListOptions,
    group_by: Annotated[opt.GroupBy, typer.Option("--group-by", help="How the list is grouped.")] = opt.GroupBy.NONE,
    sort_by: Annotated[
        opt.SortBy, typer.Option("--sort-by", help="How the list is sorted within its groups.")
    ] = opt.SortBy.DEBTOR,
    *,
    shown: ListShown,
) -> None:
    """Show who would be reminded of what on a day; this changes nothing."""
    session = session_of(context)
    body = wish.request(session) | {"report": {"group_by": group_by, "sort_by": sort_by}}
    _show_list(session, body, shown)


@spread
def make_run(
    context: typer.Context,
    wish: opt.ControlListOptions,
    *,
    several: Annotated[
        bool, typer.Option("--several", help="A letter per reminder level, not one at the highest.")
    ] = False,
    unmatched: Annotated[
        Unmatched | None,
        typer.Option(
            "--unmatched",
            help="Debtors with credit that lies unmatched: warn, or refuse, which drops them when the run is issued; "
            "as configured when absent.",
        ),
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Freeze a control list as a run, to be checked and issued; nothing is sent yet."""
    session = session_of(context)
    body = wish.request(session)
    body["preferences"] |= {"several_reminders": several} | ({"unmatched_credits": unmatched} if unmatched else {})
    run = session.post("reminders", session.within("runs"), body)
    with progress_bar(Sentence("Listing"), session.language) as progress:
        session.follow("reminders", run["job_id"], progress)
    run = session.get("reminders", session.within(f"runs/{run['run_id']}"))
    show(run if json_output else run_figures(run), json_output=json_output, language=session.language)


def _show_list(session: Session, body: Json, shown: ListShown) -> None:
    json_output = shown.json_output
    if shown.export:
        asked = {"request": json.dumps(body), "format": str(shown.export_format), **_of(shown.side)}
        session.download("reminders", session.within("control-list/export"), shown.export, **asked)
        say(Sentence("Written to {file}", file=shown.export), session.language)
    if shown.summary or shown.export:
        summary = session.post("reminders", session.within("control-list"), body)
        warn_of_unmatched(session, summary["unmatched_credits"])
        show(summary if json_output else figures(summary), json_output=json_output, language=session.language)
        if not json_output:
            show_rows(left_out_rows(summary["left_out"]), REASON_COLUMNS, json_output=False, language=session.language)
        return
    rows = list_pages(session, body, shown.side)
    columns = LEFT_OUT_COLUMNS if shown.side == "left-out" else COLUMNS
    group_by = body["report"]["group_by"]
    if json_output or group_by == opt.GroupBy.NONE:
        told = rows if json_output else map(_with_documents, rows)
        count = show_rows(told, columns, json_output=json_output, language=session.language)
        say(Sentence("{count} items.", count=Count(count)), session.language)
    else:
        count = _show_groups(session, rows, columns, group_by)
    if count and not shown.left_out and not json_output:
        summary = session.post("reminders", session.within("control-list"), body)
        warn_of_unmatched(session, summary["unmatched_credits"])


def _of(side: str) -> Json:
    """Which side of the list, of the debtors that were asked for: nobody else is left out of it."""
    return {"show": side, "elsewhere": "false"}


def _show_groups(session: Session, rows: Iterable[Json], columns: Sequence[str], group_by: str) -> int:
    """A table per group, with its name and what it comes to per currency, then what all come to; gives how many."""
    everything = Counter[str]()
    count = 0
    for _, found in groupby(rows, key=itemgetter("group")):
        members = list(found)
        totals = Counter[str]()
        for row in members:
            totals[row["currency"]] += row["open_amount"]
        heading(_title_of(members[0], group_by, session.language))
        show_rows(map(_with_documents, members), columns, json_output=False, language=session.language)
        show({"items": len(members), "totals": dict(totals)}, json_output=False, language=session.language)
        count += len(members)
        for currency, amount in totals.items():
            everything[currency] += amount
    heading(word("total", session.language))
    show({"items": count, "totals": dict(everything)}, json_output=False, language=session.language)
    return count


def _title_of(row: Json, group_by: str, language: str) -> str:
    """What a group is called: by what the list is grouped, the group's key, and the name of a debtor."""
    name = row["party_name"] if group_by == opt.GroupBy.DEBTOR else ""
    return " ".join(filter(None, (word(group_by, language), row["group"], name)))


def _with_documents(row: Json) -> Json:
    """An item with its documents as a table has them: where each is, or what it is called and how to ask for it."""
    documents = [one["uri"] or f"{one['name']} ({one['document_id']})" for one in row["documents"]]
    return row | {"documents": documents}


def list_pages(session: Session, body: Json, side: str) -> Iterator[Json]:
    """Every item of a control list, page by page."""
    cursor: str | None = None
    path = session.within("control-list/items")
    while True:
        page = session.post("reminders", path, body, limit=PAGE, cursor=cursor, **_of(side))
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return
