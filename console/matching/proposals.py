"""Previewed runs: proposed, looked at, explained, executed by their fingerprint, or discarded."""

from __future__ import annotations

from typing import Annotated

import typer

from chassis.sentences import Count, Sentence
from console.ids import ProposalId
from console.matching import options as opt
from console.matching.readable_rows import in_words, show_figures
from console.matching.runs import SERVICE, followed, show_result
from console.next_command import typed_above, typed_again
from console.option_groups import spread
from console.output import JsonOption, say, show
from console.session import Json, Session, session_of

FIELDS = ("proposal_id", "method", "state", "employee", "created_at", "expires_at", "fingerprint")
TOTAL_COLUMNS = (
    "currency", "parties", "items", "marked_items", "open_amount", "marked_amount", "marked_charges", "matched_items",
    "dropped_items",
)  # fmt: skip
PARTY_COLUMNS = ("party_id", "currency", "items", "marked_items", "open_amount", "marked_amount")
ITEM_COLUMNS = (
    "party_id", "group_number", "item_id", "kind", "item_date", "voucher", "currency", "open_amount", "marked_by",
    "outcome", "closes", "reason",
)  # fmt: skip


@spread
def propose(
    context: typer.Context,
    booking: opt.BookingOptions,
    selection: opt.Selection,
    matching: opt.Matching,
    zero: opt.ZeroAccounts,
    reserve: Annotated[int, typer.Option(min=1, max=1_440, help="Minutes for which the items are held.")] = 60,
    *,
    json_output: JsonOption = False,
) -> None:
    """Propose matches and hold their items; nothing is matched before they are marked and executed."""
    session = session_of(context)
    body = {
        "criteria": selection.criteria(),
        "booking": booking.form(session),
        **matching.form(),
        **zero.form(),
        "reserve_minutes": reserve,
    }
    built = followed(session, "proposals", body, Sentence("Proposing"))
    found = read_proposal(session, built["run_id"])
    if not found["totals"]:
        why = typed_above(context, "matching", "explain-proposal", built["run_id"], "PARTY", "ITEM")
        say(Sentence("Nothing is proposed. Why an item is not: {command}", command=why), session.language)
    _say_next(context, found)
    show_proposal(session, found, json_output=json_output)


def proposal(context: typer.Context, proposal_id: ProposalId, *, json_output: JsonOption = False) -> None:
    """A proposal with its totals and the fingerprint of what is marked now."""
    session = session_of(context)
    found = read_proposal(session, proposal_id)
    _say_next(context, found)
    show_proposal(session, found, json_output=json_output)


def _say_next(context: typer.Context, found: Json) -> None:
    """The command that matches what is marked now, where anything is."""
    if found["state"] == "open" and any(total["marked_items"] for total in found["totals"]):
        words = ("matching", "execute", found["proposal_id"], "--confirm", found["fingerprint"])
        sentence = Sentence("To match what is marked: {command}", command=typed_above(context, *words))
        say(sentence, session_of(context).language)


def proposal_parties(context: typer.Context, proposal_id: ProposalId, *, json_output: JsonOption = False) -> None:
    """The parties of a proposal with their balances, marked and unmarked."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within(f"proposals/{proposal_id}/parties"))
    show_figures(session, rows, PARTY_COLUMNS, json_output=json_output)


def proposal_items(
    context: typer.Context,
    proposal_id: ProposalId,
    party: Annotated[str | None, typer.Option(help="Only of this party.")] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """The proposed items by group, why they go together, and what became of each."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within(f"proposals/{proposal_id}/items"), party_id=party)
    show_figures(session, rows, ITEM_COLUMNS, json_output=json_output)


def explain_proposal(
    context: typer.Context,
    proposal_id: ProposalId,
    party_id: Annotated[str, typer.Argument(help="The party of the item.")],
    item_id: Annotated[str, typer.Argument(help="Any item of the party, proposed or not.")],
    *,
    json_output: JsonOption = False,
) -> None:
    """Why an item was proposed as it was, or was not."""
    session = session_of(context)
    path = session.within(f"proposals/{proposal_id}/explanation")
    told = session.get(SERVICE, path, party_id=party_id, item_id=item_id)
    if not json_output:
        said = session.language, told["currency"]
        told["reason"] = in_words(told["reason"], *said) if told["reason"] else None
        told["not_proposed_because"] = [in_words(reason, *said) for reason in told["not_proposed_because"]]
        told = {name: value for name, value in told.items() if value not in (None, [])}
    show(told, json_output=json_output, language=session.language)


def execute(
    context: typer.Context,
    proposal_id: ProposalId,
    confirm: Annotated[
        str | None,
        typer.Option("--confirm", metavar="FINGERPRINT", help="As `proposal` tells it; without it nothing changes."),
    ] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """Match what is marked; refused when the marks are not those of the fingerprint."""
    session = session_of(context)
    if confirm is None:
        found = read_proposal(session, proposal_id)
        again = typed_again(context, "--confirm", found["fingerprint"])
        say(Sentence("Nothing is matched yet. Confirm with: {command}", command=again), session.language)
        show_proposal(session, found, json_output=json_output)
        return
    result = followed(session, f"proposals/{proposal_id}/execution", {"fingerprint": confirm}, Sentence("Matching"))
    if result.get("dropped"):
        items = typed_above(context, "matching", "proposal-items", proposal_id)
        left = Sentence("{count} items were not matched; see: {command}", count=Count(result["dropped"]), command=items)
        say(left, session.language)
    if not json_output and "dropped" in result:
        result["dropped_items"] = result.pop("dropped")
    show_result(session, result, json_output=json_output)


def discard(context: typer.Context, proposal_id: ProposalId, *, json_output: JsonOption = False) -> None:
    """Give a proposal up: its items are free for others."""
    session = session_of(context)
    given_up = session.post(SERVICE, session.within(f"proposals/{proposal_id}/discarding"))
    show(given_up, json_output=json_output, language=session.language)


def read_proposal(session: Session, proposal_id: object) -> Json:
    """A proposal as it stands."""
    return session.get(SERVICE, session.within(f"proposals/{proposal_id}"))


def show_proposal(session: Session, found: Json, *, json_output: JsonOption) -> None:
    """A proposal on the screen: what it is, and its totals per currency."""
    if json_output:
        show(found, json_output=True)
        return
    failure = {"failure": found["failure"]["message"]} if found["failure"] else {}
    fields = {name: found[name] for name in FIELDS}
    show(fields | failure, json_output=False, language=session.language)
    if found["totals"]:
        show_figures(session, found["totals"], TOTAL_COLUMNS, json_output=False)
