"""The form of a rule set: one kind of claim, from one day on, with its fee, interest and notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from services.reminders.law.claims import DebtorType, FeeDecision, FeeRequest, Nature, NoticeDue
from services.reminders.law.interest import BY_DAY, Terms

FeeRule = Callable[[FeeRequest], FeeDecision]
WarningRule = Callable[[date], NoticeDue]
NoticeRule = Callable[[FeeRequest, int | None], NoticeDue | None]

EVERYBODY: tuple[DebtorType, ...] = ("consumer", "business", "public")
PROFESSIONALS: tuple[DebtorType, ...] = ("business", "public")


@dataclass(frozen=True, slots=True)
class YearlyInterest:
    """Interest at a yearly rate: a series of the tables plus a margin, reckoned by day."""

    series: str
    margin_basis_points: int = 0
    terms: Terms = BY_DAY


@dataclass(frozen=True, slots=True)
class MonthlyInterest:
    """Interest per commenced month after the due date, in hundredths of a percent."""

    basis_points: int


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The law of one kind of claim.

    `country` None stands for every member state of the Union without a rule set of its own; `compensation` names the
    table of a fixed sum per unpaid invoice; `warning` is what a letter says before a claim goes to collection;
    `interest_waits` means that no interest is owed before a first reminder
    and its term.
    """

    code: str
    country: str | None
    nature: Nature
    debtors: tuple[DebtorType, ...]
    first: date
    currency: str
    source: str
    fee: FeeRule
    interest: YearlyInterest | MonthlyInterest | None
    notice: NoticeRule | None = None
    compensation: str | None = None
    interest_waits: bool = False
    warning: WarningRule | None = None
