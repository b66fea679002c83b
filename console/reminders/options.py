"""The options of a control list: criteria, preferences, order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from console.exits import USAGE, CommandFailed

DAY = ["%Y-%m-%d"]
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


On = Annotated[datetime | None, typer.Option("--on", formats=DAY, help="Generation date; today when absent.")]
Party = Annotated[list[str] | None, typer.Option("--party", help="A debtor, or a range: P100..P199, P100.. or ..P199.")]
Journal = Annotated[list[str] | None, typer.Option("--journal", help="Only items of this journal; repeat for more.")]
DebtorLanguage = Annotated[list[str] | None, typer.Option("--debtor-language", help="nl takes nl-BE too.")]
Category = Annotated[list[str] | None, typer.Option("--category", help="Only debtors of this category.")]
Voucher = Annotated[list[str] | None, typer.Option("--voucher", help="A voucher, or a range: 2026-100..2026-199.")]
PaymentMethod = Annotated[list[str] | None, typer.Option("--payment-method", help="How the item is to be paid.")]
Age = Annotated[str | None, typer.Option("--age", help="Days from item date to generation date: 15.., ..90 or 15..90.")]
DebtorsOption = Annotated[Debtors, typer.Option("--debtors", help="Which balances are asked for.")]
Basis = Annotated[DateBasis, typer.Option("--date-basis", help="By which date an item is due.")]
DaysSince = Annotated[
    int | None, typer.Option("--days-since", help="Leave out debtors reminded that many days ago, or fewer.")
]
CreditNotes = Annotated[bool, typer.Option("--credit-notes", help="Credits that are due, too.")]
AllCreditNotes = Annotated[bool, typer.Option("--all-credit-notes", help="All credits, whatever their due date.")]
AfterPosting = Annotated[bool, typer.Option("--after-posting", help="Bookings that are not processed yet, too.")]
CurrentAccount = Annotated[
    bool, typer.Option("--current-account/--no-current-account", help="Whether corrections made elsewhere count.")
]


def criteria(
    party: Sequence[str] | None, voucher: Sequence[str] | None, age: str | None, lists: dict[str, Any]
) -> dict[str, Any]:
    """The criteria as the service takes them."""
    found = {name: values for name, values in lists.items() if values}
    return found | _chosen("party", "parties", party) | _chosen("voucher", "vouchers", voucher) | _age(age)


def generation_date(on: datetime | None) -> str:
    """The day that was given, or today."""
    return (on or datetime.now(UTC)).date().isoformat()


def _chosen(name: str, plural: str, values: Sequence[str] | None) -> dict[str, Any]:
    """One, a list, or a single range."""
    ranges = [value for value in values or () if RANGE in value]
    if not ranges:
        return {plural: list(values)} if values else {}
    if len(values or ()) > 1:
        raise CommandFailed(f"--{name}: give one range, or any number of single values.", USAGE)
    low, _, high = ranges[0].partition(RANGE)
    return {key: bound for key, bound in ((f"{name}_from", low), (f"{name}_to", high)) if bound}


def _age(age: str | None) -> dict[str, int]:
    if age is None:
        return {}
    found = AGE.fullmatch(age)
    if not found:
        raise CommandFailed(f"--age {age}: write 15.., ..90 or 15..90.", USAGE)
    low, high = found.groups() if RANGE in age else (age, age)
    return {key: int(bound) for key, bound in (("age_from", low), ("age_to", high)) if bound}
