"""Which payment reference a reminder asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.reminders.domain.members import Member
from services.reminders.letters.model import ReferenceKind
from services.reminders.letters.references import build_fi, build_ogm, build_rf, check_reference
from services.reminders.letters.refusals import InvalidReference

OGM_NUMBERS = 10**10
FI_NUMBERS = 10**14
RF_NUMBERS = 36**18
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CLEAR_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: without I, L, O and U."""
UUID_BITS, NUMBER_BITS, BITS_A_CHARACTER = 128, 50, 5
STRUCTURED: tuple[ReferenceKind, ...] = ("ogm", "rf")


@dataclass(frozen=True, slots=True)
class Reference:
    """A payment reference as it is printed; `fi_creditor` belongs to a Danish payment line."""

    text: str
    kind: ReferenceKind
    fi_creditor: str | None = None


def reference_of_item(members: tuple[Member, ...]) -> Reference | None:
    """The item's own structured reference, when the reminder is about one charge that has one."""
    charges = [member for member in members if member.amount > 0]
    if len(charges) != 1 or not charges[0].reference:
        return None
    for kind in STRUCTURED:
        try:
            check_reference(charges[0].reference, kind)
        except InvalidReference:
            continue
        return Reference(charges[0].reference, kind)
    return None


def new_reference(reminder_id: UUID, country: str, fi_creditor: str | None = None, attempt: int = 0) -> Reference:
    """A reference of the reminder's own: structured message in Belgium, FI line in Denmark, else ISO 11649.

    The national numbers are short, so that two reminders may come to the same: another `attempt` gives another number.
    """
    number = reminder_id.int + attempt
    if country == "BE":
        return Reference(build_ogm(number % OGM_NUMBERS), "ogm")
    if country == "DK" and fi_creditor:
        return Reference(build_fi(number % (FI_NUMBERS - 1) + 1), "fi-71", fi_creditor)
    return Reference(build_rf(_base36(number % RF_NUMBERS)), "rf")


def letter_name(party_id: str, reminder_id: UUID, day: date) -> str:
    """The file name of a letter: whose it is, its number, its day; with nothing that a file system could misread."""
    return f"{safe_name(party_id)}-{reminder_number(reminder_id)}-{day}.pdf"


def safe_name(text: str) -> str:
    """A text as part of a file name or a Message-ID: ASCII letters and digits, hyphens for all else."""
    return "".join(character if character.isalnum() and character.isascii() else "-" for character in text)


def reminder_number(reminder_id: UUID) -> str:
    """How people name a reminder, on paper and on the telephone: ten letters and digits that are hard to mistake.

    Fifty bits of its id; what has to be unique goes by the id itself.
    """
    digits = f"{reminder_id.int >> (UUID_BITS - NUMBER_BITS):0{NUMBER_BITS}b}"
    groups = (digits[start : start + BITS_A_CHARACTER] for start in range(0, NUMBER_BITS, BITS_A_CHARACTER))
    return "".join(CLEAR_ALPHABET[int(group, 2)] for group in groups)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits or ALPHABET[0]
