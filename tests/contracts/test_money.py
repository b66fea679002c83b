"""Money is whole minor units, with the decimals of its currency."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.library import ItemPosted
from contracts.money import MAX_AMOUNT, exponents, to_decimal, to_minor


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [("12.50", "EUR", 1250), ("1250", "JPY", 1250), ("1.250", "KWD", 1250), ("-0.01", "DKK", -1)],
)
def test_a_decimal_becomes_minor_units_of_its_currency(value: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(value), currency) == minor


@pytest.mark.parametrize(("value", "currency"), [("0.001", "EUR"), ("0.5", "JPY"), ("1.2345", "KWD")])
def test_more_decimals_than_the_currency_has_are_refused(value: str, currency: str) -> None:
    with pytest.raises(ValueError, match="decimals"):
        to_minor(Decimal(value), currency)


@given(st.integers(-MAX_AMOUNT, MAX_AMOUNT), st.sampled_from(sorted(exponents())))
def test_minor_units_survive_the_way_to_decimals_and_back(amount: int, currency: str) -> None:
    assert to_minor(to_decimal(amount, currency), currency) == amount


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": 12.5}, "amount"),
        ({"amount": 12.0}, "amount"),
        ({"amount": "1250"}, "amount"),
        ({"amount": MAX_AMOUNT + 1}, "amount"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"currency": "eur"}, "currency"),
        ({"item_id": ""}, "item_id"),
        ({"item_id": "x" * 65}, "item_id"),
        ({"item_id": "a\u0000b"}, "item_id"),
        ({"party_id": " P1"}, "party_id"),
        ({"item_date": "2026-02-30"}, "item_date"),
        ({"kind": "gift"}, "kind"),
    ],
)
def test_a_posting_that_breaks_its_contract_is_refused_by_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        ItemPosted.model_validate_json(json.dumps(ItemPosted.example | changes))

    assert refusal.value.errors()[0]["loc"] == (field,)


def test_the_largest_amount_is_taken() -> None:
    event = ItemPosted.model_validate_json(json.dumps(ItemPosted.example | {"amount": -MAX_AMOUNT}))

    assert event.amount == -MAX_AMOUNT


def test_facts_tell_postings_apart_and_nothing_else_does() -> None:
    def posted(**changes: object) -> ItemPosted:
        return ItemPosted.model_validate_json(json.dumps(ItemPosted.example | changes))

    assert posted().facts == posted(description="other words", blocked=True).facts
    assert len({posted(amount=1).facts, posted(amount=2).facts, posted(kind="interest").facts}) == 3
