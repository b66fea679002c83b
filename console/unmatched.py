"""What is said before a debtor is reminded or waived while credits of theirs lie unmatched: match first."""

from __future__ import annotations

from chassis.sentences import Amount, Count, Sentence
from console.next_command import command
from console.output import say
from console.session import Json, Session
from contracts.money import to_decimal


def warn_of_unmatched(session: Session, found: Json | None) -> None:
    """Say by party what lies unmatched, and how to match it; nothing where nothing does."""
    if not found or not found["parties"]:
        return
    for one in found["first"]:
        _warn(session, one)
    shown = len({one["party_id"] for one in found["first"]})
    if shown < found["parties"]:
        more = Sentence("And credit of {count} more parties.", count=Count(found["parties"] - shown))
        say(more, session.language)


def _warn(session: Session, one: Json) -> None:
    told = Sentence(
        "{amount} of credit of party {party_id} lies unmatched; match first: {command}",
        amount=Amount(to_decimal(one["amount"], one["currency"]), one["currency"]),
        party_id=one["party_id"],
        command=command("matching", "settle", "--party", one["party_id"], "--journal", "…"),
    )
    say(told, session.language)
