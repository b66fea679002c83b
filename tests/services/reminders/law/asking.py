"""Reminders to ask the rules about."""

from __future__ import annotations

from datetime import date, timedelta

from services.reminders.law.claims import EarlierReminder, FeeRequest

TODAY = date(2026, 11, 22)
FOURTEEN_DAYS = EarlierReminder(date(2026, 11, 2), "letter", notice="nl-fourteen-days")
FREE = EarlierReminder(date(2026, 11, 2), "letter", notice="be-first-reminder-post")
FREE_BY_MAIL = EarlierReminder(date(2026, 11, 2), "e-mail", notice="be-first-reminder-electronic")


def request(
    sent_on: date,
    *earlier: EarlierReminder,
    currency: str = "EUR",
    principal_minor: int = 100_000,
    wanted_minor: int | None = None,
) -> FeeRequest:
    return FeeRequest(principal_minor, currency, sent_on, "letter", earlier, wanted_minor)


def rykker(days_ago: int, fee_minor: int = 10_000) -> EarlierReminder:
    return EarlierReminder(TODAY - timedelta(days=days_ago), "letter", fee_minor)
