from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reminders.law import belgium, denmark, netherlands
from services.reminders.law.claims import (
    Channel,
    ClaimKind,
    EarlierReminder,
    FeeDecision,
    FeeRequest,
    Reason,
)
from services.reminders.law.interest import Step
from services.reminders.law.refusals import MissingRate, NoInterestRule, NoRuleSet, WrongCurrency
from services.reminders.law.rules import (
    RULE_SETS,
    compensation,
    fee,
    first_interest_day,
    interest,
    notice,
    rule_set_for,
    rule_set_named,
)
from services.reminders.law.tables import Rate, tables
from services.reminders.law.workdays import delivered_on, holidays, nth_working_day_after

TODAY = date(2026, 11, 22)
DUTCH_CONSUMER = rule_set_named("nl-consumer", TODAY)
BELGIAN_CONSUMER = rule_set_named("be-consumer", TODAY)
DANISH_CONSUMER = rule_set_named("dk-consumer", TODAY)


def request(
    sent_on: date,
    *earlier: EarlierReminder,
    currency: str = "EUR",
    principal_minor: int = 100_000,
    wanted_minor: int | None = None,
) -> FeeRequest:
    return FeeRequest(principal_minor, currency, sent_on, "letter", earlier, wanted_minor)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ClaimKind("NL", "contract", "consumer"), "nl-consumer"),
        (ClaimKind("NL", "contract", "business"), "nl-business"),
        (ClaimKind("NL", "contract", "public"), "nl-business"),
        (ClaimKind("BE", "contract", "consumer"), "be-consumer"),
        (ClaimKind("BE", "contract", "business"), "be-business"),
        (ClaimKind("DK", "contract", "consumer"), "dk-consumer"),
        (ClaimKind("DK", "contract", "business"), "dk-business"),
        (ClaimKind("DK", "public", "consumer"), "dk-public"),
        (ClaimKind("DK", "public", "business"), "dk-public"),
        (ClaimKind("DE", "contract", "consumer"), "de-consumer"),
        (ClaimKind("DE", "contract", "public"), "de-business"),
        (ClaimKind("LU", "contract", "business"), "eu-business"),
    ],
)
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
def test_every_rule_names_its_source(rule_set: object) -> None:
    found = next(candidate for candidate in RULE_SETS if candidate is rule_set)

    assert len(found.source) > 10
    assert "Source:" in (found.fee.__doc__ or "")
    assert found.notice is None or "Source:" in (found.notice.__doc__ or "")


FOURTEEN_DAYS = EarlierReminder(date(2026, 11, 2), "letter", notice="nl-fourteen-days")


@pytest.mark.parametrize(
    ("posted", "delivered"),
    [
        (date(2026, 11, 2), date(2026, 11, 4)),
        (date(2026, 11, 3), date(2026, 11, 5)),
        (date(2026, 11, 4), date(2026, 11, 6)),
        (date(2026, 11, 5), date(2026, 11, 7)),
        (date(2026, 11, 6), date(2026, 11, 10)),
        (date(2026, 11, 7), date(2026, 11, 11)),
        (date(2026, 12, 24), date(2026, 12, 30)),
    ],
)
def test_a_dutch_letter_is_delivered_on_the_second_day_of_delivery(posted: date, delivered: date) -> None:
    assert delivered_on("NL", posted) == delivered


@pytest.mark.parametrize(
    ("sent_on", "earlier", "reason", "amount_minor"),
    [
        (date(2026, 11, 22), (), "no-notice-yet", 0),
        (date(2026, 11, 22), (EarlierReminder(date(2026, 1, 1), "letter"),), "no-notice-yet", 0),
        (date(2026, 11, 18), (FOURTEEN_DAYS,), "term-not-over", 0),
        (date(2026, 11, 19), (FOURTEEN_DAYS,), "as-the-law-allows", 15_000),
        (date(2026, 11, 16), (replace(FOURTEEN_DAYS, channel="e-mail"),), "term-not-over", 0),
        (date(2026, 11, 17), (replace(FOURTEEN_DAYS, channel="e-mail"),), "as-the-law-allows", 15_000),
    ],
)
def test_a_dutch_consumer_pays_costs_only_after_fourteen_days(
    sent_on: date, earlier: tuple[EarlierReminder, ...], reason: str, amount_minor: int
) -> None:
    decision = fee(DUTCH_CONSUMER, request(sent_on, *earlier))

    assert (decision.reason, decision.amount_minor) == (reason, amount_minor)


def test_a_dutch_business_pays_costs_at_once() -> None:
    decision = fee(rule_set_named("nl-business", TODAY), request(TODAY))

    assert decision.amount_minor == 15_000


def test_dutch_costs_are_owed_once_in_all() -> None:
    paid_part = EarlierReminder(date(2026, 11, 20), "letter", fee_minor=4_000)

    decision = fee(DUTCH_CONSUMER, request(date(2026, 12, 20), FOURTEEN_DAYS, paid_part))
    spent = fee(DUTCH_CONSUMER, request(date(2026, 12, 20), FOURTEEN_DAYS, replace(paid_part, fee_minor=15_000)))

    assert decision.amount_minor == 11_000
    assert (spent.amount_minor, spent.reason) == (0, "no-fee-left")


@given(
    principal=st.integers(-1_000, 10**9),
    fees=st.lists(st.integers(0, 10**6), max_size=4),
    wanted=st.none() | st.integers(0, 10**7),
)
def test_all_fees_together_never_exceed_the_scale(principal: int, fees: list[int], wanted: int | None) -> None:
    earlier = [EarlierReminder(date(2026, 10, 1), "letter", fee_minor=amount) for amount in fees]
    asked = request(TODAY, FOURTEEN_DAYS, *earlier, principal_minor=principal, wanted_minor=wanted)

    decision = fee(DUTCH_CONSUMER, replace(asked, sent_on=date(2026, 12, 31)))

    assert decision.amount_minor >= 0
    assert decision.amount_minor == 0 or sum(fees) + decision.amount_minor <= netherlands.collection_costs(principal)
    assert wanted is None or decision.amount_minor <= wanted


def test_the_profile_may_ask_less_than_the_law_allows_but_not_more() -> None:
    less = fee(DUTCH_CONSUMER, request(date(2026, 12, 1), FOURTEEN_DAYS, wanted_minor=500))
    more = fee(DUTCH_CONSUMER, request(date(2026, 12, 1), FOURTEEN_DAYS, wanted_minor=99_999))

    assert (less.amount_minor, less.cap_minor, less.reason) == (500, 15_000, "as-configured")
    assert (more.amount_minor, more.reason) == (15_000, "as-the-law-allows")


def test_the_fourteen_day_letter_names_the_costs_and_is_sent_once() -> None:
    due = notice(DUTCH_CONSUMER, request(TODAY), tables())
    again = notice(DUTCH_CONSUMER, request(TODAY, FOURTEEN_DAYS), tables())

    assert due is not None
    assert (due.kind, due.days, due.fee_minor, due.currency) == ("nl-fourteen-days", 14, 15_000, "EUR")
    assert again is None


FREE = EarlierReminder(date(2026, 11, 2), "letter", notice="be-first-reminder-post")
FREE_BY_MAIL = replace(FREE, channel="e-mail")


@pytest.mark.parametrize(
    ("reminder", "last_day"),
    [
        (FREE_BY_MAIL, date(2026, 11, 16)),
        (FREE, date(2026, 11, 18)),
        (replace(FREE, sent_on=date(2026, 11, 6)), date(2026, 11, 25)),
        (replace(FREE, sent_on=date(2026, 12, 23)), date(2027, 1, 11)),
    ],
    ids=["electronic", "post", "over a weekend and Armistice Day", "over Christmas"],
)
def test_the_belgian_waiting_period_begins_as_the_law_says(reminder: EarlierReminder, last_day: date) -> None:
    assert belgium.term_ends(reminder) == last_day


@pytest.mark.parametrize(
    ("sent_on", "earlier", "reason", "amount_minor"),
    [
        (date(2026, 11, 2), (), "first-reminder-free", 0),
        (date(2026, 11, 18), (FREE,), "term-not-over", 0),
        (date(2026, 11, 19), (FREE,), "as-the-law-allows", 9_000),
        (date(2026, 11, 16), (FREE_BY_MAIL,), "term-not-over", 0),
        (date(2026, 11, 17), (FREE_BY_MAIL,), "as-the-law-allows", 9_000),
    ],
)
def test_a_belgian_first_reminder_is_free_and_its_term_as_well(
    sent_on: date, earlier: tuple[EarlierReminder, ...], reason: str, amount_minor: int
) -> None:
    decision = fee(BELGIAN_CONSUMER, request(sent_on, *earlier))

    assert (decision.reason, decision.amount_minor) == (reason, amount_minor)


@pytest.mark.parametrize(
    ("channel", "kind"), [("letter", "be-first-reminder-post"), ("e-mail", "be-first-reminder-electronic")]
)
def test_a_belgian_first_reminder_names_compensation_and_interest(channel: Channel, kind: str) -> None:
    due = notice(BELGIAN_CONSUMER, replace(request(TODAY), channel=channel), tables())

    assert due is not None
    assert (due.kind, due.days, due.fee_minor, due.rate_basis_points) == (kind, 14, 9_000, 1_050)
    assert notice(BELGIAN_CONSUMER, request(TODAY, FREE), tables()) is None


def test_a_belgian_first_reminder_without_a_known_rate_is_refused() -> None:
    with pytest.raises(MissingRate):
        notice(BELGIAN_CONSUMER, request(date(2027, 1, 1)), tables())


def test_belgian_interest_waits_for_the_term_unless_the_creditor_is_small() -> None:
    due = date(2026, 10, 1)

    assert first_interest_day(BELGIAN_CONSUMER, due, ()) is None
    assert first_interest_day(BELGIAN_CONSUMER, due, (FREE_BY_MAIL,)) == date(2026, 11, 17)
    assert first_interest_day(BELGIAN_CONSUMER, due, (FREE_BY_MAIL,), small_enterprise=True) == date(2026, 11, 3)
    assert first_interest_day(BELGIAN_CONSUMER, date(2026, 12, 1), (FREE_BY_MAIL,)) == date(2026, 12, 2)


@pytest.mark.parametrize("code", ["nl-consumer", "nl-business", "dk-consumer", "de-consumer", "be-business"])
def test_elsewhere_interest_begins_on_the_day_after_the_due_date(code: str) -> None:
    assert first_interest_day(rule_set_named(code, TODAY), date(2026, 10, 1), ()) == date(2026, 10, 2)


def rykker(days_ago: int, fee_minor: int = 10_000) -> EarlierReminder:
    return EarlierReminder(TODAY - timedelta(days=days_ago), "letter", fee_minor)


@pytest.mark.parametrize(
    ("earlier", "reason", "amount_minor"),
    [
        ((), "as-the-law-allows", 10_000),
        ((rykker(9),), "too-soon-after-the-last", 0),
        ((rykker(10),), "as-the-law-allows", 10_000),
        ((rykker(30), rykker(20)), "as-the-law-allows", 10_000),
        ((rykker(40), rykker(30), rykker(20)), "no-fee-left", 0),
        ((rykker(40, 0), rykker(30), rykker(20)), "as-the-law-allows", 10_000),
    ],
)
def test_danish_fees_come_at_most_three_times_and_ten_days_apart(
    earlier: tuple[EarlierReminder, ...], reason: str, amount_minor: int
) -> None:
    decision = fee(DANISH_CONSUMER, request(TODAY, *earlier, currency="DKK"))

    assert (decision.reason, decision.amount_minor) == (reason, amount_minor)


@pytest.mark.parametrize(("wanted_minor", "amount_minor"), [(9_999, 9_999), (10_000, 10_000), (10_001, 10_000)])
def test_a_danish_fee_is_at_most_a_hundred_kroner(wanted_minor: int, amount_minor: int) -> None:
    decision = fee(DANISH_CONSUMER, request(TODAY, currency="DKK", wanted_minor=wanted_minor))

    assert decision.amount_minor == amount_minor


@pytest.mark.parametrize(("wanted_minor", "amount_minor"), [(25_000, 25_000), (25_001, 25_000)])
def test_a_danish_municipality_may_ask_two_hundred_and_fifty_kroner_each_time(
    wanted_minor: int, amount_minor: int
) -> None:
    public = rule_set_named("dk-public", TODAY)

    decision = fee(public, request(TODAY, *[rykker(1, 25_000)] * 5, currency="DKK", wanted_minor=wanted_minor))

    assert decision.amount_minor == amount_minor


def test_danish_collection_is_warned_of_ten_days_ahead() -> None:
    warning = denmark.collection_warning()

    assert (warning.days, warning.fee_minor, warning.currency) == (10, 10_000, "DKK")


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
def test_who_owes_nothing_pays_no_fee(rule_set: object, principal_minor: int) -> None:
    found = next(candidate for candidate in RULE_SETS if candidate is rule_set)
    earlier = (FOURTEEN_DAYS, FREE)
    asked = FeeRequest(principal_minor, found.currency, date(2026, 12, 31), "letter", earlier, 99_999)

    decision = fee(found, asked)

    assert decision.amount_minor == 0
    assert decision.reason in get_args(Reason)
    assert compensation(found, asked) == 0


@pytest.mark.parametrize("rule_set", RULE_SETS, ids=lambda rule_set: rule_set.code)
def test_statutory_amounts_are_not_converted(rule_set: object) -> None:
    found = next(candidate for candidate in RULE_SETS if candidate is rule_set)

    with pytest.raises(WrongCurrency):
        fee(found, request(TODAY, currency="GBP"))


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
    steps = [Step(date(2025, 12, 1), 100_000)]

    owed = interest(rule_set_named(code, TODAY), steps, first, last, tables())

    assert owed.amount_minor == expected_minor


def test_interest_uses_the_rates_that_an_administration_added() -> None:
    known = tables().with_rates("dk-reference", [Rate(date(2026, 7, 1), date(2026, 12, 31), 200)])
    steps = [Step(date(2026, 7, 1), 36_500)]

    owed = interest(DANISH_CONSUMER, steps, date(2026, 7, 1), date(2026, 7, 10), known)

    assert owed.amount_minor == 100


def test_where_the_law_has_no_rate_interest_is_refused() -> None:
    with pytest.raises(NoInterestRule):
        interest(rule_set_named("eu-business", TODAY), [Step(TODAY, 1)], TODAY, TODAY, tables())


def test_holidays_are_those_of_the_law() -> None:
    assert sorted(holidays("BE", 2026)) == [
        date(2026, 1, 1),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 5, 14),
        date(2026, 5, 25),
        date(2026, 7, 21),
        date(2026, 8, 15),
        date(2026, 11, 1),
        date(2026, 11, 11),
        date(2026, 12, 25),
    ]
    assert date(2025, 4, 26) in holidays("NL", 2025)
    assert date(2025, 4, 27) not in holidays("NL", 2025)
    assert date(2026, 5, 5) in holidays("NL", 2026)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(1, 5))
def test_a_working_day_is_later_and_no_weekend_nor_holiday(day: date, count: int) -> None:
    found = nth_working_day_after("BE", day, count)

    assert found >= day + timedelta(days=count)
    assert found.weekday() < 5
    assert found not in holidays("BE", found.year)


def test_a_decision_explains_itself() -> None:
    decision = fee(DUTCH_CONSUMER, request(date(2026, 12, 1), FOURTEEN_DAYS))

    assert decision == FeeDecision(15_000, 15_000, "as-the-law-allows", tables().fees["nl-collection-costs"].source)
