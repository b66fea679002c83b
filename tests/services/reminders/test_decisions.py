"""What is decided of a reminder, without any database."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from contracts.operators import ReminderLevel, ReminderProfile
from services.reminders.domain.costs import ClaimHistory, steps_of
from services.reminders.domain.drafts import PAYMENT_DAYS, pay_by_of
from services.reminders.domain.members import Bundle, Member, bundle
from services.reminders.domain.references import reference_of_item
from services.reminders.law.interest import OpenStep

DAY = date(2026, 3, 2)
OGM = "+++090/9337/55493+++"
CHARGE = Member(
    party_id="P1",
    item_id="I1",
    currency="EUR",
    open_amount=1_000,
    level=1,
    profile=0,
    due_on=DAY,
    kind="fine",
    voucher="V1",
    item_date=DAY,
    description="",
    amount=1_000,
    reference=OGM,
    branch=None,
    reached_level=0,
    reminded_on=None,
    reason=None,
)
CREDIT = replace(CHARGE, item_id="C1", amount=-300, open_amount=-300, level=2, reference=None)


@pytest.mark.parametrize("several", [False, True])
def test_a_debtor_with_credits_only_gets_one_reminder_at_the_highest_of_their_levels(*, several: bool) -> None:
    lower = replace(CREDIT, item_id="C2", level=1)

    assert bundle([lower, CREDIT], several=several) == [Bundle(2, (lower, CREDIT))]


@pytest.mark.parametrize("several", [False, True])
def test_nothing_makes_no_reminder(*, several: bool) -> None:
    assert bundle([], several=several) == []


def test_what_the_ledger_says_is_open_now_is_the_last_step_however_many_there_were() -> None:
    days = [DAY + timedelta(days=number) for number in (1, 2, 3)]
    history = ClaimHistory(settlements=tuple((day, -100) for day in days))

    steps = steps_of(replace(CHARGE, open_amount=650), history)

    assert steps == [OpenStep(DAY, 1_000), OpenStep(days[0], 900), OpenStep(days[1], 800), OpenStep(days[2], 650)]


def test_a_settlement_before_its_item_counts_from_the_items_day() -> None:
    history = ClaimHistory(settlements=((DAY - timedelta(days=5), -100),))

    assert steps_of(replace(CHARGE, open_amount=900), history) == [OpenStep(DAY, 1_000), OpenStep(DAY, 900)]


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ((CHARGE,), OGM),
        ((CREDIT, CHARGE), OGM),
        ((CHARGE, replace(CHARGE, item_id="I2")), None),
        ((CREDIT,), None),
        ((replace(CHARGE, reference="not a reference"),), None),
    ],
)
def test_the_one_charge_of_a_reminder_lends_it_its_reference(members: tuple[Member, ...], text: str | None) -> None:
    reference = reference_of_item(members)

    assert (reference and reference.text) == text


@pytest.mark.parametrize(("level", "days"), [(1, 10), (2, 20), (3, 20)])
def test_the_last_day_to_pay_is_before_the_next_level_may_follow(level: int, days: int) -> None:
    levels = (
        ReminderLevel(level=1, days_after_previous=5),
        ReminderLevel(level=2, days_after_previous=10),
        ReminderLevel(level=3, days_after_previous=20),
    )

    pay_by = pay_by_of(ReminderProfile(profile="standard", levels=levels), level, DAY, None)

    assert pay_by == DAY + timedelta(days=days)


def test_where_the_next_level_follows_at_once_there_are_two_weeks_to_pay() -> None:
    levels = (ReminderLevel(level=1), ReminderLevel(level=2, days_after_previous=0))

    assert pay_by_of(ReminderProfile(profile="standard", levels=levels), 1, DAY, None) == DAY + timedelta(days=14)
    assert PAYMENT_DAYS == 14
