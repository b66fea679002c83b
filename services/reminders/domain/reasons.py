"""Why an item is not on a list, or was dropped when its run was issued: codes for machines, sentences for people."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "unknown-debtor": "The party's master data has not come yet.",
        "not-a-debtor": "The party is a creditor.",
        "not-processed": "The booking is not processed yet, and amounts after posting were not asked for.",
        "blocked": "The item is blocked; blocked items are never reminded.",
        "at-bailiff": "The item is in the bailiff procedure.",
        "not-in-run": "The item is not in this run.",
        "other-debtor": "The debtor is outside of the criteria.",
        "other-journal": "The journal is outside of the criteria.",
        "other-language": "The debtor's language is outside of the criteria.",
        "other-category": "The debtor's category is outside of the criteria.",
        "other-voucher": "The voucher is outside of the criteria.",
        "other-payment-method": "The payment method is outside of the criteria.",
        "too-young": "The item is younger than the criteria ask.",
        "too-old": "The item is older than the criteria ask.",
        "credit-note": "The item is a credit, and credit notes were not asked for.",
        "not-due": "The item is not due before the generation date.",
        "last-level-reached": "The item reached the level after which its profile reminds no more.",
        "next-level-not-due": "The days that the profile asks after the previous level have not passed.",
        "reminded-recently": "The debtor's last reminder is too recent.",
        "balance-not-positive": "The debtor's balance is not positive.",
        "printed-balance-not-positive": "The balance of what would be printed is not positive.",
        "below-minimum": "What would be printed is less than the level's minimum amount.",
        "settled": "Nothing is open of the item.",
        "unknown-item": "No such item was posted.",
        "amount-changed": "Another amount is open than when the run was made.",
        "level-changed": "The item reached another level since the run was made.",
        "left-out": "A clerk left the item out of the run.",
        "nothing-to-pay": "All other items of the reminder were dropped.",
    }
)


def sentence(code: str) -> str:
    """What a reason's code says to people."""
    return REASONS[code]
