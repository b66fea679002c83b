"""Credits that lie unmatched are said before a debtor is reminded, and where it is asked, nobody is reminded."""

from typing import Any

import pytest

from tests.services.reminders.conftest import Reminders, asked
from tests.services.reminders.library import SENDER, changed, configured, matched, party, posted, profile
from tests.services.reminders.test_dry_run import foreseen


async def paid_and_not_matched(reminders: Reminders, **configuration: Any) -> None:
    """P1 paid 600.00 that nobody matched, P2 did not pay, P3 has a credit alone, and what P4 paid goes back."""
    await reminders.take(configured(sender=SENDER, **configuration), *(party(f"P{n}") for n in range(1, 5)))
    await reminders.take(
        posted("I1", 70_000, party_id="P1"),
        posted("C1", -60_000, party_id="P1", kind="payment"),
        posted("I2", 1_250, party_id="P2"),
        posted("C3", -500, party_id="P3", kind="payment"),
        posted("I4", 900, party_id="P4"),
        posted("C4", -400, party_id="P4", kind="payment", in_payment_run=True),
    )


UNMATCHED = {"party_id": "P1", "currency": "EUR", "items": 1, "amount": 60_000}


async def test_the_control_list_says_what_credit_of_its_debtors_lies_unmatched(reminders: Reminders) -> None:
    await paid_and_not_matched(reminders)

    summary = await reminders.desk.do("control-list", asked(None, {}))
    other = await reminders.desk.do("control-list", asked({"parties": ["P2"]}, {}))

    assert summary["unmatched_credits"] == {"parties": 1, "totals": {"EUR": 60_000}, "first": [UNMATCHED]}
    assert other["unmatched_credits"] == {"parties": 0, "totals": {}, "first": []}


async def test_what_is_about_to_be_issued_says_so_debtor_by_debtor(reminders: Reminders) -> None:
    await paid_and_not_matched(reminders)
    run = await reminders.make_run()

    debtors = {debtor["party_id"]: debtor["unmatched_credits"] for debtor in await foreseen(reminders, run)}
    await reminders.take(matched({"C1": (60_000, 0), "I1": (-60_000, 10_000)}, party_id="P1"))
    after = {debtor["party_id"]: debtor["unmatched_credits"] for debtor in await foreseen(reminders, run)}

    assert debtors == {"P1": [UNMATCHED], "P2": [], "P4": []}
    assert after == {"P1": [], "P2": [], "P4": []}


@pytest.mark.parametrize(
    ("policies", "dropped"),
    [
        (("warn", None, None), False),
        (("refuse", None, None), True),
        (("warn", "refuse", None), True),
        (("refuse", "warn", None), False),
        (("warn", "warn", "refuse"), True),
        (("refuse", "refuse", "warn"), False),
    ],
)
async def test_a_debtor_is_refused_where_the_administration_the_profile_or_the_run_asks_for_it(
    reminders: Reminders, policies: tuple[str, str | None, str | None], *, dropped: bool
) -> None:
    administration, of_profile, of_run = policies
    changes: dict[str, Any] = {"unmatched_credits": of_profile} if of_profile else {}
    profiles = [profile(**changes)]
    await paid_and_not_matched(reminders, unmatched_credits=administration, reminder_profiles=profiles)
    preferences: dict[str, Any] = {"unmatched_credits": of_run} if of_run else {}
    run = await reminders.make_run(**preferences)

    shown = {debtor["party_id"]: debtor for debtor in await foreseen(reminders, run)}
    issued = await reminders.issue(run)

    codes = {drop["code"] for drop in shown["P1"]["dropped"]}
    assert codes == ({"unmatched-credits"} if dropped else set())
    assert bool(shown["P1"]["reminders"]) is not dropped
    assert shown["P2"]["dropped"] == []
    outcomes = {row["outcome"]: row["items"] for row in issued["outcomes"]}
    assert outcomes.get("unmatched-credits", 0) == int(dropped)


async def test_an_item_that_is_blocked_meanwhile_is_dropped_for_that(reminders: Reminders) -> None:
    await paid_and_not_matched(reminders, unmatched_credits="refuse")
    run = await reminders.make_run()
    await reminders.take(changed("I1", party_id="P1", blocked=True))

    (debtor, *_) = await foreseen(reminders, run)

    assert [drop["code"] for drop in debtor["dropped"]] == ["blocked"]
