"""What day it is in an administration."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from contracts.operators import AdministrationConfigured
from read_model.today import beginning_of, day_at, today_by, zone_of, zone_of_country
from tests.zones import AHEAD, BEHIND, today_in_zone


def configured(**changes: Any) -> AdministrationConfigured:
    facts = AdministrationConfigured.example | changes
    return AdministrationConfigured.model_validate(facts, strict=False)


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        ("2026-11-30T22:59:59Z", "Europe/Amsterdam", "2026-11-30"),
        ("2026-11-30T23:00:00Z", "Europe/Amsterdam", "2026-12-01"),
        ("2026-06-30T21:59:59Z", "Europe/Copenhagen", "2026-06-30"),
        ("2026-06-30T22:00:00Z", "Europe/Copenhagen", "2026-07-01"),
        ("2026-12-01T07:59:59Z", "America/Los_Angeles", "2026-11-30"),
        ("2026-12-01T08:00:00Z", "America/Los_Angeles", "2026-12-01"),
        ("2026-11-30T09:59:59Z", "Pacific/Kiritimati", "2026-11-30"),
        ("2026-11-30T10:00:00Z", "Pacific/Kiritimati", "2026-12-01"),
    ],
)
def test_a_day_begins_at_midnight_of_its_own_zone(instant: str, zone: str, day: str) -> None:
    assert day_at(datetime.fromisoformat(instant), ZoneInfo(zone)) == date.fromisoformat(day)


@pytest.mark.parametrize("zone", ["Europe/Brussels", "America/Los_Angeles", "Pacific/Kiritimati", "UTC"])
@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31)])
def test_the_instant_at_which_a_day_begins_is_the_first_that_belongs_to_it(zone: str, day: date) -> None:
    began = beginning_of(day, ZoneInfo(zone))

    assert began.tzinfo is UTC
    assert day_at(began, ZoneInfo(zone)) == day
    assert day_at(began.replace(microsecond=0) - datetime.resolution, ZoneInfo(zone)) < day


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("NL", "Europe/Amsterdam"),
        ("BE", "Europe/Brussels"),
        ("DK", "Europe/Copenhagen"),
        ("DE", "Europe/Berlin"),
        ("US", "UTC"),
        ("XX", "UTC"),
    ],
)
def test_without_a_time_zone_the_countrys_holds(country: str, zone: str) -> None:
    assert zone_of_country(country) == zone
    assert zone_of(configured(country=country)) == ZoneInfo(zone)


def test_a_configured_time_zone_comes_before_the_countrys() -> None:
    assert zone_of(configured(country="BE", time_zone="America/Los_Angeles")) == ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize("zone", [AHEAD, BEHIND])
def test_today_is_that_of_the_administration(zone: str) -> None:
    assert today_by(configured(time_zone=zone)) == today_in_zone(zone)


@pytest.mark.parametrize("name", ["Europe/Ghent", "europe/brussels", "Europe", "", "../etc/passwd", "CET1", 1])
def test_a_time_zone_that_there_is_not_is_refused(name: object) -> None:
    with pytest.raises(ValidationError, match="time_zone"):
        configured(time_zone=name)
