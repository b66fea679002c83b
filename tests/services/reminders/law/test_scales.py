from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reminders.law.belgium import indemnity_cap
from services.reminders.law.netherlands import collection_costs, scale
from services.reminders.law.published_rates import FeeScale, Rate, RateSeries, tables
from services.reminders.law.refusals import BrokenTable, MissingRate

MAX_MINOR = 10**13
PRINCIPAL = st.integers(1, MAX_MINOR)
SCALES = pytest.mark.parametrize("table", list(tables().fees.values()), ids=lambda table: table.name)


@pytest.mark.parametrize(
    ("principal_minor", "expected_minor"),
    [
        (1, 4_000),
        (26_666, 4_000),
        (26_670, 4_001),
        (250_000, 37_500),
        (250_100, 37_510),
        (500_000, 62_500),
        (500_100, 62_505),
        (1_000_000, 87_500),
        (1_000_100, 87_501),
        (20_000_000, 277_500),
        (20_000_200, 277_501),
        (100_000_000, 677_500),
        (100_000_200, 677_500),
    ],
)
def test_dutch_collection_costs_at_each_bound_and_one_past_it(principal_minor: int, expected_minor: int) -> None:
    assert collection_costs(principal_minor) == expected_minor


@pytest.mark.parametrize(
    ("balance_minor", "expected_minor"),
    [
        (1, 2_000),
        (15_000, 2_000),
        (15_001, 3_000),
        (15_010, 3_001),
        (50_000, 6_500),
        (50_001, 6_500),
        (50_020, 6_501),
        (3_920_000, 200_000),
        (3_920_100, 200_000),
        (3_919_980, 199_999),
    ],
)
def test_belgian_caps_at_each_bound_and_one_past_it(balance_minor: int, expected_minor: int) -> None:
    assert indemnity_cap(balance_minor) == expected_minor


@pytest.mark.parametrize("principal_minor", [0, -1])
def test_nothing_is_charged_on_nothing(principal_minor: int) -> None:
    assert collection_costs(principal_minor) == 0
    assert indemnity_cap(principal_minor) == 0


@SCALES
@given(principal=PRINCIPAL, more=PRINCIPAL)
def test_a_larger_principal_never_costs_less(table: FeeScale, principal: int, more: int) -> None:
    assert table.amount(principal) <= table.amount(principal + more)


@SCALES
@given(principal=PRINCIPAL)
def test_a_charge_lies_between_its_minimum_and_its_maximum(table: FeeScale, principal: int) -> None:
    assert table.minimum_minor <= table.amount(principal) <= table.maximum_minor


def test_the_dutch_bands_join_without_a_jump() -> None:
    for lower, upper in pairwise(scale().bands):
        width = upper.above_minor - lower.above_minor
        assert lower.fixed_minor + width * lower.basis_points // 10_000 == upper.fixed_minor


@given(principal=st.integers(26_667, 99_999_999))
def test_the_parts_of_the_dutch_scale_add_up(principal: int) -> None:
    parts, left = 0, principal
    for width, basis_points in ((250_000, 1_500), (250_000, 1_000), (500_000, 500), (19_000_000, 100), (10**15, 50)):
        part = min(left, width)
        parts += part * basis_points
        left -= part

    assert left == 0
    assert collection_costs(principal) == (parts + 5_000) // 10_000


@SCALES
def test_every_table_names_its_source_and_its_first_day(table: FeeScale) -> None:
    assert len(table.source) > 20
    assert date(2012, 1, 1) <= table.first <= date(2026, 11, 22)


@pytest.mark.parametrize("series", list(tables().rates.values()), ids=lambda series: series.name)
def test_every_series_names_its_source_and_has_no_gap(series: RateSeries) -> None:
    assert len(series.source) > 20

    days = (series.rates[-1].last - series.rates[0].first).days + 1
    pieces = list(series.pieces(series.rates[0].first, series.rates[-1].last))
    assert sum((piece.last - piece.first).days + 1 for piece in pieces) == days


@pytest.mark.parametrize(
    ("name", "day", "expected"),
    [
        ("nl-statutory", date(2014, 12, 31), 300),
        ("nl-statutory", date(2015, 1, 1), 200),
        ("nl-statutory", date(2022, 12, 31), 200),
        ("nl-statutory", date(2023, 7, 1), 600),
        ("nl-statutory", date(2024, 1, 1), 700),
        ("nl-statutory", date(2025, 12, 31), 600),
        ("nl-statutory", date(2026, 1, 1), 400),
        ("nl-commercial", date(2023, 1, 1), 1_050),
        ("nl-commercial", date(2024, 7, 1), 1_225),
        ("nl-commercial", date(2026, 7, 1), 1_040),
        ("be-civil", date(2023, 1, 1), 525),
        ("be-civil", date(2024, 6, 1), 575),
        ("be-civil", date(2026, 1, 1), 450),
        ("be-late-payment", date(2020, 1, 1), 800),
        ("be-late-payment", date(2024, 12, 31), 1_250),
        ("be-late-payment", date(2025, 1, 1), 1_150),
        ("dk-reference", date(2022, 7, 1), -45),
        ("dk-reference", date(2024, 1, 1), 375),
        ("dk-reference", date(2026, 6, 30), 175),
        ("de-base", date(2022, 12, 31), -88),
        ("de-base", date(2026, 7, 1), 152),
    ],
)
def test_rates_are_those_that_were_published(name: str, day: date, expected: int) -> None:
    assert tables().rates[name].on(day) == expected


@pytest.mark.requirement("S3.16")
@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("nl-statutory", date(2012, 6, 30)),
        ("nl-statutory", date(2027, 1, 1)),
        ("dk-reference", date(2013, 2, 28)),
        ("dk-reference", date(2026, 7, 1)),
        ("de-base", date(2016, 6, 30)),
    ],
)
def test_a_day_without_a_rate_is_refused_by_name(name: str, day: date) -> None:
    with pytest.raises(MissingRate) as refusal:
        tables().rates[name].on(day)

    assert refusal.value.code == "missing-rate"
    assert str(day) in str(refusal.value)
    assert refusal.value.remedy


def test_an_administration_may_add_a_rate_that_was_just_published() -> None:
    known = tables().with_rates("dk-reference", [Rate(date(2026, 7, 1), date(2026, 12, 31), 200)])

    assert known.rates["dk-reference"].on(date(2026, 7, 1)) == 200
    assert known.rates["dk-reference"].on(date(2026, 6, 30)) == 175
    with pytest.raises(MissingRate):
        tables().rates["dk-reference"].on(date(2026, 7, 1))


@pytest.mark.parametrize(
    "rates",
    [
        [Rate(date(2026, 6, 30), date(2026, 12, 31), 200)],
        [Rate(date(2026, 12, 31), date(2026, 7, 1), 200)],
    ],
    ids=["overlap", "backwards"],
)
def test_rates_that_contradict_each_other_are_refused(rates: list[Rate]) -> None:
    with pytest.raises(BrokenTable):
        tables().with_rates("dk-reference", rates)


def test_a_hole_between_two_rates_is_found() -> None:
    series = replace(
        tables().rates["dk-reference"],
        rates=(Rate(date(2026, 1, 1), date(2026, 1, 31), 1), Rate(date(2026, 3, 1), date(2026, 3, 31), 1)),
    )

    with pytest.raises(MissingRate) as refusal:
        list(series.pieces(date(2026, 1, 15), date(2026, 3, 15)))

    assert refusal.value.day == date(2026, 2, 1)
