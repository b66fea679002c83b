from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reminders.law import netherlands
from services.reminders.law.claims import EarlierReminder, FeeDecision
from services.reminders.law.published_rates import tables
from services.reminders.law.rules import fee, notice, rule_set_named
from tests.services.reminders.law.asking import FOURTEEN_DAYS, TODAY, request

DUTCH_CONSUMER = rule_set_named("nl-consumer", TODAY)


@pytest.mark.parametrize(
    ("sent_on", "earlier", "reason", "amount_minor"),
    [
        (date(2026, 11, 22), (), "no-notice-yet", 0),
        (date(2026, 11, 22), (EarlierReminder(date(2026, 1, 1), "letter"),), "no-notice-yet", 0),
        (date(2026, 11, 18), (FOURTEEN_DAYS,), "term-not-over", 0),
        (date(2026, 11, 19), (FOURTEEN_DAYS,), "as-the-law-allows", 15_000),
        (date(2026, 11, 16), (replace(FOURTEEN_DAYS, channel="e-mail"),), "term-not-over", 0),
        (date(2026, 11, 17), (replace(FOURTEEN_DAYS, channel="e-mail"),), "as-the-law-allows", 15_000),
    ],
)
def test_a_dutch_consumer_pays_costs_only_after_fourteen_days(
    sent_on: date, earlier: tuple[EarlierReminder, ...], reason: str, amount_minor: int
) -> None:
    decision = fee(DUTCH_CONSUMER, request(sent_on, *earlier))

    assert (decision.reason, decision.amount_minor) == (reason, amount_minor)


def test_a_dutch_business_pays_costs_at_once() -> None:
    decision = fee(rule_set_named("nl-business", TODAY), request(TODAY))

    assert decision.amount_minor == 15_000


def test_dutch_costs_are_owed_once_in_all() -> None:
    paid_part = EarlierReminder(date(2026, 11, 20), "letter", fee_minor=4_000)

    decision = fee(DUTCH_CONSUMER, request(date(2026, 12, 20), FOURTEEN_DAYS, paid_part))
    spent = fee(DUTCH_CONSUMER, request(date(2026, 12, 20), FOURTEEN_DAYS, replace(paid_part, fee_minor=15_000)))

    assert decision.amount_minor == 11_000
    assert (spent.amount_minor, spent.reason) == (0, "no-fee-left")


@given(
    principal=st.integers(-1_000, 10**9),
    fees=st.lists(st.integers(0, 10**6), max_size=4),
    wanted=st.none() | st.integers(0, 10**7),
)
def test_all_fees_together_never_exceed_the_scale(principal: int, fees: list[int], wanted: int | None) -> None:
    earlier = [EarlierReminder(date(2026, 10, 1), "letter", fee_minor=amount) for amount in fees]
    asked = request(TODAY, FOURTEEN_DAYS, *earlier, principal_minor=principal, wanted_minor=wanted)

    decision = fee(DUTCH_CONSUMER, replace(asked, sent_on=date(2026, 12, 31)))

    assert decision.amount_minor >= 0
    assert decision.amount_minor == 0 or sum(fees) + decision.amount_minor <= netherlands.collection_costs(principal)
    assert wanted is None or decision.amount_minor <= wanted


def test_the_profile_may_ask_less_than_the_law_allows_but_not_more() -> None:
    less = fee(DUTCH_CONSUMER, request(date(2026, 12, 1), FOURTEEN_DAYS, wanted_minor=500))
    more = fee(DUTCH_CONSUMER, request(date(2026, 12, 1), FOURTEEN_DAYS, wanted_minor=99_999))

    assert (less.amount_minor, less.cap_minor, less.reason) == (500, 15_000, "as-configured")
    assert (more.amount_minor, more.reason) == (15_000, "as-the-law-allows")


def test_the_fourteen_day_letter_names_the_costs_and_is_sent_once() -> None:
    due = notice(DUTCH_CONSUMER, request(TODAY), tables())
    again = notice(DUTCH_CONSUMER, request(TODAY, FOURTEEN_DAYS), tables())

    assert due is not None
    assert (due.kind, due.days, due.fee_minor, due.currency) == ("nl-fourteen-days", 14, 15_000, "EUR")
    assert again is None


def test_a_decision_explains_itself() -> None:
    decision = fee(DUTCH_CONSUMER, request(date(2026, 12, 1), FOURTEEN_DAYS))

    assert decision == FeeDecision(15_000, 15_000, "as-the-law-allows", tables().fees["nl-collection-costs"].source)
