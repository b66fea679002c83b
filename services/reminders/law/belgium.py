"""Belgium: a free first reminder, a waiting period, capped compensation; the late-payment act between businesses."""

from __future__ import annotations

from datetime import date

from services.reminders.law.claims import EarlierReminder, FeeDecision, FeeRequest, NoticeDue, NoticeKind, charged
from services.reminders.law.elsewhere import no_fee
from services.reminders.law.published_rates import ONE_DAY, FeeScale, tables
from services.reminders.law.rule_set import PROFESSIONALS, RuleSet, YearlyInterest
from services.reminders.law.workdays import nth_working_day_after

TERM_DAYS = 14
WORKING_DAYS_BEFORE_THE_TERM = 3


def indemnity_cap(balance_minor: int) -> int:
    """Most that a consumer may be asked as fixed compensation on a balance, in euro cents.

    20 euros up to 150; 30 euros plus 10 % of the part from 150.01 to 500; 65 euros plus 5 % of the part above 500, at
    most 2,000. It is owed only where the contract says so, the same for both parties.
    Source: art. XIX.4 Wetboek van economisch recht, in force since 1 September 2023.
    """
    return scale().amount(balance_minor)


def scale() -> FeeScale:
    """Return the caps as data."""
    return tables().fees["be-indemnity"]


def term_ends(reminder: EarlierReminder) -> date:
    """Last day of the waiting period after a first reminder.

    Fourteen calendar days that begin on the third working day after posting, or on the day after an electronic message
    was sent. Source: art. XIX.2 § 1 Wetboek van economisch recht.
    """
    if reminder.channel == "e-mail":
        begins = reminder.sent_on + ONE_DAY
    else:
        begins = nth_working_day_after("BE", reminder.sent_on, WORKING_DAYS_BEFORE_THE_TERM)
    return begins + ONE_DAY * (TERM_DAYS - 1)


def first_reminder(earlier: tuple[EarlierReminder, ...]) -> EarlierReminder | None:
    """Return the reminder that was sent first, or None."""
    return min(earlier, key=lambda reminder: reminder.sent_on, default=None)


def consumer_fee(request: FeeRequest) -> FeeDecision:
    """Compensation of a consumer: nothing with the first reminder nor in its term, then up to the cap in all.

    Source: art. XIX.2 and XIX.4 Wetboek van economisch recht.
    """
    first = first_reminder(request.earlier)
    if first is None:
        return FeeDecision(0, 0, "first-reminder-free", "art. XIX.2 § 1 WER")
    if request.sent_on <= term_ends(first):
        return FeeDecision(0, 0, "term-not-over", "art. XIX.2 § 1 WER")
    return charged(request, indemnity_cap(request.principal_minor), scale().source)


def consumer_notice(request: FeeRequest, rate_basis_points: int | None) -> NoticeDue | None:
    """Return what the first reminder must say: the term, the compensation and the interest after it.

    Source: art. XIX.2 § 3 Wetboek van economisch recht.
    """
    if request.earlier or request.principal_minor <= 0:
        return None
    kind: NoticeKind = "be-first-reminder-electronic" if request.channel == "e-mail" else "be-first-reminder-post"
    ends = term_ends(EarlierReminder(request.sent_on, request.channel))
    cap = indemnity_cap(request.principal_minor)
    return NoticeDue(kind, TERM_DAYS, cap, scale().currency, rate_basis_points, ends)


def consumer_interest_from(first: EarlierReminder | None, *, small_enterprise: bool) -> date | None:
    """First day on which a consumer owes interest, once the waiting period is over; None before a first reminder.

    It is the day after the waiting period; a small or medium-sized enterprise reckons, after the same period, from the
    day after the first reminder was sent. Source: art. XIX.2 § 2 Wetboek van economisch recht.
    """
    if first is None:
        return None
    return (first.sent_on if small_enterprise else term_ends(first)) + ONE_DAY


RULE_SETS = (
    RuleSet(
        code="be-consumer",
        country="BE",
        nature="contract",
        debtors=("consumer",),
        first=date(2023, 9, 1),
        currency="EUR",
        source="book XIX Wetboek van economisch recht (Act of 4 May 2023)",
        fee=consumer_fee,
        interest=YearlyInterest("be-late-payment"),
        notice=consumer_notice,
        interest_waits=True,
    ),
    RuleSet(
        code="be-business",
        country="BE",
        nature="contract",
        debtors=PROFESSIONALS,
        first=date(2013, 7, 1),
        currency="EUR",
        source="Act of 2 August 2002 on late payment in commercial transactions, art. 5 and 6",
        fee=no_fee,
        interest=YearlyInterest("be-late-payment"),
        compensation="eu-compensation",
    ),
)
