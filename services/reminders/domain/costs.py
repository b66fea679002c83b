"""What a reminder costs its debtor, and what the law has it say: by the rules that the level of its profile names.

    level of the profile ──▶ which rules ──┐
    debtor, country, day ──▶ (RuleSet)     ├─▶ fee, compensation, interest (Charge) and the notice (NoticeDue)
    items and their history ──▶ (Claims) ──┘

Fee and compensation are of the reminder, interest is of each item and then added up. The law is asked here, never
known.

`fee_rule` and `interest_rule` of a level are `statutory` (chosen by the administration's country and the debtor's
type), `statutory-public` (for charges of an authority), the code of a rule set such as `be-consumer`, or, for
interest, `contract-800`: 8.00 % a year as agreed. A fee without a rule is the profile's own amount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

from contracts.operators import ReminderLevel
from services.reminders.domain.drafts import Costs, DraftRefused, Occasion
from services.reminders.domain.members import Bundle, Channel, Debtor, Member
from services.reminders.law.claims import ClaimKind, DebtorType, EarlierReminder, FeeRequest, Nature, NoticeDue
from services.reminders.law.interest import FixedRate, OpenStep, accrue
from services.reminders.law.published_rates import ONE_DAY
from services.reminders.law.rule_set import RuleSet
from services.reminders.law.rules import (
    compensation,
    fee,
    first_interest_day,
    interest,
    notice,
    rule_set_for,
    rule_set_named,
)
from services.reminders.letters.model import Charge

STATUTORY: Mapping[str, Nature] = {"statutory": "contract", "statutory-public": "public"}
CONTRACT = "contract-"
COST_KINDS = frozenset({"reminder-fee", "interest"})
"""Costs of earlier reminders: they bear no fee and no interest themselves."""


@dataclass(frozen=True, slots=True)
class ClaimHistory:
    """What happened to an item before: reminders, settlements (day, what was added to its open amount), interest.

    `interest_until` is the last day for which interest was booked.
    """

    earlier: tuple[EarlierReminder, ...] = ()
    settlements: tuple[tuple[date, int], ...] = ()
    interest_until: date | None = None


Histories = Mapping[tuple[str, str], ClaimHistory]
"""By (party, item)."""
NOTHING = ClaimHistory()


@dataclass(frozen=True, slots=True)
class Claims:
    """The items of a reminder that fees and interest are reckoned on, in the currency of the first."""

    debtor: Debtor
    channel: Channel
    items: tuple[Member, ...]
    histories: Histories

    def history(self, member: Member) -> ClaimHistory:
        """What happened to one of the items."""
        return self.histories.get((member.party_id, member.item_id), NOTHING)

    def request(self, items: Sequence[Member], occasion: Occasion, wanted: int | None) -> FeeRequest:
        """The question that the law is asked about some of the items."""
        earlier = {reminder for member in items for reminder in self.history(member).earlier}
        return FeeRequest(
            principal_minor=sum(member.open_amount for member in items),
            currency=self.items[0].currency,
            sent_on=occasion.day,
            channel=self.channel,
            earlier=tuple(sorted(earlier, key=lambda reminder: (reminder.sent_on, reminder.fee_minor))),
            wanted_minor=wanted,
            claims=len(items),
        )


def costs_of(part: Bundle, terms: ReminderLevel, claims: Claims, occasion: Occasion) -> Costs:
    """The costs of one reminder; who only has credits pays none.

    Raises the refusals of the law (a missing rate, no rule, another currency) and DraftRefused for an unknown rule.
    """
    if all(member.amount < 0 for member in part.members) or not claims.items:
        return Costs()
    charges: list[Charge] = []
    due: NoticeDue | None = None
    # The fee: by a rule, which may ask for a notice, or else as the profile names it.
    if terms.fee_rule:
        rules = _rules(terms.fee_rule, claims.debtor, occasion)
        charges, due = _by_law(rules, terms, claims, occasion)
    elif terms.fee_amount:
        charges.append(Charge("fee", terms.fee_amount, occasion.configuration.base_currency))
    # Interest is reckoned apart: a level may charge it without any fee, or not.
    if terms.interest_rule:
        charges += _interest(terms.interest_rule, claims, occasion)
    # One notice a letter: what the fee asks for comes before the warning of collection, which the next letter may give.
    if terms.collection_warning and due is None:
        due = _warning(terms, claims, occasion)
    return Costs(charges=tuple(charges), notice=due)


def claims_of(part: Bundle, debtor: Debtor, channel: Channel, histories: Histories) -> Claims:
    """The items that costs are reckoned on: charges that are no costs themselves."""
    items = tuple(m for m in part.members if m.open_amount > 0 and m.kind not in COST_KINDS)
    return Claims(debtor, channel, tuple(m for m in items if m.currency == items[0].currency), histories)


def _by_law(
    rules: RuleSet, terms: ReminderLevel, claims: Claims, occasion: Occasion
) -> tuple[list[Charge], NoticeDue | None]:
    """Fee, compensation and notice.

    What was never reminded before has its own first reminder: it bears no fee that the law grants only after one, and
    it gets the notice, also when it stands in the same letter as older items.
    """
    # Items that were reminded before and those that were not ask different questions, in one letter.
    wanted = terms.fee_amount or None
    fresh = [member for member in claims.items if not claims.history(member).earlier]
    reminded = [member for member in claims.items if claims.history(member).earlier]
    asked = claims.request(reminded or fresh, occasion, wanted)
    # The fee is owed for what was reminded already; where nothing was, the law says what a first reminder costs.
    charges = []
    decision = fee(rules, asked)
    if decision.amount_minor:
        charges.append(Charge("fee", decision.amount_minor, rules.currency))
    # The fixed sum is owed once for each invoice: with the first reminder of it.
    if fresh and (fixed := compensation(rules, claims.request(fresh, occasion, wanted))):
        charges.append(Charge("compensation", fixed, rules.currency))
    # And the notice belongs to what is new, for which its term has yet to begin.
    return charges, notice(rules, claims.request(fresh or reminded, occasion, wanted), occasion.known)


def _warning(terms: ReminderLevel, claims: Claims, occasion: Occasion) -> NoticeDue | None:
    """What is said before collection, where the rules of the claim know such a warning."""
    rules = _rules(terms.fee_rule or "statutory", claims.debtor, occasion)
    return rules.warning(occasion.day) if rules.warning else None


def _interest(rule: str, claims: Claims, occasion: Occasion) -> list[Charge]:
    """Interest since it was booked last, over all items together, up to the day of the reminder."""
    total = 0
    for member in claims.items:
        total += _interest_of(rule, member, claims, occasion)
    if total <= 0:
        return []
    return [Charge("interest", total, claims.items[0].currency, occasion.day)]


def _interest_of(rule: str, member: Member, claims: Claims, occasion: Occasion) -> int:
    # From which day: the law's first day, or the day after the due date where the rate was agreed; never a day twice.
    history = claims.history(member)
    agreed = rule.removeprefix(CONTRACT) if rule.startswith(CONTRACT) else None
    rules = None if agreed else _rules(rule, claims.debtor, occasion)
    first = first_interest_day(rules, member.due_on, history.earlier) if rules else member.due_on + ONE_DAY
    if first is None:
        return 0
    if history.interest_until:
        first = max(first, history.interest_until + ONE_DAY)
    if first > occasion.day:
        return 0
    # On what: the open amount as it was on each day. At which rate: the agreed one, or the law's of each day.
    steps = steps_of(member, history)
    if agreed is not None:
        return accrue(steps, first, occasion.day, FixedRate(_basis_points(agreed, rule))).amount_minor
    assert rules is not None, "what is not agreed is statutory"
    return interest(rules, steps, first, occasion.day, occasion.known).amount_minor


def steps_of(member: Member, history: ClaimHistory) -> list[OpenStep]:
    """What was open of an item from which day on; the last step is what is open now."""
    # Forward from the posting, each settlement in turn; one that is dated before its item counts from the item's day.
    open_minor, steps = member.amount, [OpenStep(member.item_date, member.amount)]
    for day, amount in sorted(history.settlements):
        open_minor += amount
        steps.append(OpenStep(max(day, member.item_date), open_minor))
    # What the ledger says now wins over what the settlements that we saw add up to.
    if steps[-1].open_minor != member.open_amount:
        steps[-1] = OpenStep(steps[-1].day, member.open_amount)
    return steps


def _rules(rule: str, debtor: Debtor, occasion: Occasion) -> RuleSet:
    if rule not in STATUTORY:
        return rule_set_named(rule, occasion.day)
    kinds: dict[str, DebtorType] = {kind: kind for kind in get_args(DebtorType)}
    kind = ClaimKind(occasion.configuration.country, STATUTORY[rule], kinds[debtor.debtor_type])
    return rule_set_for(kind, occasion.day)


def _basis_points(agreed: str, rule: str) -> int:
    if not agreed.isdecimal():
        raise DraftRefused(
            "unknown-interest-rule",
            "{rule!r} is no interest rule.",
            rule=rule,
            field="interest_rule",
            remedy="Name a rule set, or the agreed rate in hundredths of a percent: contract-800.",
        )
    return int(agreed)
