"""What day it is in an administration: by its own time zone, never by a machine's clock nor by UTC.

Nothing else turns an instant into a day (a gate): whoever needs today asks here, by the configuration or by the name.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.core import get_global
from fastapi import APIRouter

from chassis.database import Connection
from chassis.http import Administration, View
from chassis.service import Runtime
from contracts.operators import AdministrationConfigured
from read_model.parties import find_administration

ELSEWHERE = "UTC"
"""The zone of a country that has several and of which none is the main one, and of an unknown administration."""
MAIN_ZONES = {"DE": "Europe/Berlin", "ES": "Europe/Madrid", "PT": "Europe/Lisbon"}
"""Countries with several zones, in the main one of which nearly everybody lives (CLDR, primaryZones)."""
COUNTRIES_KEPT = 300


class TodayView(View):
    """The day that it is in an administration, and the time zone by which it is."""

    today: date
    time_zone: str


def zone_of(configuration: AdministrationConfigured) -> ZoneInfo:
    """The administration's time zone: the configured one, or else that of its country."""
    return ZoneInfo(configuration.time_zone or zone_of_country(configuration.country))


@lru_cache(maxsize=COUNTRIES_KEPT)
def zone_of_country(country: str) -> str:
    """A country's one time zone, or its main one (CLDR); ELSEWHERE where there is none."""
    zones = get_global("territory_zones").get(country, [])
    return zones[0] if len(zones) == 1 else MAIN_ZONES.get(country, ELSEWHERE)


def day_at(instant: datetime, zone: ZoneInfo) -> date:
    """The day that an aware instant belongs to in a zone."""
    return instant.astimezone(zone).date()


def beginning_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which a day begins in a zone."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def today_by(configuration: AdministrationConfigured) -> date:
    """The day that it is now in a configured administration."""
    return day_at(datetime.now(UTC), zone_of(configuration))


async def zone_in(connection: Connection, administration: str) -> ZoneInfo:
    """The time zone of an administration by its name; ELSEWHERE when it is not configured."""
    configuration = await find_administration(connection, administration)
    return ZoneInfo(ELSEWHERE) if configuration is None else zone_of(configuration)


async def today_in(connection: Connection, administration: str) -> date:
    """The day that it is now in an administration by its name."""
    return day_at(datetime.now(UTC), await zone_in(connection, administration))


def add_today_route(router: APIRouter, runtime: Runtime) -> None:
    """`/today`, below the administration: whoever must name a day asks for it instead of a clock."""

    @router.get("/today")
    async def today(administration: Administration) -> TodayView:
        """The day that it is in the administration now, by its own time zone."""
        async with runtime.database.snapshot() as connection:
            zone = await zone_in(connection, administration)
        return TodayView(today=day_at(datetime.now(UTC), zone), time_zone=zone.key)
