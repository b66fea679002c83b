"""What rules make of single items, whatever event or run they come from."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

from chassis.sentences import Sentence
from contracts.operators import RuleName
from services.writeoff.domain.books import Books
from services.writeoff.domain.months import split_by_months
from services.writeoff.domain.requests import AskedLine, Item
from services.writeoff.domain.settled import Parts

REQUESTS_OF_RULES = UUID("5a4e3c52-8f0b-5d53-9c36-0d2d6d0a2b31")
"""Namespace of the ids of requests that rules make: the same cause asks for the same item once."""
AUTOMATIC = "automatic"
"""The employee behind what nobody in particular caused."""


class ItemReference(NamedTuple):
    """One of the ids by which an event calls items."""

    subscription_id: str | None = None
    note_id: str | None = None
    checkin_id: str | None = None
    item_id: str | None = None
    loan_id: str | None = None
    material_id: str | None = None


class DaysOfContribution(NamedTuple):
    """The period that a contribution is for, first and last day included."""

    start: date
    end: date


class Proposal(NamedTuple):
    """What a rule makes of one item: lines to ask for, or with `code` and `message` why there are none.

    `settled_amount` was settled before.
    """

    item_id: str
    rule: RuleName
    lines: tuple[AskedLine, ...] = ()
    code: str = "asked"
    message: str = ""
    settled_amount: int = 0
    parts: Parts | None = None
    """By what; None where nobody looked."""
    kept_code: str | None = None
    """Why what was paid is not given back."""


def whole_item(item: Item, rule: RuleName, books: Books) -> Proposal:
    """All that is open of an item, on the rule's journal."""
    configured = books.rule(rule)
    settled = item.amount - item.open_amount
    if not configured.enabled:
        return Proposal(
            item_id=item.item_id,
            rule=rule,
            code="rule-disabled",
            message=Sentence("The rule {rule} is switched off.", rule=rule),
        )
    if item.open_amount == 0:
        return Proposal(
            item_id=item.item_id,
            rule=rule,
            code="nothing-open",
            message=Sentence("Nothing of the item is open: what was settled stays with the party."),
            settled_amount=settled,
        )
    line = line_of(item, configured.journal, item.open_amount)
    return Proposal(item_id=item.item_id, rule=rule, lines=(line,), settled_amount=settled)


def line_of(item: Item, journal: str, amount: int) -> AskedLine:
    """Ask for a part of what is open of an item, on a journal."""
    return AskedLine(
        item_id=item.item_id,
        journal=journal,
        currency=item.currency,
        amount=amount,
        approved_open_amount=item.open_amount,
    )


def split_contribution(item: Item, days: DaysOfContribution, cancelled_on: date, books: Books) -> Proposal:
    """What is open of a cancelled contribution, on A910 for the months gone by and on A911 for the others."""
    elapsed, remaining = books.rule("subscription-elapsed"), books.rule("subscription-remaining")
    if item.open_amount == 0 or not (elapsed.enabled or remaining.enabled):
        return whole_item(item, "subscription-elapsed", books)
    parts = split_by_months(item.open_amount, *days, cancelled_on)
    lines = tuple(
        line_of(item, rule.journal, amount)
        for rule, amount in zip((elapsed, remaining), parts, strict=True)
        if amount and rule.enabled
    )
    rule: RuleName = "subscription-elapsed" if parts[0] else "subscription-remaining"
    if not lines:
        return whole_item(item, rule, books)
    return Proposal(
        item_id=item.item_id,
        rule=rule,
        lines=_merged(lines),
        settled_amount=item.amount - item.open_amount,
    )


def _merged(lines: tuple[AskedLine, ...]) -> tuple[AskedLine, ...]:
    """Parts that are configured to go on the same journal are one line."""
    by_journal: dict[str, AskedLine] = {}
    for line in lines:
        known = by_journal.get(line.journal)
        amount = line.amount + (known.amount if known else 0)
        by_journal[line.journal] = AskedLine(
            item_id=line.item_id,
            journal=line.journal,
            currency=line.currency,
            amount=amount,
            approved_open_amount=line.approved_open_amount,
        )
    return tuple(by_journal.values())
