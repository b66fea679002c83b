"""What a tolerated difference leaves: an item with all that the last item on its own side carries."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from contracts.library import ItemPosted
from tests.services.matching.books import Ledger
from tests.services.matching.library import TODAY, changed, posted, settlement
from tests.services.matching.offers import BOOKING, executed, proposed
from tests.support.desk import Desk

Way = Callable[[Ledger, Desk], Awaitable[None]]
DETAILS: dict[str, Any] = {
    "voucher": "2026-0825",
    "invoice_number": "F-80",
    "payment_terms_days": 21,
    "payment_method": "transfer",
    "description": "Second invoice",
    "branch": "Zuid",
    "reference": "RF18539007547034",
}


def two_invoices(payment_day: str) -> list[ItemPosted]:
    """100.00 due 10 April and 80.00 due 25 April, against a payment of 179.50 that carries details of its own."""
    return [
        posted("I1", 10000, item_date="2026-03-27", due_date="2026-04-10", invoice_number="F-100", branch="Noord"),
        posted("I2", 8000, item_date="2026-04-04", due_date="2026-04-25", **DETAILS),
        posted("P1", -17950, item_date=payment_day, due_date="2026-05-30", invoice_number="X", branch="Bank"),
    ]


async def at_once(ledger: Ledger, _desk: Desk) -> None:
    await ledger.settle(settlement(method="account-balance", tolerance=50))


async def by_proposal(ledger: Ledger, desk: Desk) -> None:
    path = await proposed(ledger, desk, method="account-balance", tolerance=50)
    await desk.do(f"{path}/marks", {"marked": True})
    await executed(ledger, desk, path)


@pytest.mark.requirement("S1.10")
@pytest.mark.parametrize("way", [at_once, by_proposal])
@pytest.mark.parametrize("payment_day", ["2026-03-01", "2026-03-30", "2026-05-02"])
async def test_what_is_left_of_two_invoices_falls_due_with_the_second_whenever_the_payment_comes(
    ledger: Ledger, desk: Desk, way: Way, payment_day: str
) -> None:
    await ledger.take(*two_invoices(payment_day))

    await way(ledger, desk)

    (left,) = await ledger.published("item-posted")
    assert (left.amount, str(left.due_date)) == (50, "2026-04-25")
    assert left.model_dump(include=set(DETAILS)) == DETAILS
    (aged,) = await ledger.rows("SELECT due_date, branch FROM item WHERE item_id LIKE 'rest-%'")
    assert (str(aged["due_date"]), aged["branch"]) == ("2026-04-25", "Zuid")


@pytest.mark.requirement("S1.10")
@pytest.mark.parametrize("payment_day", ["2026-03-01", "2026-05-02"])
async def test_by_hand_the_second_invoice_itself_stays_open_for_the_rest(
    ledger: Ledger, desk: Desk, payment_day: str
) -> None:
    await ledger.take(*two_invoices(payment_day))

    lines = [
        {"item_id": "P1", "amount": -17950},
        {"item_id": "I1", "amount": 10000},
        {"item_id": "I2", "amount": 8000},
    ]
    await desk.do("parties/P1/matches", {"currency": "EUR", "lines": lines, "booking": BOOKING}, 201)

    assert await ledger.open() == {"I2": 50}


async def test_a_remainder_of_an_item_that_changed_takes_what_holds_now(ledger: Ledger) -> None:
    await ledger.take(*two_invoices("2026-05-02"))
    await ledger.take(changed("I2", due_date="2026-06-30", blocked=True, status="invoiced"))

    await ledger.settle(settlement(method="account-balance", tolerance=50))

    (left,) = await ledger.published("item-posted")
    assert (str(left.due_date), left.blocked, left.status) == ("2026-06-30", True, "invoiced")


async def test_a_remainder_of_a_credit_takes_the_details_of_the_last_credit(ledger: Ledger) -> None:
    await ledger.take(
        posted("I1", 10000, item_date="2026-04-20", due_date="2026-04-30", branch="Noord"),
        posted("C1", -6000, item_date="2026-03-01", due_date="2026-03-02", branch="Bank"),
        posted("C2", -4050, item_date="2026-04-01", due_date="2026-04-03", branch="Kas"),
    )

    await ledger.settle(settlement(method="account-balance", tolerance=50))

    (left,) = await ledger.published("item-posted")
    assert (left.amount, str(left.due_date), left.branch, left.item_date) == (-50, "2026-04-03", "Kas", TODAY)
