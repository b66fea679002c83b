"""The stack's clock: whoever needs the present takes it from here and passes it on."""

from datetime import UTC, datetime


def now_utc() -> datetime:
    """Return the present instant; the only place of the stack that reads the calendar."""
    return datetime.now(UTC)
