"""The month's end and the conversion: previewed, run as jobs, repeated, caught up."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from chassis.jobs import JobWorker
from contracts.library import ItemPosted
from contracts.operators import AdministrationConfigured
from services.writeoff.domain.months import add_months, month_end
from services.writeoff.domain.runs import due_month_ends
from services.writeoff.operations.runs import advance_run, queue_month_ends
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import ADMINISTRATION, configured, day, granted, posted, reversed_match
from tests.support.desk import Desk

TODAY = datetime.now(UTC).date()
LAST_MONTH_END = TODAY.replace(day=1) - timedelta(days=1)
PERIOD_START = add_months(LAST_MONTH_END.replace(day=1), -5)


def books(**changes: Any) -> AdministrationConfigured:
    """The administration with two years of open periods around today, and the run at the month's end switched on."""
    first = add_months(TODAY.replace(day=1), -24)
    starts = [add_months(first, number) for number in range(26)]
    periods = [{"year": s.year, "period": s.month, "start": s, "end": month_end(s)} for s in starts]
    rules = [{"rule": "month-end-cancellation", "journal": "A910", "months": 4}]
    return configured(**{"fiscal_periods": periods, "write_off_rules": rules} | changes)


def contribution(item_id: str, item_date: date, **changes: Any) -> ItemPosted:
    facts = {
        "item_date": item_date,
        "status": "invoiced",
        "subscription_id": f"S-{item_id}",
        "period_start": PERIOD_START,
        "period_end": add_months(PERIOD_START, 12) - timedelta(days=1),
    }
    return posted(item_id, 1200, "contribution", **facts | changes)


async def work(writeoffs: WriteOffs) -> None:
    """Do all that is queued."""
    worker = JobWorker(writeoffs.database, {"month-end": advance_run, "conversion": advance_run})
    while await worker.advance_one():
        pass


async def queue(writeoffs: WriteOffs, today: date) -> list[tuple[str, date]]:
    """What the schedule does on a day."""
    async with writeoffs.database.transaction() as connection:
        return await queue_month_ends(connection, datetime.combine(today, time(12), UTC))


async def asked(writeoffs: WriteOffs) -> list[tuple[str, str, int]]:
    requests = await writeoffs.published("match-requested")
    return [(request.journal, line.item_id, line.amount) for request in requests for line in request.lines]


@pytest.mark.requirement("S4.8")
async def test_a910_a911_contributions_open_for_four_months_are_cancelled_at_the_months_end(
    writeoffs: WriteOffs,
) -> None:
    four_months_ago = add_months(LAST_MONTH_END, -4)
    await writeoffs.take(
        books(),
        contribution("C1", four_months_ago),
        contribution("C2", four_months_ago + timedelta(days=1)),
        contribution("C3", four_months_ago, status="open"),
        contribution("C4", four_months_ago, period_start=None, period_end=None),
    )

    first = await queue(writeoffs, LAST_MONTH_END - timedelta(days=9))
    queued = await queue(writeoffs, TODAY)
    await work(writeoffs)

    assert first == []
    assert queued == [(ADMINISTRATION, LAST_MONTH_END)]
    assert await asked(writeoffs) == [("A910", "C1", 600), ("A911", "C1", 600)]
    (told,) = await writeoffs.published("subscription-cancelled")
    assert (told.subscription_id, told.cancelled_on) == ("S-C1", LAST_MONTH_END)
    outcomes = await writeoffs.rows("SELECT item_id, code, rule FROM rule_outcome ORDER BY item_id")
    assert [(row["item_id"], row["code"]) for row in outcomes] == [
        ("C1", "asked"),
        ("C4", "contribution-without-period"),
    ]
    assert {row["rule"] for row in outcomes} == {"month-end-cancellation"}


@pytest.mark.requirement("S4.8")
async def test_the_months_end_is_run_once_however_often_it_is_scheduled_and_its_echo_causes_nothing(
    writeoffs: WriteOffs,
) -> None:
    await writeoffs.take(books(), contribution("C1", add_months(LAST_MONTH_END, -6)))
    await queue(writeoffs, LAST_MONTH_END - timedelta(days=9))
    for _ in range(3):
        await queue(writeoffs, TODAY)
        await work(writeoffs)

    await writeoffs.take(*await writeoffs.published("subscription-cancelled"))

    assert len(await writeoffs.published("match-requested")) == 2
    assert len(await writeoffs.published("subscription-cancelled")) == 1


@pytest.mark.requirement("S4.8")
def test_month_ends_that_a_downtime_left_out_are_caught_up_in_order() -> None:
    today = day("2026-11-22")

    assert list(due_month_ends(day("2026-07-31"), today)) == [
        day("2026-08-31"),
        day("2026-09-30"),
        day("2026-10-31"),
    ]
    assert list(due_month_ends(day("2026-10-30"), today)) == [day("2026-10-31")]
    assert list(due_month_ends(today, day("2026-12-24"))) == [day("2026-11-30")]
    assert list(due_month_ends(day("2026-10-31"), today)) == []
    assert list(due_month_ends(day("2026-10-31"), day("2026-11-30"))) == []
    assert list(due_month_ends(day("2026-10-31"), day("2026-12-01"))) == [day("2026-11-30")]
    assert len(list(due_month_ends(day("2001-01-31"), today))) == 24


@pytest.mark.requirement("S4.8")
async def test_the_months_end_is_previewed_and_confirmed_by_its_fingerprint(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(books(), contribution("C1", add_months(LAST_MONTH_END, -6)))
    command = {"date": str(LAST_MONTH_END)}

    summary = await desk.read("runs/month-end/summary", **command)
    (item,) = (await desk.read("runs/month-end/items", **command))["items"]
    await writeoffs.take(contribution("C2", add_months(LAST_MONTH_END, -6)))
    stale = await desk.send("runs/month-end", command | {"fingerprint": summary["fingerprint"]})
    fresh = await desk.read("runs/month-end/summary", **command)
    begun = await desk.send("runs/month-end", command | {"fingerprint": fresh["fingerprint"]})
    await work(writeoffs)
    job = await desk.read(f"/v1/jobs/{begun.json()['job_id']}")

    assert (summary["items"], summary["totals"]) == (1, {"EUR": 1200})
    assert item["parts"] == [{"journal": "A910", "amount": 600}, {"journal": "A911", "amount": 600}]
    assert (stale.status_code, stale.json()["code"]) == (409, "changed-since-preview")
    assert stale.json()["detail"] == "The run takes 2 items now, of 24.00 EUR."
    assert (job["state"], job["result"]["outcomes"]) == ("done", {"asked": 2})


@pytest.mark.requirement("S4.8")
async def test_a_run_that_failed_is_begun_again_when_what_stopped_it_is_mended(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    closed = [p.model_dump() | {"open": p.end != LAST_MONTH_END} for p in books().fiscal_periods]
    await writeoffs.take(books(), contribution("C1", add_months(LAST_MONTH_END, -6)))
    command = {"date": str(LAST_MONTH_END)}
    summary = await desk.read("runs/month-end/summary", **command)
    command |= {"fingerprint": summary["fingerprint"]}

    first = await desk.send("runs/month-end", command)
    await writeoffs.take(books(version=2, fiscal_periods=closed))
    await work(writeoffs)
    await writeoffs.take(books(version=3))
    second = await desk.send("runs/month-end", command)
    third = await desk.send("runs/month-end", command)
    await work(writeoffs)

    assert await writeoffs.rows("SELECT state, error ->> 'code' AS code FROM job ORDER BY created_at") == [
        {"state": "failed", "code": "closed-period"},
        {"state": "done", "code": None},
    ]
    assert first.json() != second.json() == third.json()
    assert await asked(writeoffs) == [("A910", "C1", 600), ("A911", "C1", 600)]


@pytest.mark.requirement("S4.8")
async def test_what_a_run_took_and_people_took_back_is_left_to_people_by_the_same_run(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    await writeoffs.take(books(), contribution("C1", add_months(LAST_MONTH_END, -6)))
    command = {"date": str(LAST_MONTH_END)}
    summary = await desk.read("runs/month-end/summary", **command)
    await desk.send("runs/month-end", command | {"fingerprint": summary["fingerprint"]})
    await work(writeoffs)
    elapsed, remaining = await writeoffs.published("match-requested")
    match = granted(remaining, version=2)
    await writeoffs.take(granted(elapsed, left=[600]), match)
    await writeoffs.take(reversed_match(match, match.match_id, version=3))

    (item,) = (await desk.read("runs/month-end/items", **command))["items"]
    again = await desk.read("runs/month-end/summary", **command)
    begun = await desk.send("runs/month-end", command | {"fingerprint": again["fingerprint"]})
    await work(writeoffs)

    job = await desk.read(f"/v1/jobs/{begun.json()['job_id']}")
    assert (item["code"], item["parts"], item["open_amount"]) == ("taken-before", [], 600)
    assert job["result"]["outcomes"] == {"taken-before": 1}
    assert len(await writeoffs.published("match-requested")) == 2
    assert [row["code"] for row in await writeoffs.rows("SELECT code FROM rule_outcome")] == ["asked"]


@pytest.mark.parametrize(
    ("run_date", "code"),
    [
        (LAST_MONTH_END - timedelta(days=1), "not-a-months-end"),
        (month_end(TODAY), "not-over-yet"),
        (month_end(add_months(LAST_MONTH_END, -40)), "no-period"),
    ],
)
async def test_a_run_that_cannot_be_booked_is_refused(
    writeoffs: WriteOffs, desk: Desk, run_date: date, code: str
) -> None:
    if run_date == TODAY:
        run_date = month_end(add_months(TODAY, 1))
    await writeoffs.take(books())

    answer = await desk.get("runs/month-end/summary", date=str(run_date))

    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.requirement("S4.10")
async def test_a929_takes_costs_and_a915_contributions_at_a_conversion(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(
        books(),
        posted("I1", 300, "registration", journal="V99"),
        posted("C1", 900, "contribution", journal="V99"),
        posted("I2", 400),
        posted("I3", -50, "payment", journal="V99"),
    )
    command: dict[str, Any] = {"date": str(TODAY), "journal": ["V99"]}

    summary = await desk.read("runs/conversion/summary", **command)
    await desk.send("runs/conversion", command | {"fingerprint": summary["fingerprint"], "note": "From the old system"})
    await work(writeoffs)
    first, second = await writeoffs.published("match-requested")
    await writeoffs.take(granted(first), granted(second))

    assert summary["totals"] == {"EUR": 1200}
    assert sorted(await asked(writeoffs)) == [("A915", "C1", 900), ("A929", "I1", 300)]
    entries = await writeoffs.rows("SELECT journal, rule, note FROM entry ORDER BY journal")
    assert [tuple(entry.values()) for entry in entries] == [
        ("A915", "conversion-contributions", "From the old system"),
        ("A929", "conversion-costs", "From the old system"),
    ]


async def test_the_preview_of_a_run_names_what_its_journal_does_not_take(writeoffs: WriteOffs, desk: Desk) -> None:
    rules = [{"rule": "conversion-costs", "journal": "A915"}]
    await writeoffs.take(
        books(write_off_rules=rules), posted("I1", 300, "registration"), posted("C1", 900, "contribution")
    )

    shown = (await desk.read("runs/conversion/items", date=str(TODAY)))["items"]
    summary = await desk.read("runs/conversion/summary", date=str(TODAY))
    await desk.send("runs/conversion", {"date": str(TODAY), "fingerprint": summary["fingerprint"]})
    await work(writeoffs)

    await writeoffs.take(books(version=2))
    mended = await desk.read("runs/conversion/summary", date=str(TODAY))
    again = await desk.send("runs/conversion", {"date": str(TODAY), "fingerprint": mended["fingerprint"], "note": "2"})
    await work(writeoffs)

    assert again.status_code == 202
    assert {row["item_id"]: row["code"] for row in shown} == {"C1": "ready", "I1": "costs-not-allowed"}
    assert [row["parts"] for row in shown] == [[{"journal": "A915", "amount": 900}], []]
    assert await asked(writeoffs) == [("A915", "C1", 900), ("A929", "I1", 300)]


async def test_a_run_of_many_chunks_goes_on_where_it_was_and_takes_everything_once(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    items = [posted(f"I{number:04}", 100, "registration", party_id=f"P{number % 7}") for number in range(1203)]
    await writeoffs.take(books(), *items)
    summary = await desk.read("runs/conversion/summary", date=str(TODAY))
    begun = await desk.send("runs/conversion", {"date": str(TODAY), "fingerprint": summary["fingerprint"]})

    await work(writeoffs)
    again = await desk.send("runs/conversion", {"date": str(TODAY), "fingerprint": summary["fingerprint"]})
    await work(writeoffs)

    lines = await writeoffs.rows("SELECT count(*) AS lines, count(DISTINCT item_id) AS items FROM request_line")
    assert lines == [{"lines": 1203, "items": 1203}]
    assert begun.json() == again.json()


async def test_a_rule_is_tried_dry_and_explained(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(configured(), posted("I1", 40, "fine", checkin_id="C1"), posted("C1", 900, "contribution"))
    event = {"party_id": "P1", "checkin_id": "C1", "cancelled_on": "2026-11-02"}
    referral = {"party_id": "P1", "dossier_id": "D1", "item_ids": ["C1"], "referred_on": "2026-11-02"}

    tried = await desk.send("rules/dry-run", {"topic": "checkin-cancelled", "data": event})
    refused = await desk.send("rules/dry-run", {"topic": "bailiff-referred", "data": referral})
    invalid = await desk.send("rules/dry-run", {"topic": "checkin-cancelled", "data": {"party_id": "P1"}})
    rules = (await desk.read("rules"))["items"]

    assert (tried.json()["items"][0]["parts"], tried.json()["items"][0]["currency"]) == ({"A990": 40}, "EUR")
    assert refused.json()["items"][0]["code"] == "contribution-not-allowed"
    assert (invalid.status_code, invalid.json()["code"]) == (422, "invalid-event")
    assert {rule["rule"]: rule["journal"] for rule in rules}["material-returned"] == "A930"
    assert not await writeoffs.published("match-requested")
