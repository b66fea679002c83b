"""What an administration allows: who may waive how much, what is small, in which order payments settle."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.event import Contract, Employee
from contracts.money import Amount

CreditsFirst = Literal["warn", "refuse"]
"""What becomes of reminding and writing off while credits of the debtor lie unmatched."""
SettlementOrder = Literal["by-date", "costs-interest-principal", "by-law"]
"""In which order a payment settles charges; `by-law` is what the law of the administration's country says."""


class EmployeeLimit(Contract):
    """What one employee may waive without an approval, instead of what the role may."""

    employee: Employee
    item_limit: Annotated[Amount, Field(gt=0)] | None = None
    day_limit: Annotated[Amount, Field(gt=0)] | None = None


class WriteOffPolicy(Contract):
    """What the administration asks of write-offs; limits in minor units of its base currency, none where left out.

    An employee's own limits come before those of the role; above a limit another employee has to approve. As soon as
    anything is asked, differences, small balances and corrections that are not asked for as write-offs may come to
    `largest_tolerance` each, or to nothing when it is left out.
    """

    four_eyes: bool = False
    skip_blacklisted: bool = False
    clerk_item_limit: Annotated[Amount, Field(gt=0)] | None = None
    clerk_day_limit: Annotated[Amount, Field(gt=0)] | None = None
    approver_item_limit: Annotated[Amount, Field(gt=0)] | None = None
    approver_day_limit: Annotated[Amount, Field(gt=0)] | None = None
    reversal_item_limit: Annotated[Amount, Field(gt=0)] | None = None
    largest_tolerance: Annotated[Amount, Field(ge=0)] | None = None
    employee_limits: Annotated[tuple[EmployeeLimit, ...], Field(max_length=500)] = ()


class SmallBalancePolicy(Contract):
    """Which balances are small beside the limit of a run: a rest of something larger, or small from the beginning.

    At most `open_share_percent` of what was posted may be open, 4,999.00 of 5,000.00 being a missing payment; what was
    posted as no more than `posted_up_to` minor units is small whatever is open of it. A run may say otherwise.
    """

    open_share_percent: Annotated[int, Field(ge=1, le=100)] = 10
    posted_up_to: Annotated[Amount, Field(ge=0)] = 10_00
