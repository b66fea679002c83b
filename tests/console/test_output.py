"""Values as people read them."""

import pytest

from console.output import cell


@pytest.mark.parametrize(("language", "text"), [("nl", "€ 12,50"), ("da", "12,50 €"), ("en", "€12.50")])
def test_the_currency_of_a_total_is_told_once(language: str, text: str) -> None:
    told = cell("totals", [{"currency": "EUR", "amount": 1250}], {}, language)

    assert told.replace("\xa0", " ") == text


def test_totals_of_several_currencies_stand_side_by_side() -> None:
    totals = [{"currency": "EUR", "amount": 1250}, {"currency": "JPY", "amount": 1250}]

    assert cell("totals", totals, {}, "en") == "€12.50, JP¥1,250"


def test_a_currency_without_an_amount_is_told() -> None:
    assert cell("account", {"party_id": "P1", "currency": "EUR"}, {}, "en") == "P1 EUR"
