"""The options that several matching commands take: which items, how, and where the clearing entry is booked."""

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
Method = Annotated[str, typer.Option(help="oldest-first, account-balance, opposite-items, credit-notes or reference.")]
Tolerance = Annotated[int, typer.Option(min=0, help="The difference that is tolerated, in cents.")]
Difference = Annotated[str, typer.Option(help="no-write-off leaves a remainder item, payment-differences books it.")]
Information = Annotated[
    bool, typer.Option("--information/--no-information", help="Keep which credit settled which charge.")
]

Bounds = tuple[str | None, str | None]
Days = tuple[datetime | None, datetime | None]


def day(value: datetime | None) -> str | None:
    """The day as the services take it."""
    return value.date().isoformat() if value else None


def given(**fields: Any) -> dict[str, Any]:
    """The fields that were given."""
    return {name: value for name, value in fields.items() if value not in (None, [], ())}


def criteria(
    parties: tuple[list[str] | None, str | None, str | None, str | None],
    currencies: Bounds,
    vouchers: Bounds,
    posted: Days,
    due: Days,
) -> dict[str, Any]:
    """Which items, as the service takes it: parties by name, from, to and group; ranges, each bound inclusive."""
    named, first, last, group = parties
    return given(
        party_ids=named,
        party_from=first,
        party_to=last,
        party_group=group,
        currency_from=currencies[0],
        currency_to=currencies[1],
        voucher_from=vouchers[0],
        voucher_to=vouchers[1],
        item_date_from=day(posted[0]),
        item_date_to=day(posted[1]),
        due_date_from=day(due[0]),
        due_date_to=day(due[1]),
    )


def booking(date: datetime, journal: str, year: int | None, period: int | None, note: str) -> dict[str, Any]:
    """Where clearing entries are booked, as the service takes it."""
    return given(date=day(date), journal=journal, fiscal_year=year, period=period, note=note)
