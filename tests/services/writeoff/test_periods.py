"""Periods: sealed when everything in them is booked, and never changed after, whatever is heard of late."""

from typing import Any
from uuid import uuid4

from contracts.operators import AdministrationConfigured
from contracts.writeoff import MatchRequested
from tests.services.writeoff.causes import uncharged
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import configured, granted, posted, rejected, requested, reversed_match
from tests.support.desk import Desk


def with_november_closed(version: int, last_month: int = 12) -> AdministrationConfigured:
    """November 2026 is closed, and what comes after the last month of 2026 is not configured."""
    facts = configured().model_dump(mode="json")
    periods = [one for one in facts["fiscal_periods"] if (one["year"], one["period"]) <= (2026, last_month)]
    for period in periods:
        if (period["year"], period["period"]) == (2026, 11):
            period["open"] = False
    return configured(fiscal_periods=periods, version=version)


async def test_a_period_is_sealed_when_all_in_it_is_booked_and_never_changes_after(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    late = requested({"I5": 50})
    await writeoffs.take(configured(), posted("I5", 50), late)
    asked = (await writeoffs.published("match-requested"))[-1]
    path = "periods/2026/11"
    chief = desk.as_employee("chief", "approver")

    await writeoffs.take(with_november_closed(2))
    early = await desk.read(f"{path}/check")
    refused = await chief.send(f"{path}/seal", {"fingerprint": early["fingerprint"]})
    await writeoffs.take(granted(asked))
    stale = await chief.send(f"{path}/seal", {"fingerprint": early["fingerprint"]})
    check = await desk.read(f"{path}/check")
    sealed = await chief.send(f"{path}/seal", {"fingerprint": check["fingerprint"]})
    again = await writeoffs.take(granted(asked))

    assert early["problems"] == ["1 requests in it are not answered by the ledger yet"]
    assert (refused.status_code, refused.json()["code"]) == (422, "period-not-complete")
    assert (stale.status_code, stale.json()["code"]) == (409, "changed-since-preview")
    assert (check["problems"], sealed.status_code) == ([], 200)
    assert (again.waiting, again.dead) == ([], [])
    assert (await desk.read("audit"))["violations"] == []


async def sealed_november(writeoffs: WriteOffs, desk: Desk, **changes: Any) -> MatchRequested:
    """November is sealed while the ledger settles what somebody else asked of it in November; gives that request."""
    await writeoffs.take(configured(), posted("I1"), requested({"I1": 1250}))
    asked: MatchRequested = (await writeoffs.published("match-requested"))[0]
    await writeoffs.take(rejected(asked), with_november_closed(2, **changes))
    check = await desk.read("periods/2026/11/check")
    sealing = {"fingerprint": check["fingerprint"]}
    sealed = await desk.as_employee("chief", "approver").send("periods/2026/11/seal", sealing)
    assert sealed.status_code == 200, sealed.text
    return asked


async def test_a_match_that_is_heard_of_after_its_period_was_sealed_is_booked_in_the_next_open_one(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    asked = await sealed_november(writeoffs, desk)
    late = granted(asked, match_id=uuid4(), request_id=None)

    await writeoffs.take(late)
    await writeoffs.take(late)

    (line,) = (await desk.read("write-offs"))["items"]
    assert (line["fiscal_year"], line["period"], line["date"]) == (2026, 12, "2026-12-01")
    assert (line["matched_on"], line["amount"]) == (str(late.date), 1250)
    (december, _) = (await desk.read("periods/2026/12/ledger"))["items"]
    assert (december["matched_on"], december["debit"]) == (str(late.date), 1250)
    assert (await desk.read("periods/2026/11/ledger"))["items"] == []
    assert (await desk.read("audit"))["violations"] == []


async def test_a_late_match_waits_to_be_seen_until_a_period_is_open_and_its_open_amount_is_known_at_once(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    asked = await sealed_november(writeoffs, desk, last_month=11)
    late = granted(asked, match_id=uuid4(), request_id=None)

    await writeoffs.take(late)
    waiting = await writeoffs.rows("SELECT topic, refers_to FROM waiting_event")
    (item,) = await writeoffs.rows("SELECT open_amount FROM item")
    await writeoffs.take(with_november_closed(3))
    await writeoffs.sweep()

    assert waiting == [{"topic": "items-matched", "refers_to": "an open period after 2026/11"}]
    assert item == {"open_amount": 0}
    assert await writeoffs.rows("SELECT refers_to FROM waiting_event") == []
    assert await writeoffs.rows("SELECT period, matched_on FROM entry") == [{"period": 12, "matched_on": late.date}]


async def test_a_sealed_period_stays_closed_when_the_configuration_opens_it_again(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    await writeoffs.take(with_november_closed(1), posted("I1"))
    check = await desk.read("periods/2026/11/check")
    await desk.as_employee("chief", "approver").send("periods/2026/11/seal", {"fingerprint": check["fingerprint"]})

    await writeoffs.take(configured(version=2), requested({"I1": 1250}))

    (skipped,) = await writeoffs.rows("SELECT code FROM skipped_line")
    assert skipped["code"] == "closed-period"


async def test_an_open_period_is_not_sealed(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(configured())

    check = await desk.read("periods/2026/11/check")
    (november,) = [p for p in (await desk.read("periods"))["items"] if (p["fiscal_year"], p["period"]) == (2026, 11)]

    assert "is open in the administration's configuration" in check["problems"][0]
    assert (november["is_open"], november["sealed_at"]) == (True, None)


async def test_a_reversal_that_comes_while_its_write_off_waits_is_booked_after_it_with_the_same_rule(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    await writeoffs.take(configured(), posted("I1", checkin_id="C1"), uncharged())
    (asked,) = await writeoffs.published("match-requested")
    await writeoffs.take(rejected(asked), with_november_closed(2, last_month=11))
    sealing = {"fingerprint": (await desk.read("periods/2026/11/check"))["fingerprint"]}
    await desk.as_employee("chief", "approver").send("periods/2026/11/seal", sealing)
    late = granted(asked, match_id=uuid4())
    await writeoffs.take(late)
    await writeoffs.take(with_november_closed(3))

    first = await writeoffs.take(reversed_match(late, uuid4()))
    await writeoffs.sweep()
    await writeoffs.sweep()

    entries = await writeoffs.rows("SELECT origin, rule FROM entry ORDER BY origin DESC")
    assert [(entry["origin"], entry["rule"]) for entry in entries] == [
        ("rule", "checkin-cancelled"),
        ("reversal", "checkin-cancelled"),
    ]
    assert len(first.waiting) == 1
