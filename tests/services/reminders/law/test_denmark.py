from datetime import timedelta

import pytest

from services.reminders.law import denmark
from services.reminders.law.claims import EarlierReminder
from services.reminders.law.rules import fee, rule_set_named
from tests.services.reminders.law.asking import TODAY, request, rykker

DANISH_CONSUMER = rule_set_named("dk-consumer", TODAY)


@pytest.mark.parametrize(
    ("earlier", "reason", "amount_minor"),
    [
        ((), "as-the-law-allows", 10_000),
        ((rykker(9),), "too-soon-after-the-last", 0),
        ((rykker(10),), "as-the-law-allows", 10_000),
        ((rykker(30), rykker(20)), "as-the-law-allows", 10_000),
        ((rykker(40), rykker(30), rykker(20)), "no-fee-left", 0),
        ((rykker(40, 0), rykker(30), rykker(20)), "as-the-law-allows", 10_000),
    ],
)
def test_danish_fees_come_at_most_three_times_and_ten_days_apart(
    earlier: tuple[EarlierReminder, ...], reason: str, amount_minor: int
) -> None:
    decision = fee(DANISH_CONSUMER, request(TODAY, *earlier, currency="DKK"))

    assert (decision.reason, decision.amount_minor) == (reason, amount_minor)


@pytest.mark.parametrize(("wanted_minor", "amount_minor"), [(9_999, 9_999), (10_000, 10_000), (10_001, 10_000)])
def test_a_danish_fee_is_at_most_a_hundred_kroner(wanted_minor: int, amount_minor: int) -> None:
    decision = fee(DANISH_CONSUMER, request(TODAY, currency="DKK", wanted_minor=wanted_minor))

    assert decision.amount_minor == amount_minor


@pytest.mark.parametrize(("wanted_minor", "amount_minor"), [(25_000, 25_000), (25_001, 25_000)])
def test_a_danish_municipality_may_ask_two_hundred_and_fifty_kroner_each_time(
    wanted_minor: int, amount_minor: int
) -> None:
    public = rule_set_named("dk-public", TODAY)

    decision = fee(public, request(TODAY, *[rykker(1, 25_000)] * 5, currency="DKK", wanted_minor=wanted_minor))

    assert decision.amount_minor == amount_minor


def test_danish_collection_is_warned_of_ten_days_ahead() -> None:
    warning = denmark.collection_warning(TODAY)

    assert (warning.days, warning.fee_minor, warning.currency) == (10, 10_000, "DKK")
    assert warning.ends == TODAY + timedelta(days=10)
