from typing import Any

import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.library import changed, party, posted, settlement


@pytest.mark.requirement("S3.1")
async def test_a_range_of_parties_is_open_where_a_bound_is_blank(ledger: Ledger) -> None:
    await ledger.take(
        *(
            posted(f"{kind}{n}", amount, party_id=f"P{n}")
            for n in range(5)
            for kind, amount in (("I", 500), ("C", -500))
        )
    )

    await ledger.settle(settlement(criteria={"party_from": "P3"}))
    first = set(await ledger.open())
    await ledger.settle(settlement(criteria={"party_to": "P0"}))

    assert first == {"I0", "C0", "I1", "C1", "I2", "C2"}
    assert set(await ledger.open()) == {"I1", "C1", "I2", "C2"}


@pytest.mark.requirement("S3.2")
async def test_a_range_of_currencies_bounds_a_run(ledger: Ledger) -> None:
    await ledger.take(
        *(
            posted(f"{kind}{currency}", amount, currency=currency)
            for currency in ("DKK", "EUR", "SEK", "USD")
            for kind, amount in (("I", 500), ("C", -500))
        )
    )

    await ledger.settle(settlement(criteria={"currency_from": "EUR", "currency_to": "SEK"}))

    assert set(await ledger.open()) == {"IDKK", "CDKK", "IUSD", "CUSD"}


@pytest.mark.requirement("S3.3")
async def test_a_party_group_bounds_a_run(ledger: Ledger) -> None:
    await ledger.take(party("P1", group="schools"), party("P2", group="adults"))
    await ledger.take(
        *(
            posted(f"{kind}{n}", amount, party_id=f"P{n}")
            for n in (1, 2, 3)
            for kind, amount in (("I", 500), ("C", -500))
        )
    )

    await ledger.settle(settlement(criteria={"party_group": "schools"}))

    assert set(await ledger.open()) == {"I2", "C2", "I3", "C3"}


@pytest.mark.requirement("S1.1")
async def test_a_list_of_parties_bounds_a_run(ledger: Ledger) -> None:
    await ledger.take(
        *(
            posted(f"{kind}{n}", amount, party_id=f"P{n}")
            for n in (1, 2, 3)
            for kind, amount in (("I", 500), ("C", -500))
        )
    )

    await ledger.settle(settlement(criteria={"party_ids": ["P1", "P3"]}))

    assert set(await ledger.open()) == {"I2", "C2"}


@pytest.mark.requirement("S1.2", "S1.3", "S1.4")
@pytest.mark.parametrize(
    ("criteria", "left"),
    [
        ({"voucher_from": "20", "voucher_to": "30"}, {"I1": 100, "I4": 100, "C": -800}),
        ({"voucher_from": "30"}, {"I1": 100, "I2": 100, "C": -800}),
        ({"item_date_from": "2026-02-01", "item_date_to": "2026-03-01"}, {"I1": 100, "I4": 100, "C": -800}),
        ({"item_date_to": "2026-03-01"}, {"I4": 100, "C": -700}),
        ({"due_date_from": "2026-05-01", "due_date_to": "2026-05-01"}, {"I1": 100, "I3": 100, "I4": 100, "C": -900}),
        ({"due_date_to": "2026-05-01"}, {"I1": 100, "I3": 100, "I4": 100, "C": -900}),
        ({"kinds": ["fine", "payment"]}, {"I4": 100, "C": -700}),
    ],
)
async def test_ranges_of_vouchers_dates_and_due_dates_include_their_bounds(
    ledger: Ledger, criteria: dict[str, Any], left: dict[str, int]
) -> None:
    due = "2026-05-01"
    await ledger.take(
        posted("I1", 100, voucher="10", item_date="2026-01-01"),
        posted("I2", 100, voucher="20", item_date="2026-02-01", due_date="2026-05-01"),
        posted("I3", 100, voucher="30", item_date="2026-03-01", due_date="2026-05-02"),
        posted("I4", 100, voucher="40", item_date="2026-04-01", kind="contribution"),
        posted("C", -1000, voucher="25", item_date="2026-02-15", due_date=due),
    )
    if "voucher_from" in criteria and "voucher_to" not in criteria:
        await ledger.take(posted("C2", -200, voucher="90"))
        await ledger.settle(settlement(criteria=criteria))
        assert await ledger.open() == {"I1": 100, "I2": 100, "C": -1000}
        return

    await ledger.settle(settlement(criteria=criteria))

    assert await ledger.open() == left


@pytest.mark.requirement("S1.17")
async def test_items_in_a_payment_run_or_on_a_bank_statement_are_never_taken(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 100, in_payment_run=True), posted("I2", 100), posted("I3", 100), posted("C", -300))
    await ledger.take(changed("I2", on_bank_statement=True))

    await ledger.settle(settlement())
    first = await ledger.open()
    await ledger.take(changed("I2", version=2))
    await ledger.settle(settlement())

    assert first == {"I1": 100, "I2": 100, "C": -200}
    assert await ledger.open() == {"I1": 100, "C": -100}
