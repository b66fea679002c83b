"""The options of a control list: criteria, preferences, order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer

from console.days import iso, parse_day
from console.exits import USAGE, CommandFailed
from console.session import Session

RANGE = ".."
AGE = re.compile(r"(\d*)\.\.(\d*)|\d+")


class Debtors(StrEnum):
    """Which debtors are reminded at all."""

    ALWAYS = "always"
    BALANCE_POSITIVE = "balance-positive"
    PRINTED_BALANCE_POSITIVE = "printed-balance-positive"


class DateBasis(StrEnum):
    """By which date an item is due."""

    DUE_DATE = "due-date"
    PAYMENT_TERMS = "payment-terms"
    ITEM_DATE = "item-date"


class GroupBy(StrEnum):
    """How a list is grouped."""

    NONE = "none"
    DEBTOR = "debtor"
    CATEGORY = "category"
    LANGUAGE = "language"
    BRANCH = "branch"
    LEVEL = "level"


class SortBy(StrEnum):
    """How a list is sorted within its groups."""

    DEBTOR = "debtor"
    NAME = "name"
    ITEM_DATE = "item-date"
    DUE_DATE = "due-date"
    AGE = "age"
    VOUCHER = "voucher"
    AMOUNT = "amount"


On = Annotated[
    date | None,
    typer.Option(
        "--on", parser=parse_day, metavar="DAY", help="Generation date; the administration's today when absent."
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlListOptions:
    """Who is asked to be reminded of what: criteria, and how items are looked at."""

    on: On = None
    party: Annotated[
        list[str] | None, typer.Option("--party", help="A debtor, or a range: P100..P199, P100.. or ..P199.")
    ] = None
    journal: Annotated[
        list[str] | None, typer.Option("--journal", help="Only items of this journal; repeat for more.")
    ] = None
    debtor_language: Annotated[list[str] | None, typer.Option("--debtor-language", help="nl takes nl-BE too.")] = None
    category: Annotated[list[str] | None, typer.Option("--category", help="Only debtors of this category.")] = None
    voucher: Annotated[
        list[str] | None, typer.Option("--voucher", help="A voucher, or a range: 2026-100..2026-199.")
    ] = None
    payment_method: Annotated[
        list[str] | None, typer.Option("--payment-method", help="How the item is to be paid.")
    ] = None
    age: Annotated[
        str | None, typer.Option("--age", help="Days from item date to generation date: 15.., ..90 or 15..90.")
    ] = None
    debtors: Annotated[Debtors, typer.Option("--debtors", help="Which balances are asked for.")] = Debtors.ALWAYS
    date_basis: Annotated[DateBasis, typer.Option("--date-basis", help="By which date an item is due.")] = (
        DateBasis.DUE_DATE
    )
    days_since: Annotated[
        int | None, typer.Option("--days-since", help="Leave out debtors reminded that many days ago, or fewer.")
    ] = None
    credit_notes: Annotated[bool, typer.Option("--credit-notes", help="Credits that are due, too.")] = False
    all_credit_notes: Annotated[
        bool, typer.Option("--all-credit-notes", help="All credits, whatever their due date.")
    ] = False
    after_posting: Annotated[
        bool, typer.Option("--after-posting", help="Bookings that are not processed yet, too.")
    ] = False
    current_account: Annotated[
        bool, typer.Option("--current-account/--no-current-account", help="Whether corrections made elsewhere count.")
    ] = True

    def request(self, session: Session) -> dict[str, Any]:
        """The options as the body of a request for a control list."""
        return {
            "generation_date": generation_date(session, self.on),
            "criteria": self._criteria(),
            "preferences": {
                "debtors": self.debtors,
                "date_basis": self.date_basis,
                "days_since_last_reminder": self.days_since,
                "credit_notes": self.credit_notes or self.all_credit_notes,
                "credit_note_due_date": not self.all_credit_notes,
                "amount_after_posting": self.after_posting,
                "current_account": self.current_account,
            },
        }

    def _criteria(self) -> dict[str, Any]:
        lists = {
            "journals": self.journal,
            "languages": self.debtor_language,
            "categories": self.category,
            "payment_methods": self.payment_method,
        }
        found = {name: values for name, values in lists.items() if values}
        ranges = _chosen("party", "parties", self.party) | _chosen("voucher", "vouchers", self.voucher)
        return found | ranges | _age(self.age)


def generation_date(session: Session, on: date | None) -> str:
    """The day that was given, or the administration's today."""
    return iso(on) or session.today("reminders")


def _chosen(name: str, plural: str, values: Sequence[str] | None) -> dict[str, Any]:
    """A criterion of the service from what was typed: one value, several, or a range FROM..TO."""
    ranges = [value for value in values or () if RANGE in value]
    if not ranges:
        return {plural: list(values)} if values else {}
    if len(values or ()) > 1:
        raise CommandFailed("--{name}: give one range, or any number of single values.", USAGE, name=name)
    low, _, high = ranges[0].partition(RANGE)
    return {key: bound for key, bound in ((f"{name}_from", low), (f"{name}_to", high)) if bound}


def _age(age: str | None) -> dict[str, int]:
    if age is None:
        return {}
    found = AGE.fullmatch(age)
    if not found:
        raise CommandFailed("--age {age}: write 15.., ..90 or 15..90.", USAGE, age=age)
    low, high = found.groups() if RANGE in age else (age, age)
    return {key: int(bound) for key, bound in (("age_from", low), ("age_to", high)) if bound}
