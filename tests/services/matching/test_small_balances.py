"""What is small: a rest of something larger, never a payment or a match that is missing."""

import json
from typing import Any

import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.library import configured, posted, requested
from tests.services.matching.offers import BOOKING
from tests.support.desk import Desk

pytestmark = pytest.mark.requirement("S3.18")


async def cleared(ledger: Ledger, desk: Desk, **form: Any) -> dict[str, Any]:
    """A run of small balances to its end; gives its result."""
    run = await desk.do("small-balance-runs", {"booking": BOOKING, **form}, 202)
    return dict(json.loads((await ledger.finish(run["job_id"]))["result"]))


async def paid(ledger: Ledger, amount: int, party_id: str = "P1") -> None:
    """A payment C1 that settles a part of I1."""
    await ledger.take(posted("C1", -amount, party_id=party_id))
    lines = [{"item_id": "I1", "amount": amount}, {"item_id": "C1", "amount": -amount}]
    await ledger.take(requested(method="manual", journal="M90", contra=None, party_id=party_id, lines=lines))


async def unpaid_and_unmatched(ledger: Ledger) -> None:
    """1.00 of 5,000.00 was paid by one party; of another 5,000.00 and 4,999.00 were never brought together."""
    await ledger.take(
        posted("I1", 500_000, party_id="P1"),
        posted("I2", 500_000, party_id="P2"),
        posted("C2", -499_900, party_id="P2"),
    )
    await paid(ledger, 100)


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("limit", [100, 1_000, 500_000])
@pytest.mark.parametrize("per", ["party", "item"])
async def test_five_thousand_against_4999_is_a_missing_payment(
    ledger: Ledger, desk: Desk, per: str, limit: int, *, dry_run: bool
) -> None:
    await unpaid_and_unmatched(ledger)
    before = await ledger.open()

    result = await cleared(ledger, desk, limit=limit, per=per, dry_run=dry_run)

    assert await ledger.open() == before == {"I1": 499_900, "I2": 500_000, "C2": -499_900}
    assert (result["matches"], result["open_share_percent"], result["posted_up_to"]) == (0, 10, 1_000)
    within = {("P1", "party"): limit == 500_000, ("P2", "party"): True}
    within |= {("P1", "item"): limit == 500_000, ("P2", "item"): limit == 500_000}
    told = [(finding["party_id"], finding["code"]) for finding in result["left_alone"]]
    assert told == [(name, "too-much-open") for name in ("P1", "P2") if within[name, per]]


@pytest.mark.parametrize(("open_amount", "left"), [(1_000, {}), (1_001, {"I1": 1_001})])
@pytest.mark.parametrize("per", ["party", "item"])
async def test_a_rest_of_at_most_a_tenth_is_small(
    ledger: Ledger, desk: Desk, per: str, open_amount: int, left: dict[str, int]
) -> None:
    await ledger.take(posted("I1", 10_000))
    await paid(ledger, 10_000 - open_amount)

    await cleared(ledger, desk, limit=5_000, per=per)

    assert await ledger.open() == left


@pytest.mark.parametrize(("amount", "left"), [(1_000, {}), (1_001, {"I1": 1_001})])
async def test_what_was_posted_as_a_small_amount_is_small_though_nothing_was_paid(
    ledger: Ledger, desk: Desk, amount: int, left: dict[str, int]
) -> None:
    await ledger.take(posted("I1", amount))

    await cleared(ledger, desk, limit=5_000)

    assert await ledger.open() == left


async def test_what_is_small_is_configured_and_a_run_may_say_otherwise(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(configured(version=2, small_balances={"open_share_percent": 40, "posted_up_to": 0}))
    await ledger.take(posted("SMALL", 50), posted("I1", 10_000, party_id="P2"))
    await paid(ledger, 6_000, "P2")

    stricter = await cleared(ledger, desk, limit=5_000, open_share_percent=39, dry_run=True)
    looser = await cleared(ledger, desk, limit=5_000, posted_up_to=50, dry_run=True)
    configured_so = await cleared(ledger, desk, limit=5_000)

    assert (stricter["matches"], stricter["left_alone_total"]) == (0, 2)
    assert (looser["matches"], looser["open_share_percent"], looser["posted_up_to"]) == (2, 40, 50)
    assert (configured_so["matches"], configured_so["open_share_percent"], configured_so["posted_up_to"]) == (1, 40, 0)
    assert await ledger.open() == {"SMALL": 50}


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("field", ["open_share_percent", "posted_up_to"])
@pytest.mark.parametrize("value", [-1, 10**18])
async def test_caps_that_cannot_be_meant_are_refused(desk: Desk, field: str, value: int) -> None:
    refused = await desk.do("small-balance-runs", {"booking": BOOKING, "limit": 5, field: value}, 422)

    assert refused["errors"][0]["pointer"].endswith(field)
