"""Oldest first among a few named items is what two pointers say, and what is paired of it too."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain.amounts import settle_against_each_other
from services.matching.domain.ledger import LedgerItem, allocations_of
from tests.services.matching.reference import Posting, settle


def an_item(item_id: str, amount: int, **changes: Any) -> LedgerItem:
    facts: dict[str, Any] = {
        "administration": "a",
        "party_id": "P1",
        "item_id": item_id,
        "currency": "EUR",
        "amount": amount,
        "base_amount": None,
        "open_amount": amount,
        "open_base_amount": None,
        "item_date": date(2026, 1, 1),
        "voucher": "v",
        "kind": "other",
        "journal": "V",
    }
    return LedgerItem(**(facts | changes))


drawn = st.lists(st.tuples(st.integers(-30, 30).filter(bool), st.integers(0, 5)), max_size=30)


@given(drawn)
def test_named_items_settle_each_other_as_two_pointers_do(amounts: list[tuple[int, int]]) -> None:
    items = [
        an_item(f"i{number:02}", amount, item_date=date(2026, 1, 1) + timedelta(days=day))
        for number, (amount, day) in enumerate(amounts)
    ]
    postings = [Posting("P1", "EUR", item.item_date, item.voucher, item.item_id, item.amount) for item in items]

    settled = settle_against_each_other({item.item_id: item.open_amount for item in items}, reversed(items))

    left, pairs = settle(postings)
    assert {item.item_id: item.amount - settled.get(item.item_id, 0) for item in items} == {
        item.item_id: left.get(item.item_id, 0) for item in items
    }
    ordered = sorted(
        (item for item in items if item.item_id in settled), key=lambda item: (item.amount > 0, item.settlement_order)
    )
    found = allocations_of([item.item_id for item in ordered], [-settled[item.item_id] for item in ordered])
    assert [(pair.charge_item_id, pair.credit_item_id, pair.amount) for pair in found] == pairs


@pytest.mark.parametrize(
    ("limits", "settled"),
    [
        ({"I1": 100, "I2": 50, "C1": -120}, {"I1": 100, "I2": 20, "C1": -120}),
        ({"I1": 40, "I2": 50, "C1": -120}, {"I1": 40, "I2": 50, "C1": -90}),
        ({"I1": 100, "I2": 50, "C1": -30}, {"I1": 30, "C1": -30}),
        ({"I1": 0, "I2": 50, "C1": -30}, {"I2": 30, "C1": -30}),
    ],
)
def test_no_item_is_settled_beyond_its_limit(limits: dict[str, int], settled: dict[str, int]) -> None:
    items = [an_item("C1", -120), an_item("I1", 100), an_item("I2", 50)]

    assert settle_against_each_other(limits, items) == settled


def test_items_of_one_side_settle_nothing() -> None:
    items = [an_item("I1", 100), an_item("I2", 50)]

    assert settle_against_each_other({"I1": 100, "I2": 50}, items) == {}
