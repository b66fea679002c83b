"""Where, when and by whom something is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class WorkScope:
    """An employee at work in an administration at an instant (UTC); every change says all of it.

    `today` is the administration's day, on which ages and overdue days are counted.
    """

    administration: str
    employee: str
    now: datetime
    today: date
