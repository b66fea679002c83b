"""How much an employee may waive alone; above it another one has to approve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.errors import Conflict, Forbidden
from chassis.identity.actor import same_employee
from chassis.sentences import Amount
from contracts.money import to_decimal
from contracts.policies import WriteOffPolicy
from services.writeoff.domain.books import Books
from services.writeoff.domain.requests import AskedLine, Item


@dataclass(frozen=True, slots=True)
class WaivingLimits:
    """In minor units of the base currency; None is no limit."""

    item: int | None
    day: int | None


def limits_of(policy: WriteOffPolicy, employee: str, *, is_approver: bool) -> WaivingLimits:
    """An employee's own limits, or else those of the role."""
    for own in policy.employee_limits:
        if same_employee(own.employee, employee):
            return WaivingLimits(own.item_limit, own.day_limit)
    if is_approver:
        return WaivingLimits(policy.approver_item_limit, policy.approver_day_limit)
    return WaivingLimits(policy.clerk_item_limit, policy.clerk_day_limit)


def base_amount_of(line: AskedLine, items: Mapping[str, Item]) -> int:
    """What a line comes to in the base currency, by the rate of the item's posting."""
    item = items.get(line.item_id)
    return line.amount if item is None else item.base_share(line.amount)


def approval_needed(
    lines: Sequence[AskedLine], items: Mapping[str, Item], books: Books, limits: WaivingLimits, waived_today: int
) -> str | None:
    """The limit that these lines pass, None when the employee may waive them alone; a limit itself may be reached.

    `waived_today` is what the employee asked for by hand on this day before, in the base currency.
    """
    if books.configuration.write_offs.four_eyes:
        return "four-eyes"
    amounts = {line: base_amount_of(line, items) for line in lines}
    if limits.item is not None and any(amount > limits.item for amount in amounts.values()):
        return "item-limit"
    for line, amount in amounts.items():
        journal = books.journals.get(line.journal)
        if journal is not None and journal.item_limit is not None and amount > journal.item_limit:
            return "journal-limit"
    if limits.day is not None and waived_today + sum(amounts.values()) > limits.day:
        return "day-limit"
    return None


def check_approver(asked_by: str, approver: str, largest: int, limits: WaivingLimits, currency: str) -> None:
    """Raise unless this employee may approve: another one than who asked, with a limit that reaches far enough.

    `largest` and the limits are minor units of the base currency.
    """
    if same_employee(asked_by, approver):
        raise Forbidden(
            "own-request",
            "Who asked for a write-off cannot approve it.",
            remedy="Have another employee approve it.",
        )
    if limits.item is not None and largest > limits.item:
        raise Conflict(
            "beyond-approvers-limit",
            "An item of this request comes to {largest}, above the approver's limit of {limit}.",
            largest=Amount(to_decimal(largest, currency), currency),
            limit=Amount(to_decimal(limits.item, currency), currency),
            remedy="Have somebody with a higher limit approve it.",
        )
