"""The options that several matching commands take: which items, and where the clearing entry is booked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

DAY = ["%Y-%m-%d"]

Party = Annotated[list[str] | None, typer.Option("--party", help="Only this party; repeat for more.")]
PartyFrom = Annotated[str | None, typer.Option("--party-from", help="First party of a range; open-ended when absent.")]
PartyTo = Annotated[str | None, typer.Option("--party-to", help="Last party of a range; open-ended when absent.")]
Group = Annotated[str | None, typer.Option("--group", help="Only parties of this group.")]
CurrencyFrom = Annotated[str | None, typer.Option("--currency-from", help="First currency of a range.")]
CurrencyTo = Annotated[str | None, typer.Option("--currency-to", help="Last currency of a range.")]
VoucherFrom = Annotated[str | None, typer.Option("--voucher-from", help="First voucher of a range.")]
VoucherTo = Annotated[str | None, typer.Option("--voucher-to", help="Last voucher of a range.")]
DateFrom = Annotated[datetime | None, typer.Option("--date-from", formats=DAY, help="Posted on or after this day.")]
DateTo = Annotated[datetime | None, typer.Option("--date-to", formats=DAY, help="Posted on or before this day.")]
DueFrom = Annotated[datetime | None, typer.Option("--due-from", formats=DAY, help="Due on or after this day.")]
DueTo = Annotated[datetime | None, typer.Option("--due-to", formats=DAY, help="Due on or before this day.")]
BookingDate = Annotated[datetime, typer.Option("--date", formats=DAY, help="Date of the clearing entry.")]
BookingJournal = Annotated[str, typer.Option("--journal", help="A memorial journal.")]
FiscalYear = Annotated[int | None, typer.Option("--year", help="Fiscal year; by the date when absent.")]
Period = Annotated[int | None, typer.Option("--period", help="Period of the fiscal year; by the date when absent.")]
Note = Annotated[str, typer.Option("--note", help="Kept with the entry.")]


def day(value: datetime | None) -> str | None:
    """The day as the services take it."""
    return value.date().isoformat() if value else None


def given(**fields: Any) -> dict[str, Any]:
    """The fields that were given."""
    return {name: value for name, value in fields.items() if value not in (None, [], ())}
