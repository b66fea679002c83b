"""Why an item is not on a list, or was dropped when its run was issued: codes for machines, sentences for people."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chassis.sentences import Sentence

REASONS: Mapping[str, Sentence] = MappingProxyType(
    {
        "unknown-debtor": Sentence("The party's master data has not come yet."),
        "not-a-debtor": Sentence("The party is a creditor."),
        "not-processed": Sentence("The booking is not processed yet, and amounts after posting were not asked for."),
        "blocked": Sentence("The item is blocked; blocked items are never reminded."),
        "at-bailiff": Sentence("The item is in the bailiff procedure."),
        "not-in-run": Sentence("The item is not in this run."),
        "other-debtor": Sentence("The debtor is outside of the criteria."),
        "other-journal": Sentence("The journal is outside of the criteria."),
        "other-language": Sentence("The debtor's language is outside of the criteria."),
        "other-category": Sentence("The debtor's category is outside of the criteria."),
        "other-voucher": Sentence("The voucher is outside of the criteria."),
        "other-payment-method": Sentence("The payment method is outside of the criteria."),
        "too-young": Sentence("The item is younger than the criteria ask."),
        "too-old": Sentence("The item is older than the criteria ask."),
        "later-than-run": Sentence("The item is later than the generation date."),
        "credit-note": Sentence("The item is a credit, and credit notes were not asked for."),
        "not-due": Sentence("The item is not due before the generation date."),
        "last-level-reached": Sentence("The item reached the level after which its profile reminds no more."),
        "next-level-not-due": Sentence("The days that the profile asks after the previous level have not passed."),
        "reminded-recently": Sentence("The debtor's last reminder is too recent."),
        "balance-not-positive": Sentence("The debtor's balance is not positive."),
        "printed-balance-not-positive": Sentence("The balance of what would be printed is not positive."),
        "below-minimum": Sentence("What would be printed is less than the level's minimum amount."),
        "settled": Sentence("Nothing is open of the item."),
        "unknown-item": Sentence("No such item was posted."),
        "amount-changed": Sentence("Another amount is open than when the run was made."),
        "level-changed": Sentence("The item reached another level since the run was made."),
        "left-out": Sentence("A clerk left the item out of the run."),
        "unmatched-credits": Sentence("Credit of the debtor lies unmatched: match first."),
        "nothing-to-pay": Sentence("All other items of the reminder were dropped."),
    }
)


def sentence(code: str) -> Sentence:
    """What a reason's code says to people."""
    return REASONS[code]
