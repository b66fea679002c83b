"""Payment references: built from a number, checked, and written as people know them."""

from __future__ import annotations

import re

from stdnum import iso11649, luhn
from stdnum.be import ogm_vcs

from services.reminders.letters.model import ReferenceKind
from services.reminders.letters.refusals import InvalidReference

OGM_DIGITS = 10
RF_LENGTH_MAX = 21
FI_DIGITS = 14
TEXT_LENGTH_MAX = 140
FI_CREDITOR = re.compile(r"\d{8}")


def build_ogm(number: int) -> str:
    """Belgian structured message of a number of at most ten digits, as +++123/4567/89012+++.

    The last two digits are the rest modulo 97 of the first ten, 97 for a rest of nought (Febelfin, OGM-VCS).
    Raises InvalidReference when the number is negative or too long.
    """
    digits = f"{number:010d}"
    if number < 0 or len(digits) > OGM_DIGITS:
        raise InvalidReference(str(number), "ogm")
    return f"+++{ogm_vcs.format(digits + ogm_vcs.calc_check_digits(digits))}+++"


def build_rf(reference: str) -> str:
    """ISO 11649 creditor reference of letters and digits (at most 21), as RF18 5390 0754 7034.

    Raises InvalidReference when it has other characters or is too long.
    """
    bare = re.sub(r"[\s.-]", "", reference).upper()
    if not re.fullmatch(rf"[A-Z0-9]{{1,{RF_LENGTH_MAX}}}", bare):
        raise InvalidReference(reference, "rf")
    check = 98 - int("".join(str(int(character, 36)) for character in bare + "RF00")) % 97
    return str(iso11649.format(f"RF{check:02d}{bare}"))


def build_fi(number: int) -> str:
    """Danish payment id of card type 71: fourteen digits and a modulus-10 check digit.

    Raises InvalidReference when the number is not positive or too long.
    """
    digits = f"{number:014d}"
    if number <= 0 or len(digits) > FI_DIGITS:
        raise InvalidReference(str(number), "fi-71")
    return digits + str(luhn.calc_check_digit(digits))


def check_reference(reference: str, kind: ReferenceKind) -> str:
    """Return the reference in compact form; raise InvalidReference when it breaks the rules of its kind."""
    if kind == "ogm":
        valid, compact = ogm_vcs.is_valid(reference), str(ogm_vcs.compact(reference))
    elif kind == "rf":
        valid, compact = iso11649.is_valid(reference), re.sub(r"\s", "", reference).upper()
    elif kind == "fi-71":
        compact = re.sub(r"\s", "", reference)
        valid = bool(re.fullmatch(rf"\d{{{FI_DIGITS + 1}}}", compact)) and luhn.is_valid(compact)
    else:
        compact = reference.strip()
        valid = 0 < len(compact) <= TEXT_LENGTH_MAX
    if not valid:
        raise InvalidReference(reference, kind)
    return compact


def shown_reference(compact: str, kind: ReferenceKind, fi_creditor: str | None) -> str:
    """Write a checked reference as people know it: +++…+++, RF in fours, the code line +71<…+…<."""
    if kind == "ogm":
        return f"+++{ogm_vcs.format(compact)}+++"
    if kind == "rf":
        return str(iso11649.format(compact))
    if kind == "fi-71":
        return f"+71<{compact}+{fi_creditor}<"
    return compact
