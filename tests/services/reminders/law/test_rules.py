from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from services.reminders.law.claims import ClaimKind, FeeRequest, Reason
from services.reminders.law.interest import OpenStep
from services.reminders.law.published_rates import Rate, tables
from services.reminders.law.refusals import NoInterestRule, NoRuleSet, WrongCurrency
from services.reminders.law.rule_set import RuleSet
from services.reminders.law.rules import (
    RULE_SETS,
    compensation,
    fee,
    first_interest_day,
    interest,
    rule_set_for,
    rule_set_named,
)
from tests.services.reminders.law.asking import FOURTEEN_DAYS, FREE, TODAY, request, rykker
from tests.services.reminders.law.choices import CHOSEN

DANISH_CONSUMER = rule_set_named("dk-consumer", TODAY)


@pytest.mark.parametrize(("kind", "code"), CHOSEN)
def test_rules_are_chosen_by_country_nature_and_debtor(kind: ClaimKind, code: str) -> None:
    assert rule_set_for(kind, TODAY).code == code


@pytest.mark.parametrize(
    ("kind", "on"),
    [
        (ClaimKind("NL", "public", "consumer"), TODAY),
        (ClaimKind("BE", "public", "consumer"), TODAY),
        (ClaimKind("BE", "contract", "consumer"), date(2023, 8, 31)),
        (ClaimKind("DK", "public", "consumer"), date(2018, 1, 22)),
        (ClaimKind("LU", "contract", "consumer"), TODAY),
        (ClaimKind("US", "contract", "business"), TODAY),
    ],
)
def test_where_no_rules_are_known_the_question_is_refused(kind: ClaimKind, on: date) -> None:
    with pytest.raises(NoRuleSet) as refusal:
        rule_set_for(kind, on)

    assert refusal.value.code == "no-rule-set"
    assert refusal.value.remedy


def test_a_rule_set_holds_from_its_first_day() -> None:
    assert rule_set_named("be-consumer", date(2023, 9, 1)).code == "be-consumer"
    with pytest.raises(NoRuleSet):
        rule_set_named("be-consumer", date(2023, 8, 31))
    with pytest.raises(NoRuleSet):
        rule_set_named("atlantis", TODAY)


@pytest.mark.parametrize("rule_set", RULE_SETS, ids=lambda rule_set: rule_set.code)
def test_every_rule_names_its_source(rule_set: RuleSet) -> None:
    assert len(rule_set.source) > 10
    assert "Source:" in (rule_set.fee.__doc__ or "")
    assert rule_set.notice is None or "Source:" in (rule_set.notice.__doc__ or "")


@pytest.mark.parametrize("code", ["nl-consumer", "nl-business", "dk-consumer", "de-consumer", "be-business"])
def test_elsewhere_interest_begins_on_the_day_after_the_due_date(code: str) -> None:
    assert first_interest_day(rule_set_named(code, TODAY), date(2026, 10, 1), ()) == date(2026, 10, 2)


@pytest.mark.parametrize(
    ("code", "currency", "claims", "expected_minor"),
    [
        ("be-business", "EUR", 3, 12_000),
        ("de-business", "EUR", 1, 4_000),
        ("eu-business", "EUR", 1, 4_000),
        ("dk-business", "DKK", 2, 62_000),
        ("nl-business", "EUR", 1, 0),
        ("dk-consumer", "DKK", 1, 0),
        ("de-consumer", "EUR", 1, 0),
    ],
)
def test_businesses_owe_a_fixed_compensation_for_each_invoice(
    code: str, currency: str, claims: int, expected_minor: int
) -> None:
    asked = replace(request(TODAY, currency=currency), claims=claims)

    assert compensation(rule_set_named(code, TODAY), asked) == expected_minor


def test_german_reminders_cost_what_is_configured_from_the_second_on() -> None:
    german = rule_set_named("de-consumer", TODAY)

    first = fee(german, request(TODAY, wanted_minor=250))
    second = fee(german, request(TODAY, rykker(14), wanted_minor=250))
    unasked = fee(german, request(TODAY, rykker(14)))

    assert (first.amount_minor, first.reason) == (0, "first-reminder-free")
    assert (second.amount_minor, second.cap_minor) == (250, None)
    assert unasked.amount_minor == 0


@pytest.mark.parametrize("rule_set", RULE_SETS, ids=lambda rule_set: rule_set.code)
@pytest.mark.parametrize("principal_minor", [0, -1])
def test_who_owes_nothing_pays_no_fee(rule_set: RuleSet, principal_minor: int) -> None:
    earlier = (FOURTEEN_DAYS, FREE)
    asked = FeeRequest(principal_minor, rule_set.currency, date(2026, 12, 31), "letter", earlier, 99_999)

    decision = fee(rule_set, asked)

    assert decision.amount_minor == 0
    assert decision.reason in get_args(Reason)
    assert compensation(rule_set, asked) == 0


@pytest.mark.parametrize("rule_set", RULE_SETS, ids=lambda rule_set: rule_set.code)
def test_statutory_amounts_are_not_converted(rule_set: RuleSet) -> None:
    with pytest.raises(WrongCurrency):
        fee(rule_set, request(TODAY, currency="GBP"))


@pytest.mark.requirement("S3.16")
@pytest.mark.parametrize(
    ("code", "first", "last", "expected_minor"),
    [
        ("nl-consumer", date(2026, 1, 1), date(2026, 3, 14), 800),
        ("nl-business", date(2026, 6, 30), date(2026, 7, 1), 56),
        ("be-business", date(2026, 1, 1), date(2026, 3, 14), 2_100),
        ("dk-consumer", date(2026, 1, 1), date(2026, 3, 14), 1_950),
        ("dk-public", date(2026, 1, 1), date(2026, 3, 14), 3_000),
        ("de-consumer", date(2026, 7, 1), date(2026, 9, 11), 1_304),
        ("de-business", date(2026, 7, 1), date(2026, 9, 11), 2_104),
    ],
)
def test_statutory_interest_of_a_thousand(code: str, first: date, last: date, expected_minor: int) -> None:
    steps = [OpenStep(date(2025, 12, 1), 100_000)]

    owed = interest(rule_set_named(code, TODAY), steps, first, last, tables())

    assert owed.amount_minor == expected_minor


def test_interest_uses_the_rates_that_an_administration_added() -> None:
    known = tables().with_rates("dk-reference", [Rate(date(2026, 7, 1), date(2026, 12, 31), 200)])
    steps = [OpenStep(date(2026, 7, 1), 36_500)]

    owed = interest(DANISH_CONSUMER, steps, date(2026, 7, 1), date(2026, 7, 10), known)

    assert owed.amount_minor == 100


def test_where_the_law_has_no_rate_interest_is_refused() -> None:
    with pytest.raises(NoInterestRule):
        interest(rule_set_named("eu-business", TODAY), [OpenStep(TODAY, 1)], TODAY, TODAY, tables())
