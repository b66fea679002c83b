"""An exchange adjustment looks at what was open at the end of its day, whatever is open by now."""

import json
from typing import Any

import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.library import posted, settlement
from tests.support.desk import Desk

DAY, LATER = "2026-10-31", "2026-11-10"
ON_DAY = {"date": DAY, "journal": "M91"}


async def settle(ledger: Ledger, day: str) -> None:
    job = await ledger.settle(settlement(booking={"date": day, "journal": "M91"}))
    assert json.loads(job["result"])["totals"], "something was settled"


async def valued(ledger: Ledger, desk: Desk, rates: dict[str, str]) -> tuple[list[int], list[dict[str, Any]]]:
    """The differences that are booked on the day, and the accounts that could not be valued."""
    run = await desk.do("revaluation-runs", {"booking": ON_DAY, "rates": rates}, 202)
    job = await ledger.finish(run["job_id"])
    assert job["state"] == "done", job["error"]
    entries = (await desk.read(f"reports/revaluations/{run['job_id']}"))["items"]
    left = json.loads(job["result"])["left_alone"]
    return [entry["difference"] for entry in entries if entry["booked_on"] == DAY], left


@pytest.mark.requirement("S3.19")
async def test_a_currency_that_was_open_then_is_valued_though_nothing_is_open_now(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(
        posted("I1", 10_000, currency="USD", base_amount=9_000),
        posted("C1", -10_000, currency="USD", base_amount=-9_100, item_date="2026-11-05"),
    )
    await settle(ledger, LATER)

    refused = await desk.do("revaluation-runs", {"booking": ON_DAY, "rates": {}}, 422)
    differences, _ = await valued(ledger, desk, {"USD": "0.95"})

    assert await ledger.open() == {}
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("unknown-rate", "/rates/USD")
    assert differences == [500]


@pytest.mark.requirement("S3.19")
async def test_a_currency_that_was_not_open_then_needs_no_rate(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(
        posted("I1", 10_000, currency="USD", base_amount=9_000, item_date="2026-11-05"),
        posted("I2", 5_000, currency="GBP", base_amount=6_000),
        posted("C2", -5_000, currency="GBP", base_amount=-6_000),
    )
    await settle(ledger, "2026-10-15")

    differences, left = await valued(ledger, desk, {})

    assert (differences, left) == ([], [])


@pytest.mark.requirement("S3.19")
async def test_accounts_of_unknown_worth_are_those_of_the_day(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(
        posted("I1", 10_000, currency="USD"),
        posted("C1", -10_000, currency="USD"),
        posted("I2", 700, currency="USD", party_id="P2"),
        posted("I3", 700, currency="USD", party_id="P3", item_date=LATER),
    )
    await settle(ledger, LATER)

    _, left = await valued(ledger, desk, {"USD": "0.95"})

    assert [(found["party_id"], found["item_ids"]) for found in left] == [("P1", ["C1", "I1"]), ("P2", ["I2"])]


@pytest.mark.requirement("S3.19")
async def test_what_was_settled_whole_has_no_worth_left_though_its_match_did_not_say_any(
    ledger: Ledger, desk: Desk
) -> None:
    await ledger.take(
        posted("I1", 10_000, currency="USD", base_amount=9_000),
        posted("C1", -4_000, currency="USD"),
        posted("I2", 300, currency="USD", base_amount=270, party_id="P2"),
        posted("C2", -300, currency="USD", party_id="P2"),
    )
    await settle(ledger, "2026-10-15")

    differences, _ = await valued(ledger, desk, {"USD": "0.95"})

    assert differences == [6_000 * 95 // 100 - 5_400]
