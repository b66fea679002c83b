"""A run that is about to be issued: of each debtor, what would be sent and what would be dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import typer

from chassis.sentences import Sentence
from console.next_command import typed_again
from console.output import progress_bar, say, show, show_rows
from console.reminders.run_summary import spoken
from console.session import Json, Session, session_of
from console.unmatched import warn_of_unmatched

PAGE_DEBTORS = 50
"""Debtors looked at in one call: half a second."""
MAX_NAMED = 20
"""Accounts with unmatched credits that are named."""
DROPPED_COLUMNS = ("party_id", "item_id", "code", "message")


@dataclass
class Foresight:
    """Sums over the debtors that were looked at so far."""

    channels: Counter[str] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)
    charges: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    items: int = 0
    debtors: int = 0
    unmatched: list[Json] = field(default_factory=list)

    def add(self, debtor: Json) -> None:
        """Add what a debtor would be sent, and what of its items would be dropped."""
        self.debtors += bool(debtor["reminders"])
        for reminder in debtor["reminders"]:
            self.channels[reminder["channel"]] += 1
            self.items += reminder["items"]
            self.totals.update(reminder["totals"])
            self.charges.update(reminder["charges"])
        self.dropped.update(item["code"] for item in debtor["dropped"])
        self.unmatched += debtor["unmatched_credits"]

    def figures(self, language: str) -> Json:
        """What would be sent and dropped, in short."""
        return {
            "reminders": self.channels.total(),
            "channels": dict(sorted(self.channels.items())),
            "parties": self.debtors,
            "items": self.items,
            "totals": spoken(self.totals, language),
            "charges": spoken(self.charges, language),
            "dropped_items": self.dropped.total(),
            "dropped": dict(sorted(self.dropped.items())),
        }


def foresee(context: typer.Context, run_id: str, *, json_output: bool) -> None:
    """Tell what issuing the run now would do; nothing is changed. As JSON: an array, debtor by debtor."""
    session = session_of(context)
    run = session.get("reminders", session.within(f"runs/{run_id}"))
    seen = Foresight()
    if json_output:
        show_rows(_debtors(session, run, seen), (), json_output=True)
    else:
        dropped = [row for debtor in _debtors(session, run, seen) for row in _dropped(debtor)]
        if dropped:
            show_rows(dropped, DROPPED_COLUMNS, json_output=False, language=session.language)
        show(seen.figures(session.language), json_output=False, language=session.language)
    parties = {one["party_id"] for one in seen.unmatched}
    warn_of_unmatched(session, {"parties": len(parties), "first": seen.unmatched[:MAX_NAMED]})
    foreseen = Sentence(
        "{reminders} reminders would be sent, {items} items dropped. Nothing was sent or changed. To send: {command}",
        reminders=seen.channels.total(),
        items=seen.dropped.total(),
        command=typed_again(context, "--confirm", run["fingerprint"], without={"--dry-run"}),
    )
    say(foreseen, session.language)


def _debtors(session: Session, run: Json, seen: Foresight) -> Iterator[Json]:
    """Every debtor of the run, page by page."""
    debtors = session.pages("reminders", session.within(f"runs/{run['run_id']}/dry-run"), limit=PAGE_DEBTORS)
    with progress_bar(Sentence("Looking"), session.language) as progress:
        for done, debtor in enumerate(debtors, 1):
            seen.add(debtor)
            yield debtor
            progress({"done": done, "total": run["parties"]})


def _dropped(debtor: Json) -> Iterator[Json]:
    for item in debtor["dropped"]:
        yield {"party_id": debtor["party_id"], **item}
