"""The register of rule sets, and the questions that reminders ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from chassis.sentences import Sentence
from services.reminders.law import (
    belgium,
    denmark,
    elsewhere,
    netherlands,
)
from services.reminders.law.belgium import consumer_interest_from, first_reminder
from services.reminders.law.claims import ClaimKind, EarlierReminder, FeeDecision, FeeRequest, NoticeDue
from services.reminders.law.interest import Interest, OpenStep, WithMargin, accrue, accrue_by_month
from services.reminders.law.published_rates import ONE_DAY, Tables, tables
from services.reminders.law.refusals import NoInterestRule, NoRuleSet, WrongCurrency
from services.reminders.law.rule_set import MonthlyInterest, RuleSet, YearlyInterest

RULE_SETS = (
    *netherlands.RULE_SETS,
    *belgium.RULE_SETS,
    *denmark.RULE_SETS,
    *elsewhere.RULE_SETS,
)
"""The register of all rule sets, a country's own before the Union's."""


def rule_set_for(kind: ClaimKind, on: date) -> RuleSet:
    """Return the rules of a kind of claim as they stood on a day; raises NoRuleSet."""
    for rule_set in RULE_SETS:
        at_home = rule_set.country == kind.country or (rule_set.country is None and kind.country in elsewhere.UNION)
        if at_home and rule_set.nature == kind.nature and kind.debtor in rule_set.debtors and rule_set.first <= on:
            return rule_set
    raise NoRuleSet(Sentence("a {kind.nature} claim on a {kind.debtor} debtor in {kind.country}", kind=kind), on)


def rule_set_named(code: str, on: date) -> RuleSet:
    """Return the rule set that a reminder profile names; raises NoRuleSet, also before its first day."""
    for rule_set in RULE_SETS:
        if rule_set.code == code and rule_set.first <= on:
            return rule_set
    raise NoRuleSet(Sentence("the rule set {code!r}", code=code), on)


def fee(rule_set: RuleSet, request: FeeRequest) -> FeeDecision:
    """Decide the fee of a reminder; raises WrongCurrency for a claim in another currency than the law's."""
    check_currency(rule_set, request)
    return rule_set.fee(request)


def compensation(rule_set: RuleSet, request: FeeRequest) -> int:
    """Fixed compensation in minor units, once per unpaid invoice, which a creditor may ask of a business.

    Nothing where the law gives none. Source: art. 6 Directive 2011/7/EU; CJEU C-585/20 (one sum for each invoice).
    Raises WrongCurrency.
    """
    if rule_set.compensation is None:
        return 0
    check_currency(rule_set, request)
    return tables().fees[rule_set.compensation].amount(request.principal_minor) * request.claims


def notice(rule_set: RuleSet, request: FeeRequest, known: Tables) -> NoticeDue | None:
    """Return the wording that the law asks of this reminder, with its figures, or None.

    Raises WrongCurrency, and MissingRate where the wording names the interest and the tables know no rate for the day.
    """
    if rule_set.notice is None:
        return None
    check_currency(rule_set, request)
    rate = known_rate(rule_set, request.sent_on, known) if rule_set.interest_waits else None
    return rule_set.notice(request, rate)


def known_rate(rule_set: RuleSet, day: date, known: Tables) -> int | None:
    """Yearly rate on a day in hundredths of a percent, None where interest is not yearly; raises MissingRate."""
    if not isinstance(rule_set.interest, YearlyInterest):
        return None
    return known.rates[rule_set.interest.series].on(day) + rule_set.interest.margin_basis_points


def first_interest_day(
    rule_set: RuleSet, due: date, earlier: tuple[EarlierReminder, ...], *, small_enterprise: bool = False
) -> date | None:
    """First day that bears interest: the day after the due date, or later where a first reminder must come before.

    None when such a reminder is still to be sent. `small_enterprise` says that the creditor is one, which Belgian law
    lets begin earlier.
    """
    after_due = due + ONE_DAY
    if not rule_set.interest_waits:
        return after_due
    begins = consumer_interest_from(first_reminder(earlier), small_enterprise=small_enterprise)
    return max(after_due, begins) if begins else None


def interest(rule_set: RuleSet, steps: Sequence[OpenStep], first: date, last: date, known: Tables) -> Interest:
    """Statutory interest of an item for the days from `first` to `last`, both included, rounded half up once.

    `first` is what `first_interest_day` returned. Raises NoInterestRule where the law knows none, MissingRate for a
    day without a rate.
    """
    if isinstance(rule_set.interest, MonthlyInterest):
        return accrue_by_month(steps, first - ONE_DAY, last, rule_set.interest.basis_points)
    if rule_set.interest is None:
        raise NoInterestRule(rule_set.code)
    rates = WithMargin(known.rates[rule_set.interest.series], rule_set.interest.margin_basis_points)
    return accrue(steps, first, last, rates, rule_set.interest.terms)


def check_currency(rule_set: RuleSet, request: FeeRequest) -> None:
    """Raise WrongCurrency when the claim is in another currency than the statutory amounts."""
    if request.currency != rule_set.currency:
        raise WrongCurrency(rule_set.code, rule_set.currency, request.currency)
