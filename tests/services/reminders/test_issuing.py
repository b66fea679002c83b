"""Issuing a run: letters, levels, costs and events, exactly once."""

from hashlib import sha256
from uuid import UUID

import pytest

from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import TODAY, changed, configured, matched, party, posted, profile


@pytest.mark.requirement("S2.21", "S2.23")
async def test_issuing_a_run_sends_a_letter_per_debtor_and_says_so(reminders: Reminders) -> None:
    await reminders.take(configured(), party("P1"), party("P2"), posted("I1"), posted("I2", 300), posted("I3", 5, "P2"))
    run = await reminders.make_run()
    assert (run["state"], run["items"], run["parties"]) == ("listed", 3, 2)

    issued = await reminders.issue(run)

    assert (issued["state"], issued["reminders"]) == ("issued", 2)
    events = await reminders.published("reminder-issued")
    assert [(e.party_id, e.level, [i.item_id for i in e.items], e.date) for e in events] == [
        ("P1", 1, ["I1", "I2"], TODAY),
        ("P2", 1, ["I3"], TODAY),
    ]
    stored = await reminders.desk.read(f"documents/{events[0].document.document_id}")
    assert stored.startswith(b"%PDF-")
    assert sha256(stored).hexdigest() == events[0].document.sha256
    debtor = await reminders.desk.read("parties/P1")
    assert (debtor["last_reminded_on"], debtor["level"]) == (str(TODAY), 1)
    assert (await reminders.desk.read("audit"))["violations"] == []


async def test_issuing_the_same_run_again_does_nothing(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())
    run = await reminders.make_run()
    await reminders.issue(run)
    before = await reminders.rows("SELECT * FROM outbox ORDER BY id")

    again = await reminders.issue(run)

    assert again["reminders"] == 1
    assert await reminders.rows("SELECT * FROM outbox ORDER BY id") == before


async def test_a_run_whose_sending_failed_is_taken_up_again_and_says_how_often_it_was_begun_and_by_whom(
    reminders: Reminders,
) -> None:
    await reminders.take(configured(), party(), posted())
    run = await reminders.make_run()
    approved = {"fingerprint": run["fingerprint"]}
    begun = await reminders.desk.do(f"runs/{run['run_id']}/issue", approved, status=202)
    await reminders.rows("UPDATE job SET state = 'failed' WHERE job_id = $1", UUID(begun["job_id"]))

    await reminders.desk.as_employee("h.lund").do(f"runs/{run['run_id']}/issue", approved, status=202)
    await reminders.work()

    issued = await reminders.desk.read(f"runs/{run['run_id']}")
    assert (run["issuings"], run["issued_by"]) == (0, None)
    assert (issued["state"], issued["issuings"], issued["issued_by"]) == ("issued", 2, "h.lund")


async def test_what_was_paid_or_blocked_meanwhile_is_dropped_visibly_and_the_rest_is_sent(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), *(posted(f"I{number}") for number in range(1, 5)))
    run = await reminders.make_run()
    await reminders.take(matched({"I1": (-1250, 0), "I2": (-250, 1000)}), changed("I3", blocked=True, status="open"))

    issued = await reminders.issue(run)

    items = await reminders.desk.read(f"runs/{run['run_id']}/items")
    assert [(item["item_id"], item["outcome"]) for item in items["items"]] == [
        ("I1", "settled"),
        ("I2", "amount-changed"),
        ("I3", "blocked"),
        ("I4", "reminded"),
    ]
    assert {outcome["outcome"]: outcome["items"] for outcome in issued["outcomes"]} == {
        "settled": 1,
        "amount-changed": 1,
        "blocked": 1,
        "reminded": 1,
    }


async def test_a_fee_is_booked_once_under_an_id_that_never_changes(reminders: Reminders) -> None:
    await reminders.take(configured(reminder_profiles=[profile(level_changes={"fee_amount": 750})]), party(), posted())

    await reminders.remind()
    await reminders.echo()
    await reminders.echo()

    (issued,) = await reminders.published("reminder-issued")
    (fee,) = await reminders.published("item-posted")
    assert (fee.kind, fee.amount, fee.journal, fee.reminder_id) == ("reminder-fee", 750, "V10", str(issued.reminder_id))
    assert issued.fee_item_ids == (fee.item_id,)
    assert await reminders.rows("SELECT item_id FROM item WHERE kind = 'reminder-fee'") == [{"item_id": fee.item_id}]


async def test_a_run_that_changed_since_it_was_approved_is_not_issued(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1"), posted("I2"))
    run = await reminders.make_run()
    await reminders.desk.do(f"runs/{run['run_id']}/leave-out", {"party_id": "P1", "item_id": "I2", "note": "Promised"})

    refused = await reminders.desk.do(f"runs/{run['run_id']}/issue", {"fingerprint": run["fingerprint"]}, status=409)

    assert refused["code"] == "run-changed"
    assert await reminders.published("reminder-issued") == []
