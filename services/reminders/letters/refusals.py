"""Why a letter is not printed: one class per reason, each naming the field and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Self

from chassis.errors import Refused
from chassis.sentences import Sentence


class LetterRefused(Refused):
    """Root of every reason for which one letter is not printed; the others of the run go on.

    A refusal travels from the process that renders to the one that asked, whatever its class takes to be made.
    """

    @classmethod
    def again(cls, code: str, message: str, field: str | None, remedy: str | None) -> Self:
        """Make the same refusal again from its parts."""
        refusal = cls.__new__(cls)
        Refused.__init__(refusal, code, message, field=field, remedy=remedy)
        return refusal

    def __reduce__(self) -> tuple[Callable[..., LetterRefused], tuple[str, str, str | None, str | None]]:
        return type(self).again, (self.code, self.message, self.field, self.remedy)


class InvalidIban(LetterRefused):
    """The account number does not follow ISO 13616, or its check digits are wrong."""

    def __init__(self, iban: str, *, field: str = "payment.iban") -> None:
        super().__init__(
            "invalid-iban",
            "{iban!r} is not a valid IBAN.",
            iban=iban,
            field=field,
            remedy="Correct the account number in the administration's sender.",
        )


class InvalidBic(LetterRefused):
    """The bank identifier does not follow ISO 9362."""

    def __init__(self, bic: str, *, field: str = "payment.bic") -> None:
        super().__init__(
            "invalid-bic",
            "{bic!r} is not a valid BIC.",
            bic=bic,
            field=field,
            remedy="Correct the bank identifier in the administration's sender, or leave it out.",
        )


class MissingEnterpriseNumber(LetterRefused):
    """The law wants the creditor's enterprise number on this letter, and none is known."""

    def __init__(self) -> None:
        super().__init__(
            "missing-enterprise-number",
            "A first reminder under Belgian law must name the creditor's enterprise number, and none is configured.",
            field="sender.enterprise_number",
            remedy="Add the enterprise number to the administration's sender.",
        )


class InvalidEnterpriseNumber(LetterRefused):
    """The creditor's enterprise number has another form, or its check digits are wrong."""

    def __init__(self, number: str) -> None:
        super().__init__(
            "invalid-enterprise-number",
            "{number!r} is not a valid Belgian enterprise number.",
            number=number,
            field="sender.enterprise_number",
            remedy="Correct the enterprise number in the administration's sender.",
        )


class InvalidReference(LetterRefused):
    """A payment reference breaks the rules or the check digit of its kind."""

    def __init__(self, reference: str, kind: str, *, field: str = "payment.reference") -> None:
        super().__init__(
            "invalid-reference",
            "{reference!r} is not a valid payment reference of the kind {kind}.",
            reference=reference,
            kind=kind,
            field=field,
            remedy="Correct the reference, or build it again from its number.",
        )


class MissingAddress(LetterRefused):
    """The addressee cannot be reached by post."""

    def __init__(self, missing: str) -> None:
        super().__init__(
            "missing-address",
            "The addressee has no {missing}.",
            missing=missing,
            field=f"addressee.{missing}",
            remedy="Complete the party's address, or remind this party by e-mail.",
        )


class UnknownLanguage(LetterRefused):
    """There are no texts in the debtor's language."""

    def __init__(self, language: str, known: tuple[str, ...]) -> None:
        super().__init__(
            "unknown-language",
            "There are no letter texts in the language {language!r}.",
            language=language,
            known=", ".join(known),
            field="language",
            remedy="Give the party one of these languages: {known}.",
        )


class UnknownLevel(LetterRefused):
    """There is no text for this reminder level in this layout."""

    def __init__(self, level: int, layout: str, language: str) -> None:
        super().__init__(
            "unknown-level",
            "The layout {layout!r} has no text for level {level} in {language!r}.",
            layout=layout,
            level=level,
            language=language,
            field="level",
            remedy="Add the level's text to the house style, or end the profile at a lower level.",
        )


class UnknownLayout(LetterRefused):
    """The house style has no layout of this name."""

    def __init__(self, layout: str, known: tuple[str, ...]) -> None:
        super().__init__(
            "unknown-layout",
            "The house style has no layout {layout!r}.",
            layout=layout,
            known=", ".join(known),
            field="layout",
            remedy="Use one of: {known}.",
        )


class UnknownNotice(LetterRefused):
    """There is no wording for this legal notice."""

    def __init__(self, notice: str, known: tuple[str, ...]) -> None:
        super().__init__(
            "unknown-notice",
            "There is no wording for the legal notice {notice!r}.",
            notice=notice,
            known=", ".join(known),
            field="notice.kind",
            remedy="Use one of: {known}.",
        )


class UnknownPlaceholder(LetterRefused):
    """A text of the house style names a placeholder that letters do not have."""

    def __init__(self, placeholder: str, known: tuple[str, ...]) -> None:
        super().__init__(
            "unknown-placeholder",
            "The text names the placeholder {placeholder!r}, which letters do not have.",
            placeholder=placeholder,
            known=", ".join(known),
            field="texts",
            remedy="Use one of: {known}; write a literal brace as {{{{ or }}}}.",
        )


class UnknownCurrency(LetterRefused):
    """An amount is in something that is no currency."""

    def __init__(self, currency: str, field: str) -> None:
        super().__init__(
            "unknown-currency",
            "{currency!r} is not an ISO 4217 currency.",
            currency=currency,
            field=field,
            remedy="Use an ISO 4217 code such as EUR or DKK.",
        )


class NothingToPrint(LetterRefused):
    """A reminder without items reminds of nothing."""

    def __init__(self) -> None:
        super().__init__(
            "nothing-to-print",
            "The reminder has no items.",
            field="items",
            remedy="Leave this party out of the run.",
        )


class TooManyItems(LetterRefused):
    """A letter is longer than anybody reads."""

    def __init__(self, count: int, limit: int) -> None:
        super().__init__(
            "too-many-items",
            "The reminder has {count} items; a letter takes at most {limit}.",
            count=count,
            limit=limit,
            field="items",
            remedy="Send several reminders, for instance one per level or per journal.",
        )


class NotTypeset(LetterRefused):
    """The typesetter gave up on this one letter, which is a fault of ours or of the house's logo."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "not-typeset",
            "The letter cannot be typeset: {reason}.",
            reason=reason,
            remedy="Report the letter's texts; the other letters are not affected.",
        )


class InvalidStyle(LetterRefused):
    """The house style itself cannot be used."""

    def __init__(self, message: str, field: str, remedy: str, **values: object) -> None:
        said, then = Sentence.of(message, values), Sentence.of(remedy, values)
        super().__init__("invalid-style", said, field=f"style.{field}", remedy=then)


class MissingSender(LetterRefused):
    """The administration says nowhere who signs its letters."""

    def __init__(self) -> None:
        super().__init__(
            "missing-sender",
            "The administration has no sender to sign its letters.",
            field="sender",
            remedy="Configure the administration's sender: name, address, IBAN.",
        )


class UnusableHouseStyle(LetterRefused):
    """The operators' file of a house style cannot be read, or says what no house style has."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(
            "invalid-house-style",
            "The house style {file.name} cannot be used: {reason}",
            file=file,
            reason=reason,
            field="style",
            remedy="Mend the file, or take it away to print in the standard style.",
        )
