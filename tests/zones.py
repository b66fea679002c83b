"""Time zones that are never on the same day, whenever a test runs: they lie twenty-six hours apart."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

AHEAD = "Pacific/Kiritimati"
"""UTC+14, without summer time."""
BEHIND = "Etc/GMT+12"
"""UTC-12."""


def today_in_zone(name: str) -> date:
    """The day that it is in a zone, by this machine's clock."""
    return datetime.now(UTC).astimezone(ZoneInfo(name)).date()
