"""From a letter to what the template prints: every text chosen, every figure written, nothing left to decide.

    what is owed (Letter) ──┐
    how it looks (HouseStyle) ─┼─▶ Writer ─▶ page() ─▶ JSON ─▶ letter.typ ─▶ PDF
    what it says (Language) ──┘

Each part of the page has a function of its own, in the order in which the page is read: address, facts, opening, items
with their sums, the law's notice, how to pay, closing. Whatever may not be printed is refused here, before the
typesetter, so that a dry run refuses the same. The body of an e-mail is made of the same parts (`mail.compose`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.money import exponents
from services.reminders.letters.creditor import NAMING_THE_CREDITOR, enterprise_number
from services.reminders.letters.house_style import HouseStyle, LevelText
from services.reminders.letters.model import Charge, Letter, LetterItem, PaymentInstruction, totals
from services.reminders.letters.payment_code import check_account, code_svg, has_code, transfer
from services.reminders.letters.postal import address_lines, check_address
from services.reminders.letters.printable import CELL_RUN_MAX, Coverage, printable
from services.reminders.letters.references import FI_CREDITOR, check_reference, shown_reference
from services.reminders.letters.refusals import InvalidReference, NothingToPrint, TooManyItems, UnknownCurrency
from services.reminders.letters.texts import LetterLanguage, fill, language_of, notice_text, text_of

ITEMS_MAX = 1_000
"""Items on one letter: some thirty pages."""

IBAN_GROUP = 4

ADDRESS_LINE_MAX = 90
"""Characters of an address line that the window shows, on two lines of its smallest print."""

DESCRIPTION_RUN_MAX = 18
"""Characters without a place to break after which the column of descriptions needs one."""


@dataclass(frozen=True)
class Writer:
    """Writes one letter: the letter, its language, the house, and what the fonts can print."""

    letter: Letter
    style: HouseStyle
    language: LetterLanguage
    coverage: Coverage

    def plain(self, text: str) -> str:
        """Return somebody else's text so that it prints literally, on one line."""
        return printable(text, self.coverage)

    def cell(self, text: str, run_max: int = CELL_RUN_MAX) -> str:
        """Return somebody else's text for a narrow cell."""
        return printable(text, self.coverage, run_max=run_max)

    def own(self, text: str) -> str:
        """Return a text of the house, with its line ends."""
        return printable(text, self.coverage, keep_lines=True)

    def money(self, amount_minor: int, currency: str) -> str:
        """Write an amount in the letter's language."""
        return self.language.figures.money(amount_minor, currency)

    def label(self, name: str, **values: str) -> str:
        """Return a label of the language with its placeholders filled in."""
        return fill(self.language.labels[name], values)


def page(letter: Letter, style: HouseStyle, coverage: Coverage, *, drawn: bool = True) -> dict[str, Any]:
    """Return what the template prints for one letter; raises the refusals of `refusals`.

    Without `drawn` there is no code of the banking app, which takes most of the time and is never refused.
    """
    # What can be refused at once is: an unknown language, no items, no such currency.
    language = language_of(letter.language)
    check_items(letter)
    # The words: which text of which level, with its placeholders filled in. They come before the figures of the page,
    # since a text may name any of them.
    writer = Writer(letter, style, language, coverage)
    values = placeholders(writer)
    text = text_of(letter, style, language)
    opening, closing = paragraphs(writer, text, values)
    subject = writer.plain(fill(text.subject, values))
    # And the page, from top to bottom. The label of the page's number comes in pieces: only the typesetter counts.
    return {
        "title": subject,
        "lang": language.tag.partition("-")[0],
        "region": str(language.figures.locale.territory),
        "date": [letter.date.year, letter.date.month, letter.date.day],
        "address": [elided(writer.plain(line), ADDRESS_LINE_MAX) for line in addressee(writer)],
        "full_name": full_name(writer),
        "facts": facts(writer),
        "greeting": language.greeting,
        "opening": opening,
        "closing": closing,
        "valediction": language.valediction,
        "headings": [language.labels[name] for name in COLUMNS],
        "rows": [row(writer, item) for item in letter.items],
        "sums": sums(writer),
        "notice": notice(writer, values),
        "payment": payment(writer, drawn=drawn),
        "page_label": writer.label("page", page="\0", pages="\0").split("\0"),
        "banner": "" if letter.purpose == "final" else language.labels[letter.purpose],
        "logo_alt": writer.label("logo_alt", sender=writer.plain(style.sender.address.name)),
    }


COLUMNS = ("voucher", "item_date", "due_date", "description", "amount", "open", "days")


def check_items(letter: Letter) -> None:
    """Raise a refusal when there are no items, too many, or amounts in no currency."""
    if not letter.items:
        raise NothingToPrint
    if len(letter.items) > ITEMS_MAX:
        raise TooManyItems(len(letter.items), ITEMS_MAX)
    known = exponents()
    for number, item in enumerate(letter.items):
        if item.currency not in known:
            raise UnknownCurrency(item.currency, f"items[{number}].currency")
    for number, charge in enumerate(letter.charges):
        if charge.currency not in known:
            raise UnknownCurrency(charge.currency, f"charges[{number}].currency")
    if letter.payment.currency not in known:
        raise UnknownCurrency(letter.payment.currency, "payment.currency")


def addressee(writer: Writer) -> tuple[str, ...]:
    """Return the lines of the address window; raises MissingAddress."""
    check_address(writer.letter.addressee, by_post=writer.letter.by_post)
    posted_in = writer.style.sender.address.country
    return address_lines(writer.letter.addressee, posted_in=posted_in, locale=writer.language.figures.locale)


def full_name(writer: Writer) -> list[str]:
    """Label and name, to be printed in full in the letter when the window had no room for it."""
    name = writer.letter.addressee.name
    return [writer.language.labels["name"], writer.plain(name)] if len(name) > ADDRESS_LINE_MAX else []


def elided(text: str, length_max: int) -> str:
    """Shorten a text that the window has no room for, so that street and city stay in sight."""
    return text if len(text) <= length_max else text[: length_max - 1] + "…"


def placeholders(writer: Writer) -> dict[str, str]:
    """Values that texts may name in braces."""
    letter, figures = writer.letter, writer.language.figures
    fee = writer.money(letter.notice.fee_minor, letter.notice.currency) if letter.notice else ""
    rate = letter.notice.rate_basis_points if letter.notice else None
    return {
        "total": spoken_total(writer),
        "pay_by": figures.long_day(letter.payment.pay_by),
        "date": figures.long_day(letter.date),
        "oldest": figures.long_day(min(item.due_date for item in letter.items)),
        "level": str(letter.level),
        "name": writer.plain(letter.addressee.name),
        "customer": writer.plain(letter.party_id),
        "sender": writer.plain(writer.style.sender.address.name),
        "fee": fee,
        "days": str(letter.notice.days) if letter.notice else "",
        "rate": figures.rate(rate) if rate is not None else "",
    }


def spoken_total(writer: Writer) -> str:
    """Write what is to be paid, in each currency."""
    return " + ".join(writer.money(amount, currency) for currency, amount in totals(writer.letter).items())


def paragraphs(writer: Writer, text: LevelText, values: dict[str, str]) -> tuple[list[str], list[str]]:
    """Return the paragraphs before the items and after the payment instructions."""
    opening = [writer.own(fill(paragraph, values)) for paragraph in text.opening]
    closing = [writer.own(fill(paragraph, values)) for paragraph in text.closing]
    return opening, closing


def facts(writer: Writer) -> list[list[str]]:
    """Label and value of what identifies the letter."""
    letter, labels, figures = writer.letter, writer.language.labels, writer.language.figures
    lines = [
        [labels["date"], figures.long_day(letter.date)],
        [labels["party"], writer.cell(letter.party_id)],
        [labels["reminder"], writer.cell(letter.number or letter.reminder_id)],
    ]
    if max(totals(letter).values()) > 0:
        lines.append([labels["pay_by"], figures.long_day(letter.payment.pay_by)])
    return lines


def row(writer: Writer, item: LetterItem) -> list[str]:
    """Cells of one item; the days overdue are counted from the day after the due date to the letter's date."""
    figures = writer.language.figures
    overdue = overdue_days(item, writer.letter.date)
    return [
        writer.cell(item.voucher),
        figures.day(item.item_date),
        figures.day(item.due_date),
        writer.cell(item.description.strip() or writer.language.kinds.get(item.kind, ""), DESCRIPTION_RUN_MAX),
        writer.money(item.amount_minor, item.currency),
        writer.money(item.open_minor, item.currency),
        str(overdue) if overdue else "–",
    ]


def overdue_days(item: LetterItem, on: date) -> int:
    """Days that a debt is overdue: none on its due date, one on the day after it; a credit never is."""
    return max(0, (on - item.due_date).days) if item.open_minor > 0 else 0


def sums(writer: Writer) -> list[dict[str, Any]]:
    """Lines under the items: per currency what is open, what this reminder adds, what is to be paid."""
    letter, labels = writer.letter, writer.language.labels
    lines: list[dict[str, Any]] = []
    for currency, total in totals(letter).items():
        # What was open before comes only where something is added to it: else it is the total.
        charges = [charge for charge in letter.charges if charge.currency == currency]
        if charges:
            open_minor = sum(item.open_minor for item in letter.items if item.currency == currency)
            lines.append({"label": labels["open_total"], "amount": writer.money(open_minor, currency), "strong": False})
        for charge in charges:
            label, amount = charge_label(writer, charge), writer.money(charge.amount_minor, currency)
            lines.append({"label": label, "amount": amount, "strong": False})
        # Each currency ends with its total in bold, which may be the debtor's.
        label = labels["to_pay" if total > 0 else "in_credit"]
        lines.append({"label": label, "amount": writer.money(total, currency), "strong": True})
    return lines


def charge_label(writer: Writer, charge: Charge) -> str:
    """Name a fee, interest or compensation in the letter's language."""
    until = charge.until or writer.letter.date
    return writer.label(charge.kind, until=writer.language.figures.day(until))


def notice(writer: Writer, values: dict[str, str]) -> dict[str, Any] | None:
    """Return the wording that the law asks for, or None; who owes nothing is warned of nothing."""
    if writer.letter.notice is None or max(totals(writer.letter).values()) <= 0:
        return None
    kind = writer.letter.notice.kind
    text = notice_text(kind, writer.language)
    if kind in NAMING_THE_CREDITOR:
        values = {**values, "enterprise_number": enterprise_number(writer.style.sender)}
    return {"title": fill(text.title, values), "paragraphs": [fill(one, values) for one in text.paragraphs]}


def payment(writer: Writer, *, drawn: bool = True) -> dict[str, Any] | None:
    """Return the payment instructions, checked, with the code of the banking app where it applies and is `drawn`.

    None when nothing is owed in the payment's currency.
    """
    instruction, labels = writer.letter.payment, writer.language.labels
    # Account and reference are checked even where nothing is owed: a wrong one is wrong for the next debtor too.
    iban, bic = check_account(instruction.iban, instruction.bic)
    shown = checked_reference(instruction)
    amount_minor = totals(writer.letter).get(instruction.currency, 0)
    if amount_minor <= 0:
        return None
    amount = writer.money(amount_minor, instruction.currency)
    lines = [
        [labels["to_pay"], amount],
        [labels["holder"], writer.plain(instruction.holder)],
        [labels["iban"], grouped(iban)],
    ]
    if bic:
        lines.append([labels["bic"], bic])
    # Each kind of reference goes by the name that its country's banks give it.
    kind = instruction.reference_kind
    label = {"ogm": "ogm", "fi-71": "fi"}.get(kind, "reference")
    lines.append([labels[label], writer.plain(shown)])
    lines.append([labels["pay_by"], writer.language.figures.long_day(instruction.pay_by)])
    # The code says the same once more for a banking app, where there is one that reads it.
    code = None
    if drawn and has_code(instruction, amount_minor):
        alt = writer.label("code_alt", amount=amount, iban=grouped(iban), reference=writer.plain(shown))
        code = {"svg": code_svg(transfer(instruction, amount_minor, shown)), "alt": alt, "caption": labels["code"]}
    return {"title": labels["payment"], "lines": lines, "code": code}


def checked_reference(instruction: PaymentInstruction) -> str:
    """Return the reference as people know it; raises InvalidReference, also for a wrong FI creditor."""
    compact = check_reference(instruction.reference, instruction.reference_kind)
    if instruction.reference_kind == "fi-71" and not FI_CREDITOR.fullmatch(instruction.fi_creditor or ""):
        raise InvalidReference(instruction.fi_creditor or "", "fi-71 creditor", field="payment.fi_creditor")
    return shown_reference(compact, instruction.reference_kind, instruction.fi_creditor)


def grouped(iban: str) -> str:
    """Write an IBAN in groups of four, which do not break over lines."""
    return "\u00a0".join(iban[start : start + IBAN_GROUP] for start in range(0, len(iban), IBAN_GROUP))
