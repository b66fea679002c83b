"""The number under which Belgium registers a creditor."""

from __future__ import annotations

import re

from stdnum.be import vat

from services.reminders.law.claims import NoticeKind
from services.reminders.letters.house_style import LetterSender
from services.reminders.letters.refusals import InvalidEnterpriseNumber, MissingEnterpriseNumber

NAMING_THE_CREDITOR: frozenset[NoticeKind] = frozenset({"be-first-reminder-post", "be-first-reminder-electronic"})
"""Notices that must name the creditor's enterprise number: art. XIX.2 § 3, 2° Wetboek van economisch recht."""

NUMBER_IN_TEXT = re.compile(r"(?<!\d)[01]\d{3}[. ]?\d{3}[. ]?\d{3}(?!\d)")


def enterprise_number(sender: LetterSender) -> str:
    """The creditor's number as Belgians write it, 0123.456.749: its own, or else the one that the foot names.

    Raises InvalidEnterpriseNumber, and MissingEnterpriseNumber where there is none.
    """
    if sender.enterprise_number:
        if not vat.is_valid(sender.enterprise_number):
            raise InvalidEnterpriseNumber(sender.enterprise_number)
        return written(sender.enterprise_number)
    for line in sender.registration:
        for found in NUMBER_IN_TEXT.findall(line):
            if vat.is_valid(found):
                return written(found)
    raise MissingEnterpriseNumber


def written(number: str) -> str:
    """Write a valid number in its three groups."""
    compact: str = vat.compact(number)
    return f"{compact[:4]}.{compact[4:7]}.{compact[7:]}"
