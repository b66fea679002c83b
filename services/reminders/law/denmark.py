"""Denmark: up to three reminder fees ten days apart; the municipalities' own fees and monthly interest."""

from __future__ import annotations

from datetime import date

from services.reminders.law.claims import FeeDecision, FeeRequest, NoticeDue, charged, last_of
from services.reminders.law.published_rates import ONE_DAY, tables
from services.reminders.law.rule_set import EVERYBODY, PROFESSIONALS, MonthlyInterest, RuleSet, YearlyInterest

FEES_MAX = 3
DAYS_BETWEEN = 10
WARNING_DAYS = 10
PUBLIC_BASIS_POINTS_PER_MONTH = 100
"""One percent per commenced month: gebyrloven § 3 (LBK nr 56 af 23/01/2018)."""


def reminder_fee(request: FeeRequest) -> FeeDecision:
    """Reminder fee under private law: at most 100 kroner a letter, three times, at least ten days apart.

    Source: renteloven § 9 b stk. 1 og 2 (LBK nr 459 af 13/05/2014), VAT included.
    """
    scale = tables().fees["dk-reminder"]
    last = last_of(request.earlier)
    if last is not None and (request.sent_on - last.sent_on).days < DAYS_BETWEEN:
        return FeeDecision(0, 0, "too-soon-after-the-last", scale.source)
    if sum(reminder.fee_minor > 0 for reminder in request.earlier) >= FEES_MAX:
        return FeeDecision(0, 0, "no-fee-left", scale.source)
    return each_letter(request, scale.amount(request.principal_minor), scale.source)


def public_reminder_fee(request: FeeRequest) -> FeeDecision:
    """Reminder fee of a municipality or region on a claim with a right of distraint: at most 250 kroner a letter.

    Source: gebyrloven § 2 stk. 2 og 3 (LBK nr 56 af 23/01/2018), which limits neither their number nor their interval.
    """
    scale = tables().fees["dk-public-reminder"]
    return each_letter(request, scale.amount(request.principal_minor), scale.source)


def each_letter(request: FeeRequest, cap_minor: int, source: str) -> FeeDecision:
    """Charge up to a cap that holds for each letter, whatever earlier letters cost."""
    alone = FeeRequest(
        request.principal_minor, request.currency, request.sent_on, request.channel, (), request.wanted_minor
    )
    return charged(alone, cap_minor, source)


def collection_fee() -> int:
    """Fee for handing a claim over to a collector, once, in øre: at most 100 kroner.

    Source: renteloven § 9 b stk. 1 og 3 (LBK nr 459 af 13/05/2014).
    """
    return tables().fees["dk-collection"].maximum_minor


def collection_warning(sent_on: date) -> NoticeDue:
    """Return the warning that must come before a claim goes to collection, with at least ten days to pay.

    Source: inkassoloven § 10; the fee it announces: renteloven § 9 b stk. 3.
    """
    ends = sent_on + WARNING_DAYS * ONE_DAY
    return NoticeDue("dk-collection-warning", WARNING_DAYS, collection_fee(), "DKK", ends=ends)


MARGIN_BASIS_POINTS = 800
"""Points on top of the reference rate since 1 March 2013: renteloven § 5 stk. 1."""

RULE_SETS = (
    RuleSet(
        code="dk-consumer",
        country="DK",
        nature="contract",
        debtors=("consumer",),
        first=date(2013, 3, 1),
        currency="DKK",
        source="renteloven §§ 3, 5 og 9 b (LBK nr 459 af 13/05/2014)",
        fee=reminder_fee,
        interest=YearlyInterest("dk-reference", MARGIN_BASIS_POINTS),
        warning=collection_warning,
    ),
    RuleSet(
        code="dk-business",
        country="DK",
        nature="contract",
        debtors=PROFESSIONALS,
        first=date(2013, 3, 1),
        currency="DKK",
        source="renteloven §§ 3, 5, 9 a stk. 3 og 9 b (LBK nr 459 af 13/05/2014)",
        fee=reminder_fee,
        interest=YearlyInterest("dk-reference", MARGIN_BASIS_POINTS),
        warning=collection_warning,
        compensation="dk-compensation",
    ),
    RuleSet(
        code="dk-public",
        country="DK",
        nature="public",
        debtors=EVERYBODY,
        first=date(2018, 1, 23),
        currency="DKK",
        source="gebyrloven §§ 2 og 3 (LBK nr 56 af 23/01/2018)",
        fee=public_reminder_fee,
        interest=MonthlyInterest(PUBLIC_BASIS_POINTS_PER_MONTH),
    ),
)
