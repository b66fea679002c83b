from dataclasses import replace
from datetime import date

import pytest

from services.reminders.law import belgium
from services.reminders.law.claims import Channel, EarlierReminder
from services.reminders.law.published_rates import tables
from services.reminders.law.refusals import MissingRate
from services.reminders.law.rules import fee, first_interest_day, notice, rule_set_named
from tests.services.reminders.law.asking import FREE, FREE_BY_MAIL, TODAY, request

BELGIAN_CONSUMER = rule_set_named("be-consumer", TODAY)


@pytest.mark.parametrize(
    ("reminder", "last_day"),
    [
        (FREE_BY_MAIL, date(2026, 11, 16)),
        (FREE, date(2026, 11, 18)),
        (replace(FREE, sent_on=date(2026, 11, 6)), date(2026, 11, 25)),
        (replace(FREE, sent_on=date(2026, 12, 23)), date(2027, 1, 11)),
    ],
    ids=["electronic", "post", "over a weekend and Armistice Day", "over Christmas"],
)
def test_the_belgian_waiting_period_begins_as_the_law_says(reminder: EarlierReminder, last_day: date) -> None:
    assert belgium.term_ends(reminder) == last_day


@pytest.mark.parametrize(
    ("sent_on", "earlier", "reason", "amount_minor"),
    [
        (date(2026, 11, 2), (), "first-reminder-free", 0),
        (date(2026, 11, 18), (FREE,), "term-not-over", 0),
        (date(2026, 11, 19), (FREE,), "as-the-law-allows", 9_000),
        (date(2026, 11, 16), (FREE_BY_MAIL,), "term-not-over", 0),
        (date(2026, 11, 17), (FREE_BY_MAIL,), "as-the-law-allows", 9_000),
    ],
)
def test_a_belgian_first_reminder_is_free_and_its_term_as_well(
    sent_on: date, earlier: tuple[EarlierReminder, ...], reason: str, amount_minor: int
) -> None:
    decision = fee(BELGIAN_CONSUMER, request(sent_on, *earlier))

    assert (decision.reason, decision.amount_minor) == (reason, amount_minor)


@pytest.mark.parametrize(
    ("channel", "kind"), [("letter", "be-first-reminder-post"), ("e-mail", "be-first-reminder-electronic")]
)
def test_a_belgian_first_reminder_names_compensation_and_interest(channel: Channel, kind: str) -> None:
    due = notice(BELGIAN_CONSUMER, replace(request(TODAY), channel=channel), tables())

    assert due is not None
    assert (due.kind, due.days, due.fee_minor, due.rate_basis_points) == (kind, 14, 9_000, 1_050)
    assert notice(BELGIAN_CONSUMER, request(TODAY, FREE), tables()) is None


def test_a_belgian_first_reminder_without_a_known_rate_is_refused() -> None:
    with pytest.raises(MissingRate):
        notice(BELGIAN_CONSUMER, request(date(2027, 1, 1)), tables())


def test_belgian_interest_waits_for_the_term_unless_the_creditor_is_small() -> None:
    due = date(2026, 10, 1)

    assert first_interest_day(BELGIAN_CONSUMER, due, ()) is None
    assert first_interest_day(BELGIAN_CONSUMER, due, (FREE_BY_MAIL,)) == date(2026, 11, 17)
    assert first_interest_day(BELGIAN_CONSUMER, due, (FREE_BY_MAIL,), small_enterprise=True) == date(2026, 11, 3)
    assert first_interest_day(BELGIAN_CONSUMER, date(2026, 12, 1), (FREE_BY_MAIL,)) == date(2026, 12, 2)
