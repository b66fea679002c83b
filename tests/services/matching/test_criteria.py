from typing import Any

import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.library import changed, party, posted, settlement
from tests.services.matching.offers import proposed
from tests.support.desk import Desk


@pytest.mark.requirement("S1.1", "S3.1")
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
@pytest.mark.parametrize(
    ("criteria", "left"),
    [
        ({"currency_from": "EUR", "currency_to": "SEK"}, {"DKK", "USD"}),
        ({"currency_from": "SEK"}, {"DKK", "EUR"}),
        ({"currency_to": "EUR"}, {"SEK", "USD"}),
        ({"currency_from": "EUR", "currency_to": "EUR"}, {"DKK", "SEK", "USD"}),
    ],
)
async def test_a_range_of_currencies_bounds_a_run(ledger: Ledger, criteria: dict[str, str], left: set[str]) -> None:
    await ledger.take(
        *(
            posted(f"{kind}{currency}", amount, currency=currency)
            for currency in ("DKK", "EUR", "SEK", "USD")
            for kind, amount in (("I", 500), ("C", -500))
        )
    )

    await ledger.settle(settlement(criteria=criteria, booking={"date": "2026-11-22", "journal": "M91"}))

    assert set(await ledger.open()) == {f"{kind}{currency}" for currency in left for kind in "IC"}


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

    await ledger.settle(settlement(criteria={"party_ids": ["P1"]}))
    first = set(await ledger.open())
    await ledger.settle(settlement(criteria={"party_ids": ["P1", "P3"]}))

    assert first == {"I2", "C2", "I3", "C3"}
    assert set(await ledger.open()) == {"I2", "C2"}


async def three_pairs(ledger: Ledger) -> None:
    """Pairs of 100, 200 and 300, each with vouchers, posting dates and due dates that rise with it."""
    for n in (1, 2, 3):
        facts = {"voucher": f"{n}0", "item_date": f"2026-0{n}-15", "due_date": f"2026-0{n + 3}-01"}
        await ledger.take(posted(f"I{n}", n * 100, **facts), posted(f"C{n}", -n * 100, **facts))


async def matched(ledger: Ledger, criteria: dict[str, Any]) -> set[int]:
    """Which of the three pairs a run within the criteria matches."""
    await three_pairs(ledger)
    await ledger.settle(settlement(method="opposite-items", criteria=criteria))
    left = await ledger.open()
    return {n for n in (1, 2, 3) if f"I{n}" not in left and f"C{n}" not in left}


RANGES = pytest.mark.parametrize(
    ("low", "high", "numbers"),
    [(2, 3, {2, 3}), (2, 2, {2}), (2, None, {2, 3}), (None, 2, {1, 2}), (None, None, {1, 2, 3})],
    ids=["both bounds", "one value", "open above", "open below", "open"],
)
"""Which bounds are given, by pair, and which pairs lie within: a bound belongs to its range."""


def bounds(name: str, values: dict[int, str], low: int | None, high: int | None) -> dict[str, Any]:
    given = {f"{name}_from": low, f"{name}_to": high}
    return {field: values[number] for field, number in given.items() if number is not None}


@pytest.mark.requirement("S1.2")
@RANGES
async def test_a_range_of_vouchers_bounds_a_run(
    ledger: Ledger, low: int | None, high: int | None, numbers: set[int]
) -> None:
    criteria = bounds("voucher", {1: "10", 2: "20", 3: "30"}, low, high)

    assert await matched(ledger, criteria) == numbers


@pytest.mark.requirement("S1.3")
@RANGES
async def test_a_range_of_posting_dates_bounds_a_run(
    ledger: Ledger, low: int | None, high: int | None, numbers: set[int]
) -> None:
    criteria = bounds("item_date", {n: f"2026-0{n}-15" for n in (1, 2, 3)}, low, high)

    assert await matched(ledger, criteria) == numbers


@pytest.mark.requirement("S1.4")
@RANGES
async def test_a_range_of_due_dates_bounds_a_run(
    ledger: Ledger, low: int | None, high: int | None, numbers: set[int]
) -> None:
    criteria = bounds("due_date", {n: f"2026-0{n + 3}-01" for n in (1, 2, 3)}, low, high)

    assert await matched(ledger, criteria) == numbers


@pytest.mark.requirement("S1.4")
async def test_a_due_date_that_was_changed_is_the_one_that_counts_and_none_lies_in_no_range(ledger: Ledger) -> None:
    await three_pairs(ledger)
    await ledger.take(posted("I4", 400), posted("C4", -400))
    await ledger.take(*(changed(name, due_date="2026-12-01") for name in ("I1", "C1")))

    await ledger.settle(settlement(method="opposite-items", criteria={"due_date_from": "2026-06-01"}))

    assert set(await ledger.open()) == {"I2", "C2", "I4", "C4"}


async def test_kinds_of_items_bound_a_run(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 100), posted("I2", 100, kind="contribution"), posted("C", -300))

    await ledger.settle(settlement(criteria={"kinds": ["fine", "payment"]}))

    assert await ledger.open() == {"I2": 100, "C": -200}


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


@pytest.mark.requirement("S1.17")
@pytest.mark.parametrize("method", ["oldest-first", "account-balance", "opposite-items", "credit-notes", "reference"])
@pytest.mark.parametrize("held", ["in_payment_run", "on_bank_statement"])
async def test_no_method_takes_or_shows_what_is_held_elsewhere(
    ledger: Ledger, desk: Desk, method: str, held: str
) -> None:
    await ledger.take(posted("I1", 100, invoice_number="F77"), posted("C1", -100, reference="F77"))
    await ledger.take(changed("C1", **{held: True}))

    await ledger.settle(settlement(method=method))
    path = await proposed(ledger, desk, method=method)

    assert await ledger.open() == {"I1": 100, "C1": -100}
    assert (await desk.read(path))["totals"] == []
