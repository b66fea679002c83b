"""A dry run of issuing says beforehand what issuing then does, and changes nothing."""

from typing import Any

import pytest

from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import (
    SENDER,
    changed,
    configured,
    matched,
    party,
    posted,
    profile,
)

CLOSED = [{"year": 2026, "period": 1, "start": "2026-01-01", "end": "2026-12-31", "open": False}]
EVERYTHING = {
    "outbox": "SELECT count(*) FROM outbox",
    "jobs": "SELECT count(*) FROM job",
    "members": "SELECT item_id, left_out_by, outcome, outcome_message FROM run_item ORDER BY 1",
    "items": "SELECT item_id, status, reminder_level, reminded_on FROM item ORDER BY 1",
    "debtors": "SELECT party_id, level FROM party_reminder ORDER BY 1",
    "reminders": "SELECT count(*) FROM reminder",
    "documents": "SELECT count(*) FROM document",
}


async def everything(reminders: Reminders) -> dict[str, Any]:
    """All that issuing changes."""
    rows = {name: await reminders.rows(query) for name, query in EVERYTHING.items()}
    return rows | {"files": [path.name for path in reminders.documents.rglob("*") if path.is_file()]}


async def foreseen(reminders: Reminders, run: dict[str, Any], **parameters: Any) -> list[dict[str, Any]]:
    """The debtors of a dry run, page by page."""
    debtors: list[dict[str, Any]] = []
    while True:
        page = await reminders.desk.read(f"runs/{run['run_id']}/dry-run", **parameters)
        debtors += page["items"]
        if page["next"] is None:
            return debtors
        parameters["cursor"] = page["next"]


async def a_run_with_every_trouble(reminders: Reminders) -> dict[str, Any]:
    """A run of which much cannot be sent by now: each debtor has a trouble of its own, but for the first and last."""
    profiles = [
        profile(),
        profile("costly", party_id="P2", level_changes={"fee_amount": 500}),
        profile("unknown", party_id="P3", level_changes={"fee_rule": "xx-consumer"}),
        profile("belgian", party_id="P4", level_changes={"fee_rule": "be-consumer"}),
        profile("schools", party_id="P5", level_changes={"layout": "schools"}),
    ]
    sender = {**SENDER, "enterprise_number": None}
    await reminders.take(configured(reminder_profiles=profiles, sender=sender, fiscal_periods=CLOSED))
    await reminders.take(*(party(f"P{number}") for number in (1, 2, 3, 4, 5, 9)))
    await reminders.take(
        party("P6", address=None),
        party("P7", channel="e-mail"),
        party("P8", channel="e-mail", email="lotte@example.org"),
        *(posted(f"I{number}", party_id=f"P{number}") for number in range(1, 10)),
        *(posted(f"I1-{number}") for number in range(1, 5)),
    )
    run = await reminders.make_run()
    await reminders.take(changed("I1-1", blocked=True), matched({"I1-2": (-1250, 0), "I1-3": (-250, 1000)}))
    out = {"party_id": "P1", "item_id": "I1-4", "note": "Promised to pay"}
    await reminders.desk.do(f"runs/{run['run_id']}/leave-out", out)
    return dict(await reminders.desk.read(f"runs/{run['run_id']}"))


async def test_a_dry_run_names_each_item_that_issuing_then_drops_and_changes_nothing(reminders: Reminders) -> None:
    run = await a_run_with_every_trouble(reminders)
    before = await everything(reminders)

    debtors = await foreseen(reminders, run)

    assert await everything(reminders) == before
    assert await reminders.desk.read(f"runs/{run['run_id']}") == run
    issued = await reminders.issue(run)
    dropped = (await reminders.desk.read(f"runs/{run['run_id']}/items", show="dropped"))["items"]
    assert {
        (one["party_id"], item["item_id"], item["code"], item["message"]) for one in debtors for item in one["dropped"]
    } == {(item["party_id"], item["item_id"], item["outcome"], item["outcome_message"]) for item in dropped}
    assert {row["outcome"] for row in issued["outcomes"]} == {
        *("reminded", "blocked", "settled", "amount-changed", "closed-period", "no-rule-set", "missing-email"),
        *("missing-enterprise-number", "unknown-layout", "missing-address", "missing-sender-email"),
    }


async def test_a_dry_run_tells_of_each_reminder_what_issuing_then_sends(reminders: Reminders) -> None:
    levels = {"fee_amount": 500, "interest_rule": "contract-3650"}
    await reminders.take(configured(reminder_profiles=[profile(level_changes=levels)]), party("P1"), party("P2"))
    await reminders.take(posted("I1", 10_000), posted("I2", 200), posted("I3", party_id="P2", currency="DKK"))
    run = await reminders.make_run()

    debtors = await foreseen(reminders, run)
    await reminders.issue(run)

    sent = (await reminders.desk.read(f"runs/{run['run_id']}/reminders"))["items"]
    facts = ("level", "channel", "language", "pay_by", "totals", "charges")
    assert [[one[fact] for fact in facts] for debtor in debtors for one in debtor["reminders"]] == [
        [one[fact] for fact in facts] for one in sent
    ]
    assert [[one["items"] for one in debtor["reminders"]] for debtor in debtors] == [[2], [1]]
    assert sent[0]["charges"]["EUR"] > 500


@pytest.mark.parametrize("limit", [1, 2, 8, 9])
async def test_a_dry_run_comes_in_pages_that_leave_nobody_out(reminders: Reminders, limit: int) -> None:
    run = await a_run_with_every_trouble(reminders)

    paged = await foreseen(reminders, run, limit=limit)

    assert [debtor["party_id"] for debtor in paged] == [f"P{number}" for number in range(1, 10)]
    assert paged == await foreseen(reminders, run)


async def test_a_run_that_can_no_longer_be_issued_has_no_dry_run(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())
    issued, undone = await reminders.make_run(), await reminders.make_run()
    await reminders.issue(issued)
    await reminders.desk.do(f"runs/{undone['run_id']}/undo", {})

    for run in (issued, undone):
        refused = await reminders.desk.read(f"runs/{run['run_id']}/dry-run", 409)
        assert refused["code"] == "run-not-open"


async def test_without_an_account_to_pay_to_a_dry_run_is_refused_as_the_issue_is(reminders: Reminders) -> None:
    await reminders.take(configured(sender={**SENDER, "iban": None}), party(), posted())
    run = await reminders.make_run()

    refused = await reminders.desk.read(f"runs/{run['run_id']}/dry-run", 422)

    issue = await reminders.desk.do(f"runs/{run['run_id']}/issue", {"fingerprint": run["fingerprint"]}, status=422)
    assert (refused["code"], refused["detail"]) == (issue["code"], issue["detail"])
