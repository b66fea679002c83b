"""Runs over many parties: the month's end and a conversion; shown first, carried out with --confirm."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from chassis.sentences import Sentence
from console.days import BookingDay, iso, parse_day
from console.exits import REFUSED, CommandFailed
from console.next_command import typed_again
from console.output import JsonOption, heading, progress_bar, say, show, show_rows
from console.session import Json, session_of
from console.unmatched import warn_of_unmatched
from console.words import coded, word
from console.writeoff.options import SERVICE, Confirm, Note, given

ITEM_COLUMNS = ("party_id", "item_id", "item_date", "currency", "open_amount", "parts", "code", "message")

JOURNAL_COLUMNS = ("journal", "currency", "items", "amount")
LEFT_OUT_COLUMNS = ("code", "currency", "items", "amount")
RUN_COLUMNS = ("created_at", "kind", "date", "state", "done", "outcomes", "employee", "error", "job_id")
KINDS = frozenset({"month-end", "conversion"})

Items = Annotated[bool, typer.Option("--items", help="Every item with its parts, instead of the sums.")]


def month_end(
    context: typer.Context,
    day: Annotated[
        date, typer.Argument(metavar="DATE", parser=parse_day, help="The last day of a month that is over.")
    ],
    confirm: Confirm = None,
    note: Note = "",
    *,
    items: Items = False,
    json_output: JsonOption = False,
) -> None:
    """Cancel subscriptions whose contribution is open for months: A910 and A911, pro rata."""
    run = {"date": day.isoformat()}
    if items:
        _show_items(context, "month-end", run, json_output=json_output)
    elif confirm is None:
        _show_summary(context, "month-end", run, json_output=json_output)
    else:
        _carry_out(context, "month-end", run | {"note": note, "fingerprint": confirm}, json_output=json_output)


def conversion(
    context: typer.Context,
    booked_on: BookingDay = None,
    posted_before: Annotated[
        date | None,
        typer.Option("--posted-before", parser=parse_day, metavar="DAY", help="Only what was posted before this day."),
    ] = None,
    journal: Annotated[list[str] | None, typer.Option("--journal", help="Only of this journal; repeat.")] = None,
    confirm: Confirm = None,
    note: Note = "",
    *,
    items: Items = False,
    json_output: JsonOption = False,
) -> None:
    """Write off what a conversion leaves behind: contributions on A915, all else on A929."""
    booked = iso(booked_on) or session_of(context).today(SERVICE)
    run = given(date=booked, posted_before=iso(posted_before), journal=journal)
    if items:
        _show_items(context, "conversion", run, json_output=json_output)
    elif confirm is None:
        _show_summary(context, "conversion", run, json_output=json_output)
    else:
        _carry_out(context, "conversion", run | {"note": note, "fingerprint": confirm}, json_output=json_output)


def runs(context: typer.Context, *, json_output: JsonOption = False) -> None:
    """The runs that there were, by schedule or by hand: what each came to, and why one failed."""
    session = session_of(context)
    jobs = session.pages(SERVICE, "/v1/jobs", administration=session.administration)
    rows = (job for job in jobs if job["kind"] in KINDS)
    shown = rows if json_output else map(_as_row, rows)
    show_rows(shown, RUN_COLUMNS, json_output=json_output, language=session.language)


def _as_row(job: Json) -> Json:
    told = {
        "date": job["parameters"]["date"],
        "outcomes": (job["result"] or {}).get("outcomes"),
        "error": (job["error"] or {}).get("message"),
    }
    return job | told | {"created_at": datetime.fromisoformat(job["created_at"])}


def _show_items(context: typer.Context, kind: str, run: Json, *, json_output: bool) -> None:
    """Every item that the run would write off, or leave."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within(f"runs/{kind}/items"), **run)
    show_rows(rows, ITEM_COLUMNS, json_output=json_output, language=session.language)


def _show_summary(context: typer.Context, kind: str, run: Json, *, json_output: bool) -> None:
    """What the run would come to, what it would leave out and why, and the command that carries it out.

    Where it would write off nothing, nobody is invited to confirm it.
    """
    session = session_of(context)
    summary = session.get(SERVICE, session.within(f"runs/{kind}/summary"), **run)
    warn_of_unmatched(session, summary["unmatched_credits"])
    lists = {"by_journal": JOURNAL_COLUMNS, "left_out": LEFT_OUT_COLUMNS}
    if json_output:
        show(summary, json_output=True)
    else:
        told = {name: value for name, value in summary.items() if name not in {*lists, "unmatched_credits"}}
        show(told, json_output=False, language=session.language)
        for name in (name for name in lists if summary[name]):
            heading(word(name, session.language))
            show_rows(summary[name], lists[name], json_output=False, language=session.language)
    if summary["items"]:
        again = typed_again(context, "--confirm", summary["fingerprint"])
        say(Sentence("Nothing is changed yet. Confirm with: {command}", command=again), session.language)
    elif summary["left_out"]:
        reasons = [coded(one["code"], session.language) for one in summary["left_out"]]
        raise CommandFailed(
            "Nothing of this can be written off: {reasons}.", REFUSED, reasons=", ".join(dict.fromkeys(reasons))
        )
    else:
        say(Sentence("There is nothing to write off."), session.language)


def _carry_out(context: typer.Context, kind: str, wish: Json, *, json_output: bool) -> None:
    """Queue the run as it was confirmed, and follow it to its end."""
    session = session_of(context)
    begun = session.post(SERVICE, session.within(f"runs/{kind}"), wish)
    with progress_bar(coded(kind, session.language), session.language) as progress:
        result = session.follow(SERVICE, begun["job_id"], progress)
    show(begun | result, json_output=json_output, language=session.language)
