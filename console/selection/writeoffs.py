"""The write-off of a fixed set: first confirmation, second confirmation, outcome."""

from __future__ import annotations

import re
import time
from typing import Annotated

import typer

from chassis.sentences import Count, Sentence
from console.days import BookingDay, iso
from console.exits import TIMED_OUT, USAGE, CommandFailed
from console.ids import BulkId, SetId, by_beginning
from console.next_command import typed_above
from console.output import JsonOption, progress_bar, say, show, show_rows
from console.session import Json, Session, session_of
from console.unmatched import warn_of_unmatched
from console.words import coded

SERVICE = "selection"
POLL_SECONDS = 0.3
TOTAL = re.compile(r"(?P<currency>[A-Z]{3}):(?P<cents>-?\d{1,19})", re.ASCII)
WAIT_SECONDS = 3_600.0
BATCH_COLUMNS = ("batch_id", "set_id", "journal", "date", "items", "totals", "state", "requested_by", "confirmed_by")
LEFT_OUT_COLUMNS = ("party_id", "item_id", "currency", "code", "approved_amount", "open_amount")


def write_off(
    context: typer.Context,
    set_id: SetId,
    journal: Annotated[str | None, typer.Option(help="The A-journal; the bulk journal when none is given.")] = None,
    date: BookingDay = None,
    note: Annotated[str, typer.Option(help="A note that every booking carries.")] = "",
    changed: Annotated[str, typer.Option(help="Items that changed since: leave-out, or refuse.")] = "leave-out",
    *,
    json_output: JsonOption = False,
) -> None:
    """First confirmation: what would be written off, and the fingerprint that the second one repeats."""
    session = session_of(context)
    body = {"journal": journal, "date": iso(date), "note": note, "changed": changed}
    asked = session.post(SERVICE, session.within(f"sets/{set_id}/write-offs"), body)
    totals = [word for one in asked["totals"] for word in ("--total", f"{one['currency']}:{one['amount']}")]
    shown = ["--items", str(asked["items"]), *totals, "--fingerprint", asked["fingerprint"]]
    again = typed_above(context, "selection", "confirm", asked["batch_id"], *shown, by_another=asked["four_eyes"])
    say(
        Sentence("Nothing is written off yet. Another employee, an approver, confirms with: {command}", command=again)
        if asked["four_eyes"]
        else Sentence("Nothing is written off yet. Confirm with: {command}", command=again),
        session.language,
    )
    warn_of_unmatched(session, asked["unmatched_credits"])
    shown_fields = asked if json_output else {name: asked[name] for name in asked if name != "unmatched_credits"}
    show(shown_fields, json_output=json_output, language=session.language)


def confirm(
    context: typer.Context,
    batch_id: BulkId,
    items: Annotated[int, typer.Option(help="The number of items that the first confirmation told.")],
    total: Annotated[list[str], typer.Option(help="The total that it told, in cents: EUR:4500; once per currency.")],
    fingerprint: Annotated[str, typer.Option(help="The fingerprint that it told.")],
    *,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Until the last party has answered.")] = True,
    json_output: JsonOption = False,
) -> None:
    """Second confirmation: the write-off is carried out, and its outcome is told."""
    session = session_of(context)
    path = session.within(f"write-offs/{batch_id}")
    approval = {"items": items, "totals": [_total(one) for one in total], "fingerprint": fingerprint}
    confirmed = session.post(SERVICE, f"{path}/confirmation", approval)
    done = _outcome(session, path, items) if wait else confirmed
    _show_outcome(done, session, json_output=json_output)


def _total(text: str) -> Json:
    """EUR:4500 as a total; CommandFailed for what is none."""
    found = TOTAL.fullmatch(text)
    if found is None:
        raise CommandFailed(
            "{text} is no total: write the currency and whole cents, such as EUR:4500.", USAGE, text=text
        )
    return {"currency": found["currency"], "amount": int(found["cents"])}


def _outcome(session: Session, path: str, items: int) -> Json:
    give_up_at = time.monotonic() + WAIT_SECONDS
    with progress_bar(Sentence("Writing off"), session.language) as progress:
        while time.monotonic() < give_up_at:
            now = session.get(SERVICE, path)
            if now["summary"] or now["state"] == "stopped":
                return now
            progress({"done": now["progress"]["written_off"] + now["progress"]["skipped"], "total": items})
            time.sleep(POLL_SECONDS)
    raise CommandFailed("The write-off is not complete after {limit:.0f} s.", TIMED_OUT, limit=WAIT_SECONDS)


def _show_outcome(batch: Json, session: Session, *, json_output: bool) -> None:
    summary = batch["summary"]
    if summary and not json_output:
        say(_mutations(summary, session.language), session.language)
        if batch["left_out"]:
            reasons = ", ".join(f"{coded(code, session.language)} {n}" for code, n in batch["left_out"].items())
            say(Sentence("Left out by the first confirmation: {reasons}.", reasons=reasons), session.language)
    show(batch if json_output else summary or batch, json_output=json_output, language=session.language)


def _mutations(summary: Json, language: str) -> Sentence:
    """How many items were requested, written off and skipped, and why those were."""
    reasons = [f"{coded(skipped['code'], language)} {skipped['items']}" for skipped in summary["skipped"]]
    told = {name: Count(summary[f"{name}_items"]) for name in ("requested", "written_off", "skipped")}
    if not reasons:
        return Sentence("Requested {requested}, written off {written_off}, skipped {skipped}.", **told)
    return Sentence(
        "Requested {requested}, written off {written_off}, skipped {skipped}: {reasons}.",
        reasons=", ".join(reasons),
        **told,
    )


def outcome(context: typer.Context, batch_id: BulkId, *, json_output: JsonOption = False) -> None:
    """How far a write-off is, and at the end the number of mutations."""
    session = session_of(context)
    batch = session.get(SERVICE, session.within(f"write-offs/{batch_id}"))
    _show_outcome(batch, session, json_output=json_output)


def list_writeoffs(
    context: typer.Context,
    set_id: Annotated[
        str | None, typer.Option("--set", callback=by_beginning("selection", "set"), help="Only of this set.")
    ] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """The write-offs of fixed sets, newest first."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within("write-offs"), set_id=set_id)
    show_rows(rows, BATCH_COLUMNS, json_output=json_output, language=session.language)


def left_out(context: typer.Context, batch_id: BulkId, *, json_output: JsonOption = False) -> None:
    """Items of the set that a write-off does not ask, and why."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within(f"write-offs/{batch_id}/left-out"))
    show_rows(rows, LEFT_OUT_COLUMNS, json_output=json_output, language=session.language)
