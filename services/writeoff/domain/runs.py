"""Runs over many parties: which month's ends are due, and what an item of a run comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from chassis.errors import Refused
from chassis.ids import derived_id
from chassis.sentences import Sentence
from contracts.operators import RuleName
from services.writeoff.domain.books import Books
from services.writeoff.domain.months import add_months, month_end
from services.writeoff.domain.requests import Item, check_line
from services.writeoff.domain.rules import REQUESTS_OF_RULES, DaysOfContribution, Proposal, line_of, split_contribution

RunKind = Literal["month-end", "conversion"]


@dataclass(frozen=True, slots=True)
class RunRules:
    """The rules of a kind of run, in words, and the rules of others by which it sorts what it takes."""

    own: Mapping[RuleName, Sentence]
    others: tuple[RuleName, ...] = ()


RULES_OF_RUNS: dict[RunKind, RunRules] = {
    "month-end": RunRules(
        {"month-end-cancellation": Sentence("A contribution is open for too many months at a month's end.")},
        ("subscription-elapsed", "subscription-remaining"),
    ),
    "conversion": RunRules(
        {
            "conversion-costs": Sentence("Costs that an old system leaves behind."),
            "conversion-contributions": Sentence("Contributions that an old system leaves behind."),
        }
    ),
}
MONTH_ENDS_CAUGHT_UP = 24
"""After a longer downtime the older month's ends are run by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffRun:
    """A run of one administration, booked on `date`: for a month's end its last day.

    A conversion takes what was posted before `posted_before` and on `journals`, each only if given.
    """

    administration: str
    kind: RunKind
    posted_before: date | None = None
    date: date
    journals: tuple[str, ...] | None = None
    note: str = ""


def check_run(run: WriteOffRun, books: Books, today: date) -> None:
    """Refuse a run that cannot be booked, or a month's end that is none or is not over yet."""
    if run.kind == "month-end":
        if run.date != month_end(run.date):
            raise Refused(
                "not-a-months-end",
                "{run.date} is not the last day of its month.",
                run=run,
                last=month_end(run.date),
                field="date",
                remedy="Say {last}.",
            )
        if not books.rule("month-end-cancellation").enabled:
            raise Refused(
                "rule-disabled",
                "The cancellation at the month's end is switched off.",
                field="kind",
                remedy="Switch the rule month-end-cancellation on in the administration's configuration.",
            )
    if run.date > today:
        raise Refused(
            "not-over-yet", "{run.date} lies ahead.", run=run, field="date", remedy="Choose a day that has come."
        )
    books.period_of(run.date)


def terms_of(run: WriteOffRun, books: Books) -> list[tuple[object, ...]]:
    """The rules by which a run takes items: each with whether it is on, its journal, and what that may be used for."""
    found: list[tuple[object, ...]] = []
    rules = RULES_OF_RUNS[run.kind]
    for name in (*rules.own, *rules.others):
        rule = books.rule(name)
        journal = books.journals.get(rule.journal)
        found.append((name, rule.enabled, rule.journal, () if journal is None else journal.used_for))
    return found


def due_month_ends(after: date, today: date) -> Iterator[date]:
    """The month's ends after a day that are over today, oldest first."""
    latest = today.replace(day=1) - timedelta(days=1)
    day = month_end(after + timedelta(days=1))
    day = max(day, month_end(add_months(latest.replace(day=1), 1 - MONTH_ENDS_CAUGHT_UP)))
    while day <= latest:
        yield day
        day = month_end(day + timedelta(days=1))


def propose_in_run(run: WriteOffRun, item: Item, books: Books, *, is_asked: bool, is_taken: bool) -> Proposal:
    """What an item of a run comes to; one that is asked for already is left until the answer is there.

    One that this very run asked for before (`is_taken`) and that is open still, or again, is left to people.
    """
    rule = rule_of(run, item)
    if is_asked:
        return _refused(
            item, rule, "already-asked", Sentence("The ledger has not answered an earlier request for it yet.")
        )
    if is_taken:
        return _refused(
            item, rule, "taken-before", Sentence("This run asked for it before: what is open of it is for people.")
        )
    proposal = _proposed(run, item, books, rule)
    reasons = (check_line(line, item, books, run.date) for line in proposal.lines)
    skipped = next((reason for reason in reasons if reason is not None), None)
    return proposal if skipped is None else _refused(item, rule, skipped.code, skipped.message)


def _proposed(run: WriteOffRun, item: Item, books: Books, rule: RuleName) -> Proposal:
    if run.kind == "month-end":
        if item.period_start is None or item.period_end is None:
            return _refused(
                item,
                rule,
                "contribution-without-period",
                Sentence("The contribution does not say which period it is for."),
            )
        days = DaysOfContribution(item.period_start, item.period_end)
        return split_contribution(item, days, run.date, books)._replace(rule=rule)
    configured = books.rule(rule)
    if not configured.enabled:
        return _refused(item, rule, "rule-disabled", Sentence("The rule {rule} is switched off.", rule=rule))
    line = line_of(item, configured.journal, item.open_amount)
    return Proposal(item_id=item.item_id, rule=rule, lines=(line,), settled_amount=item.amount - item.open_amount)


def rule_of(run: WriteOffRun, item: Item) -> RuleName:
    """The rule by which a run takes an item."""
    if run.kind == "month-end":
        return "month-end-cancellation"
    return "conversion-contributions" if item.kind == "contribution" else "conversion-costs"


def run_request_id(run: WriteOffRun, party_id: str, item_id: str) -> UUID:
    """The same run asks for the same item once, however often it is repeated."""
    return derived_id(REQUESTS_OF_RULES, f"{run.administration}\x1f{party_id}\x1f{run.kind}\x1f{run.date}\x1f{item_id}")


def _refused(item: Item, rule: RuleName, code: str, message: str) -> Proposal:
    return Proposal(item_id=item.item_id, rule=rule, code=code, message=message)
