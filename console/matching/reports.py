"""Reports: what was open on any day, how old it was, and what was booked; as a table, or as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from chassis.sentences import Count, Sentence
from console.days import parse_day
from console.exits import FAILED, CommandFailed
from console.ids import MatchingRunId
from console.matching import options as opt
from console.matching.readable_rows import show_figures
from console.matching.runs import FINDING_COLUMNS, SERVICE
from console.option_groups import spread
from console.output import JsonOption, say, show
from console.session import Json, Session, session_of

OPEN_COLUMNS = (
    "party_id", "item_id", "kind", "journal", "voucher", "item_date", "due_date", "currency", "amount", "open_amount",
)  # fmt: skip
AGEING_COLUMNS = ("party_id", "currency", "bucket", "items", "open_amount")
JOURNAL_COLUMNS = (
    "match_date", "period", "journal", "party_id", "match_id", "method", "currency", "lines", "charges_settled",
    "credits_settled", "contra_kind", "contra_amount", "contra_journal", "contra_gl_account", "employee", "reversal_of",
)  # fmt: skip
PARTY_COLUMNS = (
    "party_id", "currency", "items", "charges", "credits", "balance", "zero_balance_date", "crossing_match",
)  # fmt: skip
SETTLEMENT_COLUMNS = (
    "party_id", "charge_item_id", "credit_item_id", "currency", "amount", "match_date", "method", "match_id",
)  # fmt: skip


class Kind(StrEnum):
    """What a run leaves to a person."""

    SUGGESTION = "suggestion"
    LEFT_ALONE = "left-alone"
    REFUSED = "refused"


class Basis(StrEnum):
    """From which date the age of an item counts."""

    DUE_DATE = "due-date"
    ITEM_DATE = "item-date"


TAIL_BYTES = 4_096
"""More than the closing line of a report takes."""

AsOf = Annotated[
    date | None,
    typer.Option(
        "--as-of",
        parser=parse_day,
        metavar="DAY",
        help="At the end of this day; the administration's today when absent.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportForm:
    """How a report is shown: as a table, as JSON, or in a file."""

    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write a file instead of a table: CSV, or a line of JSON per row for .ndjson."
        ),
    ] = None
    spreadsheet: Annotated[
        bool, typer.Option("--spreadsheet", help="CSV as spreadsheets open it in the Netherlands, Belgium and Denmark.")
    ] = False
    json_output: JsonOption = False


@spread
def open_items(context: typer.Context, as_of: AsOf = None, *, selected: opt.PartyOptions, shown: ReportForm) -> None:
    """What was open at the end of any day, recomputed from postings and matches."""
    session = session_of(context)
    asked = {"as_of": opt.day_or_today(session, as_of), **selected.criteria()}
    _report(session, "open-items", asked, OPEN_COLUMNS, shown)


@spread
def ageing(
    context: typer.Context,
    as_of: AsOf = None,
    basis: Annotated[Basis, typer.Option(help="From which date the age counts.")] = Basis.DUE_DATE,
    buckets: Annotated[
        str,
        typer.Option(help="Days of age on which the buckets begin, with commas; what is younger is a bucket as well."),
    ] = "1,31,61,91",
    *,
    selected: opt.PartyOptions,
    shown: ReportForm,
) -> None:
    """What was open at the end of any day by age, per party and currency."""
    asked = {"basis": basis, "buckets": buckets, **selected.criteria()}
    session = session_of(context)
    _report(session, f"ageing/{opt.day_or_today(session, as_of)}", asked, AGEING_COLUMNS, shown)


@spread
def clearing_journal(
    context: typer.Context,
    year: Annotated[int, typer.Option("--year", help="The fiscal year.")],
    period: Annotated[int | None, typer.Option("--period", help="Only this period.")] = None,
    journal: Annotated[str | None, typer.Option("--journal", help="Only this journal.")] = None,
    *,
    shown: ReportForm,
) -> None:
    """The clearing entries and reversals of a fiscal year."""
    asked = {"fiscal_year": year, "period": period, "journal": journal}
    _report(session_of(context), "clearing-journal", asked, JOURNAL_COLUMNS, shown)


@spread
def parties(
    context: typer.Context,
    zero_per: opt.ZeroPerOption = opt.ZeroPer.CURRENCY,
    *,
    selected: opt.AccountOptions,
    shown: ReportForm,
) -> None:
    """The parties within the limits: balance, counts, and the latest day at whose end the balance was zero."""
    asked = {**selected.criteria(), "zero_per": zero_per}
    _report(session_of(context), "parties", asked, PARTY_COLUMNS, shown)


@spread
def settlement_information(context: typer.Context, *, selected: opt.PartyOptions, shown: ReportForm) -> None:
    """Which credit settled which charge, for how much, in all matches in force that keep it."""
    _report(session_of(context), "settlement-information", selected.criteria(), SETTLEMENT_COLUMNS, shown)


@spread
def findings(
    context: typer.Context,
    run_id: MatchingRunId,
    kind: Annotated[Kind | None, typer.Option(help="Only what was suggested, left alone, or refused.")] = None,
    *,
    shown: ReportForm,
) -> None:
    """What a run suggested, which parties it left alone, which undos it refused, and why: all of it."""
    _report(session_of(context), f"findings/{run_id}", {"kind": kind}, ("kind", *FINDING_COLUMNS), shown)


def _report(session: Session, name: str, asked: Json, columns: Sequence[str], shown: ReportForm) -> None:
    path = session.within(f"reports/{name}")
    if shown.output:
        form = _form(shown.output, spreadsheet=shown.spreadsheet)
        session.download(SERVICE, path, shown.output, format=form, **asked)
        if form == "ndjson":
            _check_whole(shown.output)
        say(Sentence("Written to {file}", file=shown.output), session.language)
        written = {"file": str(shown.output), "format": form}
        show(written, json_output=shown.json_output, language=session.language)
        return
    rows = _rows(session, path, asked)
    count = show_figures(session, rows, columns, json_output=shown.json_output)
    say(Sentence("{count} rows.", count=Count(count)), session.language)


def _rows(session: Session, path: str, asked: Json) -> Iterator[Json]:
    """The rows of a report of any size, once all of it is there; CommandFailed when the service broke off."""
    with TemporaryDirectory(prefix="openitems-") as folder:
        report = Path(folder) / "report.ndjson"
        session.download(SERVICE, path, report, format="ndjson", **asked)
        _check_whole(report)
        with report.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if "end" not in row:
                    yield row


def _check_whole(report: Path) -> None:
    """Read the closing line: a report that broke off says so only there, and is thrown away."""
    with report.open("rb") as file:
        file.seek(max(0, report.stat().st_size - TAIL_BYTES))
        closing: Any = json.loads(file.read().splitlines()[-1])
    if "end" not in closing:
        report.unlink()
        problem = closing.get("error", {})
        detail = problem.get("detail") or Sentence("The report broke off.")
        raise CommandFailed("{detail} Try again.", FAILED, problem, detail=detail)


def _form(output: Path, *, spreadsheet: bool) -> str:
    if spreadsheet:
        return "spreadsheet"
    return "ndjson" if output.suffix.lower() == ".ndjson" else "csv"
