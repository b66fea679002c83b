"""The Netherlands: collection costs by scale, a term of fourteen days for consumers, statutory interest."""

from __future__ import annotations

from datetime import date

from services.reminders.law.claims import EarlierReminder, FeeDecision, FeeRequest, NoticeDue, charged
from services.reminders.law.interest import Terms
from services.reminders.law.published_rates import ONE_DAY, FeeScale, tables
from services.reminders.law.rule_set import PROFESSIONALS, RuleSet, YearlyInterest
from services.reminders.law.workdays import delivered_on

TERM_DAYS = 14


def collection_costs(principal_minor: int) -> int:
    """Statutory compensation for extrajudicial collection costs on a principal, in euro cents.

    15 % of the first 2,500 euros, 10 % of the next 2,500, 5 % of the next 5,000, 1 % of the next 190,000 and 0.5 % of
    the rest; at least 40 and at most 6,775 euros. VAT, which a creditor that cannot deduct it may add, is left out.
    Source: art. 2 Besluit vergoeding voor buitengerechtelijke incassokosten (Stb. 2012, 141).
    """
    return scale().amount(principal_minor)


def scale() -> FeeScale:
    """Return the scale as data."""
    return tables().fees["nl-collection-costs"]


def term_ends(letter: EarlierReminder) -> date:
    """Last day on which a consumer pays without costs after a fourteen-day letter.

    Fourteen days that begin on the day after delivery; e-mail is delivered on the day it is sent, post on the second
    day of delivery after it. Source: art. 6:96 lid 6 BW; HR 25 November 2016, ECLI:NL:HR:2016:2704.
    """
    delivered = letter.sent_on if letter.channel == "e-mail" else delivered_on("NL", letter.sent_on)
    return delivered + ONE_DAY * TERM_DAYS


def consumer_fee(request: FeeRequest) -> FeeDecision:
    """Collection costs of a consumer: none before a fourteen-day letter has run out, then up to the scale in all.

    Source: art. 6:96 lid 5 and 6 BW, mandatory in favour of consumers.
    """
    letters = [reminder for reminder in request.earlier if reminder.notice == "nl-fourteen-days"]
    if not letters:
        return FeeDecision(0, 0, "no-notice-yet", "art. 6:96 lid 6 BW")
    if request.sent_on <= min(term_ends(letter) for letter in letters):
        return FeeDecision(0, 0, "term-not-over", "art. 6:96 lid 6 BW")
    return charged(request, collection_costs(request.principal_minor), scale().source)


def business_fee(request: FeeRequest) -> FeeDecision:
    """Collection costs of a business or an authority: up to the scale in all, without a term.

    The minimum of 40 euros is owed without a demand from the day after the last day of payment.
    Source: art. 6:96 lid 4 BW and art. 2 of the Besluit, which yields to what was agreed.
    """
    return charged(request, collection_costs(request.principal_minor), scale().source)


def consumer_notice(request: FeeRequest, rate_basis_points: int | None) -> NoticeDue | None:
    """Return the fourteen-day letter, unless one was sent; it names what will be owed after it.

    Source: art. 6:96 lid 6 BW.
    """
    if request.principal_minor <= 0 or any(reminder.notice == "nl-fourteen-days" for reminder in request.earlier):
        return None
    costs = collection_costs(request.principal_minor)
    ends = term_ends(EarlierReminder(request.sent_on, request.channel))
    return NoticeDue("nl-fourteen-days", TERM_DAYS, costs, scale().currency, rate_basis_points, ends)


COMPOUNDING = Terms(compounds_yearly=True)
"""A full year's interest bears interest: art. 6:119 lid 2 and 6:119a lid 3 BW."""

RULE_SETS = (
    RuleSet(
        code="nl-consumer",
        country="NL",
        nature="contract",
        debtors=("consumer",),
        first=date(2012, 7, 1),
        currency="EUR",
        source="art. 6:96, 6:119 and 6:120 lid 1 BW",
        fee=consumer_fee,
        interest=YearlyInterest("nl-statutory", terms=COMPOUNDING),
        notice=consumer_notice,
    ),
    RuleSet(
        code="nl-business",
        country="NL",
        nature="contract",
        debtors=PROFESSIONALS,
        first=date(2013, 3, 16),
        currency="EUR",
        source="art. 6:96, 6:119a, 6:119b and 6:120 lid 2 BW",
        fee=business_fee,
        interest=YearlyInterest("nl-commercial", terms=COMPOUNDING),
    ),
)
