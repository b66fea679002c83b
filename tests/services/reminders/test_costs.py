"""Fees and interest of reminders by law, booked as items."""

import pytest

from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import TODAY, configured, days_ago, matched, party, posted, profile

STATUTORY = {"fee_rule": "statutory", "interest_rule": "statutory"}


@pytest.mark.requirement("S3.16")
async def test_a_belgian_consumer_is_reminded_for_free_first_and_pays_once_the_term_is_over(
    reminders: Reminders,
) -> None:
    levels = {"fee_rule": "statutory", "days_after_previous": 10}
    await reminders.take(configured(reminder_profiles=[profile(level_changes=levels)]), party())
    await reminders.take(posted("I1", 10_000, item_date=days_ago(100), due_date=days_ago(70)))

    await reminders.remind(generation_date=days_ago(60))
    assert await reminders.published("item-posted") == []
    await reminders.remind(generation_date=days_ago(30))
    (fee,) = await reminders.published("item-posted")
    await reminders.remind(generation_date=TODAY)

    assert (fee.kind, fee.amount, fee.due_date > days_ago(30)) == ("reminder-fee", 2_000, True)
    assert await reminders.published("item-posted") == [fee]
    notices = await reminders.rows("SELECT notice FROM reminder ORDER BY generation_date")
    assert [row["notice"] for row in notices] == ["be-first-reminder-post", None, None]


@pytest.mark.requirement("S3.16")
async def test_agreed_interest_is_reckoned_on_what_was_open_each_day_and_never_twice(reminders: Reminders) -> None:
    levels = {"interest_rule": "contract-3650", "days_after_previous": 1}
    await reminders.take(configured(reminder_profiles=[profile(level_changes=levels)]), party())
    await reminders.take(posted("I1", 100_000, due_date=days_ago(20), item_date=days_ago(50)))
    await reminders.take(matched({"I1": (-50_000, 50_000)}, date=days_ago(10)))

    await reminders.remind(generation_date=days_ago(5))
    await reminders.echo()
    await reminders.remind(generation_date=TODAY)

    first, second = await reminders.published("item-posted")
    # 36.5 % of 1,000.00 is 1.00 a day: 9 days in full, then 6 and 5 days on half of it.
    assert (first.kind, first.amount) == ("interest", 9 * 100 + 6 * 50)
    assert (second.kind, second.amount) == ("interest", 5 * 50)
    events = await reminders.published("reminder-issued")
    assert [event.interest_item_ids for event in events] == [(first.item_id,), (second.item_id,)]


@pytest.mark.parametrize(
    ("levels", "code"),
    [
        ({"interest_rule": "contract-much"}, "unknown-interest-rule"),
        ({"fee_rule": "xx-consumer"}, "no-rule-set"),
    ],
)
async def test_a_rule_that_is_not_known_is_named_per_debtor_and_nothing_is_guessed(
    reminders: Reminders, levels: dict[str, str], code: str
) -> None:
    special = profile("special", party_id="P2", level_changes=levels)
    await reminders.take(configured(reminder_profiles=[profile(), special]), party("P1"), party("P2"))
    await reminders.take(posted("I1"), posted("I2", party_id="P2"))

    issued = await reminders.remind()

    assert {row["outcome"]: row["items"] for row in issued["outcomes"]} == {"reminded": 1, code: 1}


async def test_costs_in_a_closed_period_are_refused_per_debtor_and_who_pays_none_is_reminded(
    reminders: Reminders,
) -> None:
    closed = [{"year": 2026, "period": 1, "start": "2026-01-01", "end": "2026-12-31", "open": False}]
    costly = profile("costly", party_id="P2", level_changes={"fee_amount": 500})
    await reminders.take(configured(reminder_profiles=[profile(), costly], fiscal_periods=closed))
    await reminders.take(party("P1"), party("P2"), posted("I1"), posted("I2", party_id="P2"))

    issued = await reminders.remind()

    assert {row["outcome"]: row["items"] for row in issued["outcomes"]} == {"reminded": 1, "closed-period": 1}
    assert await reminders.published("item-posted") == []
