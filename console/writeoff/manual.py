"""Write-offs by hand: first shown, then confirmed, then answered by the ledger; and taken back the same way."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from chassis.sentences import Retold, Sentence, joined
from console.days import BookingDay, iso
from console.exits import CHANGED, REFUSED, CommandFailed
from console.ids import EntryId, RequestId
from console.next_command import typed_above, typed_again
from console.option_groups import spread
from console.output import JsonOption, say, show, show_rows
from console.session import Json, Session, session_of
from console.unmatched import warn_of_unmatched
from console.words import coded
from console.writeoff.options import SERVICE, Confirm, Note, given

ANSWER_SECONDS = 60.0
POLL_SECONDS = 0.2
PREVIEW_COLUMNS = ("item_id", "kind", "journal", "currency", "open_amount", "amount", "code", "message")
OUTCOME_COLUMNS = ("item_id", "journal", "currency", "amount", "written_off", "code", "message")
APPROVAL_COLUMNS = ("request_id", "party_id", "items", "base_amount", "needs_approval", "employee", "note", "date")

Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Until the ledger has answered.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Why and when something is waived, and whether that is confirmed."""

    reason: Annotated[str | None, typer.Option("--reason", help="The A-journal; without one, some are offered.")] = None
    default_reasons: Annotated[
        bool, typer.Option("--default-reasons", help="The reasons that the preview offers are the chosen ones.")
    ] = False
    note: Note = ""
    date: BookingDay = None
    confirm: Confirm = None
    wait: Wait = True
    json_output: JsonOption = False

    def wish(self, **what: Any) -> Json:
        """The options as the body of a wish to write off, with what is to be waived."""
        return given(**what, journal=self.reason, note=self.note, date=iso(self.date))


@spread
def item(
    context: typer.Context,
    party_id: str,
    item_ids: list[str],
    amount: Annotated[int | None, typer.Option(help="A part of one item, in minor units (250 is 2.50).")] = None,
    *,
    waiver: Waiver,
) -> None:
    """Waive items of a party, or a part of one: shows what would be done, and does it with --confirm."""
    lines = [given(item_id=name, amount=amount) for name in item_ids]
    _preview_or_ask(context, waiver.wish(party_id=party_id, lines=lines), waiver)


@spread
def party(context: typer.Context, party_id: str, *, waiver: Waiver) -> None:
    """Waive all that a party owes; what the reason does not allow is left out and named."""
    _preview_or_ask(context, waiver.wish(party_id=party_id), waiver)


def reverse(
    context: typer.Context,
    match_id: EntryId,
    note: Annotated[str, typer.Option("--note", help="Why it is taken back; needed with --confirm.")] = "",
    date: BookingDay = None,
    confirm: Confirm = None,
    *,
    wait: Wait = True,
    json_output: JsonOption = False,
) -> None:
    """Take a write-off back: shows what would be put back, and does it with --confirm."""
    session = session_of(context)
    path = session.within(f"write-offs/{match_id}/reversal")
    if confirm is None:
        preview = session.post(SERVICE, f"{path}/preview", given(date=iso(date)))
        _show_preview(context, preview, () if note else ("--note", "…"), json_output=json_output)
        return
    body = given(note=note, date=iso(date), fingerprint=confirm)
    _show_outcome(context, session.post(SERVICE, path, body), wait=wait, json_output=json_output)


def request(context: typer.Context, request_id: RequestId, *, json_output: JsonOption = False) -> None:
    """What became of a request."""
    session = session_of(context)
    found = session.get(SERVICE, session.within(f"requests/{request_id}"))
    _show_outcome(context, found, wait=False, json_output=json_output)


def approvals(context: typer.Context, *, json_output: JsonOption = False) -> None:
    """Requests above a limit that await another employee."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within("approvals"))
    show_rows(rows, APPROVAL_COLUMNS, json_output=json_output, language=session.language)


def approve(
    context: typer.Context,
    request_id: RequestId,
    note: Note = "",
    *,
    decline: Annotated[bool, typer.Option("--decline", help="Decline it for good instead.")] = False,
    wait: Wait = True,
    json_output: JsonOption = False,
) -> None:
    """Approve a request of another employee, or decline it."""
    session = session_of(context)
    body = {"approved": not decline, "note": note}
    found = session.post(SERVICE, session.within(f"requests/{request_id}/approval"), body)
    _show_outcome(context, found, wait=wait, json_output=json_output)


def _preview_or_ask(context: typer.Context, wish: Json, waiver: Waiver) -> None:
    session = session_of(context)
    if waiver.confirm is None:
        preview = session.post(SERVICE, session.within("write-offs/preview"), wish)
        offered = sorted({line["journal"] for line in preview["lines"] if line["is_offered"]})
        unchosen = () if waiver.default_reasons or not offered else ("--default-reasons",)
        if unchosen and not preview["refusal"]:
            sentence = Sentence("No reason is chosen yet; offered: {reasons}.", reasons=", ".join(offered))
            say(sentence, session.language)
        _show_preview(context, preview, unchosen, json_output=waiver.json_output)
        return
    command = wish | {"fingerprint": waiver.confirm, "default_reasons": waiver.default_reasons}
    asked = session.post(SERVICE, session.within("write-offs"), command)
    _show_outcome(context, asked, wait=waiver.wait, json_output=waiver.json_output)


def _show_preview(context: typer.Context, preview: Json, missing: Sequence[str] = (), *, json_output: bool) -> None:
    """What would be booked, and the command that books it; `missing` are words that it takes besides.

    What would be refused is shown, but nobody is invited to confirm it.
    """
    session = session_of(context)
    warn_of_unmatched(session, preview["unmatched_credits"])
    if json_output:
        show(preview, json_output=True)
    else:
        show_rows(preview["lines"], PREVIEW_COLUMNS, json_output=False, language=session.language)
    if refusal := preview["refusal"]:
        reasons = [Retold(text) for text in (refusal["message"], refusal["remedy"]) if text]
        raise CommandFailed(joined(reasons), REFUSED, refusal)
    if preview["needs_approval"]:
        limit = coded(preview["needs_approval"], session.language)
        say(Sentence("Another employee would have to approve it ({limit}).", limit=limit), session.language)
    again = typed_again(context, *missing, "--confirm", preview["fingerprint"])
    say(Sentence("Nothing is changed yet. Confirm with: {command}", command=again), session.language)


def _show_outcome(context: typer.Context, request: Json, *, wait: bool, json_output: bool) -> None:
    session = session_of(context)
    if wait and request["state"] == "asked":
        request = _answered(session, request["request_id"])
    if request["state"] == "awaiting-approval":
        approve = typed_above(context, "writeoff", "approve", request["request_id"], by_another=True)
        sentence = Sentence(
            "It is above a limit ({limit}), and another employee approves it with: {command}",
            limit=coded(request["needs_approval"], session.language),
            command=approve,
        )
        say(sentence, session.language)
    if json_output:
        show(request, json_output=True)
    else:
        state = coded(request["state"], session.language)
        say(Sentence("Request {request_id}: {state}", request_id=request["request_id"], state=state), session.language)
        show_rows(_rows(request), OUTCOME_COLUMNS, json_output=False, language=session.language)
    refusal = next((answer for answer in request["answers"] if answer["code"] is not None), None)
    if refusal is not None:
        words = coded(refusal["code"], session.language)
        reason = refusal["message"] if words == refusal["code"] else words
        raise CommandFailed("The ledger refused it: {reason}", CHANGED, refusal, reason=reason)
    for match_id in [answer["match_id"] for answer in request["answers"] if request["lines"] and answer["match_id"]]:
        back = typed_above(context, "writeoff", "reverse", match_id)
        say(Sentence("To take it back: {command}", command=back), session.language)


def _answered(session: Session, request_id: str) -> Json:
    """The request with the ledger's answer, or as it is when that takes too long."""
    give_up_at = time.monotonic() + ANSWER_SECONDS
    while True:
        request = session.get(SERVICE, session.within(f"requests/{request_id}"))
        if request["state"] != "asked" or time.monotonic() > give_up_at:
            return request
        time.sleep(POLL_SECONDS)


def _rows(request: Json) -> list[dict[str, Any]]:
    """A request's lines, or for a reversal what the ledger answered."""
    if request["lines"]:
        return list(request["lines"])
    return [
        {"journal": answer["journal"], "currency": answer["currency"], "written_off": answer["amount"]}
        for answer in request["answers"]
    ]
