"""The options that several matching commands take: which items, how, and where the clearing entry is booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer

from console.days import BookingDay, iso, parse_day
from console.session import Session

SERVICE = "matching"


class Method(StrEnum):
    """How items are brought together."""

    OLDEST_FIRST = "oldest-first"
    ACCOUNT_BALANCE = "account-balance"
    OPPOSITE_ITEMS = "opposite-items"
    CREDIT_NOTES = "credit-notes"
    REFERENCE = "reference"


class SettlementOrder(StrEnum):
    """In which order a payment settles charges."""

    BY_DATE = "by-date"
    COSTS_INTEREST_PRINCIPAL = "costs-interest-principal"
    BY_LAW = "by-law"


class ZeroPer(StrEnum):
    """What has to be zero."""

    CURRENCY = "currency"
    PARTY = "party"


class DifferenceCode(StrEnum):
    """What becomes of a tolerated difference."""

    NO_WRITE_OFF = "no-write-off"
    PAYMENT_DIFFERENCES = "payment-differences"


class PartyKind(StrEnum):
    """On which side of the books a party is."""

    DEBTOR = "debtor"
    CREDITOR = "creditor"


UndoDate = Annotated[
    date | None,
    typer.Option(
        "--date",
        parser=parse_day,
        metavar="DAY",
        help="Date of the reversal, in an open period, also where what is undone lies in a closed one; the "
        "administration's today when absent.",
    ),
]
Note = Annotated[str, typer.Option("--note", help="Kept with the entry.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only tell what would be undone and matched; nothing is changed.")
]
Day = date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyOptions:
    """Which parties, by range; each bound inclusive."""

    party_from: Annotated[
        str | None, typer.Option("--party-from", help="First party of a range; open-ended when absent.")
    ] = None
    party_to: Annotated[
        str | None, typer.Option("--party-to", help="Last party of a range; open-ended when absent.")
    ] = None

    def criteria(self) -> dict[str, Any]:
        """The options that were given, under the names that the service takes."""
        return given(party_from=self.party_from, party_to=self.party_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOptions(PartyOptions):
    """Which accounts: parties by range, group and kind, and a range of currencies."""

    party_group: Annotated[str | None, typer.Option("--group", help="Only parties of this group.")] = None
    party_kind: Annotated[PartyKind | None, typer.Option("--party-kind", help="Only debtors, or creditors.")] = None
    currency_from: Annotated[str | None, typer.Option("--currency-from", help="First currency of a range.")] = None
    currency_to: Annotated[str | None, typer.Option("--currency-to", help="Last currency of a range.")] = None

    def criteria(self) -> dict[str, Any]:
        """The options that were given, under the names that the service takes."""
        return PartyOptions.criteria(self) | given(
            party_group=self.party_group,
            party_kind=self.party_kind,
            currency_from=upper(self.currency_from),
            currency_to=upper(self.currency_to),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection(AccountOptions):
    """Which items: those of accounts, of parties by name, of ranges, each bound inclusive, and of kinds."""

    party: Annotated[list[str] | None, typer.Option("--party", help="Only this party; repeat for more.")] = None
    voucher_from: Annotated[str | None, typer.Option("--voucher-from", help="First voucher of a range.")] = None
    voucher_to: Annotated[str | None, typer.Option("--voucher-to", help="Last voucher of a range.")] = None
    date_from: Annotated[
        Day, typer.Option("--date-from", parser=parse_day, metavar="DAY", help="Posted on or after this day.")
    ] = None
    date_to: Annotated[
        Day, typer.Option("--date-to", parser=parse_day, metavar="DAY", help="Posted on or before this day.")
    ] = None
    due_from: Annotated[
        Day, typer.Option("--due-from", parser=parse_day, metavar="DAY", help="Due on or after this day.")
    ] = None
    due_to: Annotated[
        Day, typer.Option("--due-to", parser=parse_day, metavar="DAY", help="Due on or before this day.")
    ] = None
    item_kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only items of this kind, such as fine; repeat for more.")
    ] = None

    def criteria(self) -> dict[str, Any]:
        """The options that were given, under the names that the service takes."""
        return AccountOptions.criteria(self) | given(
            party_ids=self.party,
            voucher_from=self.voucher_from,
            voucher_to=self.voucher_to,
            item_date_from=iso(self.date_from),
            item_date_to=iso(self.date_to),
            due_date_from=iso(self.due_from),
            due_date_to=iso(self.due_to),
            kinds=self.item_kind,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingOptions:
    """Where clearing entries are booked."""

    date: BookingDay = None
    journal: Annotated[str, typer.Option("--journal", help="A memorial journal, such as M90.")]
    year: Annotated[int | None, typer.Option("--year", help="Fiscal year; by the date when absent.")] = None
    period: Annotated[int | None, typer.Option("--period", help="Period of the year; by the date when absent.")] = None
    note: Note = ""

    def form(self, session: Session) -> dict[str, Any]:
        """The options that were given, under the names that the service takes; without a date, on today there."""
        return given(
            date=day_or_today(session, self.date),
            journal=self.journal,
            fiscal_year=self.year,
            period=self.period,
            note=self.note,
        )


ZeroPerOption = Annotated[
    ZeroPer,
    typer.Option(
        "--zero-per",
        help="What has to be zero: the account in each currency by itself, or all accounts of the party at once, in "
        "whatever currencies.",
    ),
]
METHODS = (
    "oldest-first: the oldest credit settles the oldest charge, and so on. account-balance: all items of a party whose "
    "balance is within the tolerance. opposite-items: a charge and a credit that differ by the tolerance at most. "
    "credit-notes: all items of a party that has a credit, whatever the tolerance. reference: a credit settles the "
    "charge whose invoice number or structured reference it carries; the only combination of charges that it covers to "
    "the cent is suggested."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """How items are brought together, and what becomes of differences."""

    method: Annotated[Method, typer.Option(help=METHODS)] = Method.OLDEST_FIRST
    tolerance: Annotated[
        int, typer.Option(min=0, help="The largest difference that is tolerated, inclusive, in cents.")
    ] = 0
    difference: Annotated[
        DifferenceCode,
        typer.Option(
            help="What becomes of a tolerated difference: no-write-off leaves it as an item with the due date and "
            "details of the last item matched, payment-differences books it."
        ),
    ] = DifferenceCode.NO_WRITE_OFF
    information: Annotated[
        bool, typer.Option("--information/--no-information", help="Keep which credit settled which charge.")
    ] = True
    settlement_order: Annotated[
        SettlementOrder | None,
        typer.Option(
            "--order",
            help="In which order credits settle charges that they do not cover, from the oldest each: by-date, "
            "costs-interest-principal, or by-law, as the administration's country has it; as configured when absent.",
        ),
    ] = None
    mix_currencies: Annotated[
        bool,
        typer.Option(
            "--mix-currencies",
            help="With account-balance: all currencies of a party together, compared in the base currency, through a "
            "journal that allows foreign currency.",
        ),
    ] = False

    def form(self) -> dict[str, Any]:
        """The options that were given, under the names that the service takes."""
        return {
            "method": self.method,
            "tolerance": self.tolerance,
            "difference_code": self.difference,
            "settlement_information": self.information,
            "mix_currencies": self.mix_currencies,
            **given(settlement_order=self.settlement_order),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroAccounts:
    """Only accounts of zero balance, or only up to the day on which they were."""

    only_zero: Annotated[
        bool, typer.Option("--only-zero", help="Only accounts whose balance is zero already; see --zero-per.")
    ] = False
    up_to_zero: Annotated[
        bool,
        typer.Option(
            "--up-to-zero",
            help="Only what was posted up to the latest day at whose end the balance was zero; parties with an earlier "
            "settlement across that day are left alone and told.",
        ),
    ] = False
    zero_per: ZeroPerOption = ZeroPer.CURRENCY

    def form(self) -> dict[str, Any]:
        """The options that were given, under the names that the service takes."""
        return {
            "only_zero_balance": self.only_zero,
            "up_to_zero_balance": self.up_to_zero,
            "zero_per": self.zero_per,
        }


def day_or_today(session: Session, day: date | None) -> str:
    """The day as the service takes it; without one, the administration's today."""
    return iso(day) or session.today(SERVICE)


def upper(currency: str | None) -> str | None:
    """A currency's code as the services take it."""
    return currency.upper() if currency else None


def given(**fields: Any) -> dict[str, Any]:
    """The options as fields of a request, without those that were not given."""
    return {name: value for name, value in fields.items() if value not in (None, [], ())}
