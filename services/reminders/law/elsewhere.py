"""Germany, and what the late-payment directive gives between businesses in every country of the Union."""

from __future__ import annotations

from datetime import date

from services.reminders.law.claims import FeeDecision, FeeRequest, Reason
from services.reminders.law.rule_set import PROFESSIONALS, RuleSet, YearlyInterest

NO_STATUTE = "no statutory figure: actual costs under §§ 280 Abs. 1 und 2, 286 BGB"

UNION = frozenset(
    (
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    )
)
"""Member states of the European Union, as ISO 3166-1 alpha-2."""


def german_fee(request: FeeRequest) -> FeeDecision:
    """Reminder fee under German law: the creditor's own costs, as configured, from the second letter on.

    The law has no figure; the letter that puts the debtor in default is at the creditor's expense.
    Source: §§ 280 Abs. 1 und 2, 286 BGB.
    """
    if request.principal_minor <= 0:
        return FeeDecision(0, 0, "nothing-owed", NO_STATUTE)
    if not request.earlier:
        return FeeDecision(0, 0, "first-reminder-free", NO_STATUTE)
    return FeeDecision(request.wanted_minor or 0, None, "as-configured", NO_STATUTE)


def no_fee(request: FeeRequest) -> FeeDecision:
    """No reminder fee: the law of this kind of claim gives a fixed compensation instead, or nothing.

    Source: art. 6 Directive 2011/7/EU leaves reminder fees to the member states.
    """
    reason: Reason = "nothing-owed" if request.principal_minor <= 0 else "no-statutory-fee"
    return FeeDecision(0, 0, reason, "art. 6 Directive 2011/7/EU")


CONSUMER_POINTS, BUSINESS_POINTS = 500, 900
"""On top of the base rate: § 288 Abs. 1 and Abs. 2 BGB."""

RULE_SETS = (
    RuleSet(
        code="de-consumer",
        country="DE",
        nature="contract",
        debtors=("consumer",),
        first=date(2016, 7, 1),
        currency="EUR",
        source="§§ 247, 286 und 288 Abs. 1 BGB",
        fee=german_fee,
        interest=YearlyInterest("de-base", CONSUMER_POINTS),
    ),
    RuleSet(
        code="de-business",
        country="DE",
        nature="contract",
        debtors=PROFESSIONALS,
        first=date(2016, 7, 1),
        currency="EUR",
        source="§§ 247, 286 und 288 Abs. 2 und 5 BGB",
        fee=german_fee,
        interest=YearlyInterest("de-base", BUSINESS_POINTS),
        compensation="eu-compensation",
    ),
    RuleSet(
        code="eu-business",
        country=None,
        nature="contract",
        debtors=PROFESSIONALS,
        first=date(2013, 3, 16),
        currency="EUR",
        source="Directive 2011/7/EU on combating late payment in commercial transactions, art. 6",
        fee=no_fee,
        interest=None,
        compensation="eu-compensation",
    ),
)
