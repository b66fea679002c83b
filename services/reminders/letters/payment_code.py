"""The QR code that a banking app scans: an EPC credit transfer, as vectors."""

from __future__ import annotations

import re

import segno
from stdnum import bic as bics
from stdnum import iban as ibans

from services.reminders.letters.model import PaymentInstruction
from services.reminders.letters.refusals import InvalidBic, InvalidIban

CURRENCY = "EUR"
AMOUNT_MINOR_MAX = 99_999_999_999
"""EPC069-12: at most EUR 999 999 999.99."""

HOLDER_MAX = 70
TEXT_MAX = 140
UTF8 = "1"
DARK = re.compile(b"\1+")
"""A run of dark modules in a row of the code."""

MASK = 4
"""Data mask of the code. Readers take any of the eight; trying all of them costs eight times as much."""


def check_account(iban: str, bic: str | None, *, within: str = "payment.") -> tuple[str, str | None]:
    """Return IBAN and BIC in compact form; raises InvalidIban or InvalidBic, naming the field `within`.

    The IBAN's structure and check digits count, not lists of banks: these age, and would refuse a new bank's accounts.
    """
    if not ibans.is_valid(iban, check_country=False):
        raise InvalidIban(iban, field=f"{within}iban")
    if bic is not None and not bics.is_valid(bic):
        raise InvalidBic(bic, field=f"{within}bic")
    return ibans.compact(iban), bics.compact(bic) if bic else None


def has_code(payment: PaymentInstruction, amount_minor: int) -> bool:
    """Tell whether a credit transfer code applies: euros, more than nothing, not more than the scheme carries."""
    return payment.currency == CURRENCY and 0 < amount_minor <= AMOUNT_MINOR_MAX


def transfer(payment: PaymentInstruction, amount_minor: int, shown_reference: str) -> str:
    """Content of the code (EPC069-12 version 002, UTF-8).

    An ISO 11649 reference goes into the structured remittance information, everything else as written into the
    unstructured one, which is where Belgian banks look for +++…+++.
    """
    iban, bic = check_account(payment.iban, payment.bic)
    structured = payment.reference_kind == "rf"
    holder = " ".join(payment.holder.split())[:HOLDER_MAX]
    remittance = " ".join(shown_reference.split())[:TEXT_MAX]
    lines = (
        "BCD",
        "002",
        UTF8,
        "SCT",
        bic or "",
        holder,
        iban,
        f"EUR{amount_minor // 100}.{amount_minor % 100:02d}",
        "",
        remittance.replace(" ", "") if structured else "",
        "" if structured else remittance,
    )
    return "\n".join(lines).rstrip("\n")


def code_svg(content: str) -> str:
    """Draw the code (error correction M, as the scheme asks) as one SVG path without a margin."""
    code = segno.make(content, error="m", mask=MASK, boost_error=False, micro=False, encoding="utf-8", eci=False)
    strokes = [
        f"M{run.start()} {y}h{run.end() - run.start()}v1H{run.start()}z"
        for y, row in enumerate(code.matrix)
        for run in DARK.finditer(bytes(row))
    ]
    size = len(code.matrix)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{"".join(strokes)}"/></svg>'
