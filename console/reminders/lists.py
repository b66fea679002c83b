"""The control list, and runs that are made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from console.output import JsonOption, progress_bar, say, show, show_rows
from console.reminders import options as opt
from console.reminders.figures import figures, left_out_rows, run_figures
from console.session import PAGE, Json, Session, session_of

COLUMNS = ("party_id", "party_name", "item_id", "voucher", "item_date", "due_on", "age_days", "open_amount", "level")
LEFT_OUT_COLUMNS = ("party_id", "item_id", "voucher", "due_on", "open_amount", "reason", "message")
REASON_COLUMNS = ("code", "items", "message")


class ExportFormat(StrEnum):
    """How a list is written to a file."""

    CSV = "csv"
    SPREADSHEET = "spreadsheet"
    NDJSON = "ndjson"


Summary = Annotated[bool, typer.Option("--summary", help="Figures only, with the reasons for what is not listed.")]
LeftOut = Annotated[bool, typer.Option("--left-out", help="What is not on the list, and why.")]
Export = Annotated[Path | None, typer.Option("--export", help="Write the list to this file.")]
Format = Annotated[ExportFormat, typer.Option("--format", help="Of the export.")]
GroupBy = Annotated[opt.GroupBy, typer.Option("--group-by", help="How the list is grouped.")]
SortBy = Annotated[opt.SortBy, typer.Option("--sort-by", help="How the list is sorted within its groups.")]
Several = Annotated[bool, typer.Option("--several", help="A letter per reminder level, not one at the highest.")]


def list_items(
    context: typer.Context,
    on: opt.On = None,
    party: opt.Party = None,
    journal: opt.Journal = None,
    debtor_language: opt.DebtorLanguage = None,
    category: opt.Category = None,
    voucher: opt.Voucher = None,
    payment_method: opt.PaymentMethod = None,
    age: opt.Age = None,
    debtors: opt.DebtorsOption = opt.Debtors.ALWAYS,
    date_basis: opt.Basis = opt.DateBasis.DUE_DATE,
    days_since: opt.DaysSince = None,
    group_by: GroupBy = opt.GroupBy.NONE,
    sort_by: SortBy = opt.SortBy.DEBTOR,
    export: Export = None,
    export_format: Format = ExportFormat.CSV,
    *,
    credit_notes: opt.CreditNotes = False,
    all_credit_notes: opt.AllCreditNotes = False,
    after_posting: opt.AfterPosting = False,
    current_account: opt.CurrentAccount = True,
    left_out: LeftOut = False,
    summary: Summary = False,
    json_output: JsonOption = False,
) -> None:
    """Show who would be reminded of what on a day; this changes nothing."""
    lists = _lists(journal, debtor_language, category, payment_method)
    credits_ = _credits(credit_notes=credit_notes, all_of_them=all_credit_notes)
    body = _request(on, opt.criteria(party, voucher, age, lists), debtors, date_basis, days_since) | {
        "report": {"group_by": group_by, "sort_by": sort_by}
    }
    body["preferences"] |= credits_ | {"amount_after_posting": after_posting, "current_account": current_account}
    wanted = Wanted(left_out=left_out, summary=summary, export=export, export_format=export_format)
    _show_list(session_of(context), body, wanted, json_output=json_output)


def make_run(
    context: typer.Context,
    on: opt.On = None,
    party: opt.Party = None,
    journal: opt.Journal = None,
    debtor_language: opt.DebtorLanguage = None,
    category: opt.Category = None,
    voucher: opt.Voucher = None,
    payment_method: opt.PaymentMethod = None,
    age: opt.Age = None,
    debtors: opt.DebtorsOption = opt.Debtors.ALWAYS,
    date_basis: opt.Basis = opt.DateBasis.DUE_DATE,
    days_since: opt.DaysSince = None,
    *,
    credit_notes: opt.CreditNotes = False,
    all_credit_notes: opt.AllCreditNotes = False,
    after_posting: opt.AfterPosting = False,
    current_account: opt.CurrentAccount = True,
    several: Several = False,
    json_output: JsonOption = False,
) -> None:
    """Freeze a control list as a run, to be checked and issued; nothing is sent yet."""
    session = session_of(context)
    lists = _lists(journal, debtor_language, category, payment_method)
    credits_ = _credits(credit_notes=credit_notes, all_of_them=all_credit_notes)
    body = _request(on, opt.criteria(party, voucher, age, lists), debtors, date_basis, days_since)
    body["preferences"] |= credits_ | {"amount_after_posting": after_posting, "current_account": current_account}
    body["preferences"] |= {"several_reminders": several}
    run = session.post("reminders", session.within("runs"), body)
    with progress_bar("Listing") as progress:
        session.follow("reminders", run["job_id"], progress)
    run = session.get("reminders", session.within(f"runs/{run['run_id']}"))
    show(run if json_output else run_figures(run), json_output=json_output, language=session.language)


class Wanted:
    """What a control list is shown as."""

    def __init__(self, *, left_out: bool, summary: bool, export: Path | None, export_format: ExportFormat) -> None:
        self.side = "left-out" if left_out else "listed"
        self.summary = summary
        self.export = export
        self.export_format = export_format


def _show_list(session: Session, body: Json, wanted: Wanted, *, json_output: bool) -> None:
    if wanted.export:
        asked = {"request": json.dumps(body), "show": wanted.side, "format": str(wanted.export_format)}
        session.download("reminders", session.within("control-list/export"), wanted.export, **asked)
        say(f"Written to {wanted.export}.")
    if wanted.summary or wanted.export:
        summary = session.post("reminders", session.within("control-list"), body)
        show(summary if json_output else figures(summary), json_output=json_output, language=session.language)
        if not json_output:
            show_rows(left_out_rows(summary["left_out"]), REASON_COLUMNS, json_output=False, language=session.language)
        return
    columns = LEFT_OUT_COLUMNS if wanted.side == "left-out" else COLUMNS
    rows = list_pages(session, body, wanted.side)
    count = show_rows(rows, columns, json_output=json_output, language=session.language)
    say(f"{count} items.")


def list_pages(session: Session, body: Json, side: str) -> Iterator[Json]:
    """Every item of a control list, page by page."""
    cursor: str | None = None
    while True:
        page = session.post(
            "reminders", session.within("control-list/items"), body, show=side, limit=PAGE, cursor=cursor
        )
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def _lists(*values: list[str] | None) -> dict[str, Any]:
    return dict(zip(("journals", "languages", "categories", "payment_methods"), values, strict=True))


def _credits(*, credit_notes: bool, all_of_them: bool) -> Json:
    return {"credit_notes": credit_notes or all_of_them, "credit_note_due_date": not all_of_them}


def _request(on: Any, criteria: Json, debtors: str, date_basis: str, days_since: int | None) -> Json:
    preferences: Json = {"debtors": debtors, "date_basis": date_basis, "days_since_last_reminder": days_since}
    return {"generation_date": opt.generation_date(on), "criteria": criteria, "preferences": preferences}
