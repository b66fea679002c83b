"""What is said to people: in English, and with what it takes to say the same in another language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol, Self


class Wording(Protocol):
    """How a language says things."""

    @property
    def templates(self) -> Mapping[str, str]:
        """By the English one; what is not there is said in English."""
        ...

    def number(self, number: Decimal) -> str:
        """Write a number with the separators of the language and all of its decimals."""
        ...

    def retold(self, text: str) -> str:
        """Say a sentence whose English text is all that is left of it."""
        ...


class Said(str):
    """A text that is English wherever it is used as text, and that other languages can say as well.

    Logs, events and whatever is stored keep the English.
    """

    __slots__ = ()

    def said_in(self, _wording: Wording) -> str:
        """The same in another language; English, where a kind of text does not know better."""
        return str(self)


class Sentence(Said):
    """A template, filled in with named values: `Sentence("No set has the id {set_id}.", set_id=7)`.

    Templates are literals of the code, so that translators find them; values are what they are, braces and all. A value
    that is itself `Said` is said in the language of the sentence around it.
    """

    __slots__ = ("template", "values")
    template: str
    values: dict[str, object]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """Say it in English; KeyError or AttributeError where a value is missing."""
        sentence = super().__new__(cls, template.format_map(values))
        sentence.template = template
        sentence.values = values
        return sentence

    @classmethod
    def of(cls, text: str, values: Mapping[str, object]) -> Sentence:
        """A template with its values; what is a sentence already stays as it is."""
        return text if isinstance(text, Sentence) else cls(text, **values)

    def said_in(self, wording: Wording) -> str:
        """The template of that language, filled in with the same values."""
        template = wording.templates.get(self.template, self.template)
        return template.format_map({name: _said_in(value, wording) for name, value in self.values.items()})

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        return (self.template,), self.values


class Count(Said):
    """A whole number within a sentence: 1,250, which other languages write with a stop."""

    __slots__ = ("number",)
    number: int

    def __new__(cls, number: int) -> Self:
        """The number as English writes it, its thousands set apart by commas."""
        written = super().__new__(cls, f"{number:,}")
        written.number = number
        return written

    def said_in(self, wording: Wording) -> str:
        """With the separators of that language."""
        return wording.number(Decimal(self.number))

    def __getnewargs_ex__(self) -> tuple[tuple[int], dict[str, object]]:
        return (self.number,), {}


class Retold(Said):
    """A sentence of which only the English text was kept, as in an event or a row; see `Wording.retold`."""

    __slots__ = ()

    def said_in(self, wording: Wording) -> str:
        """As far as the text is recognised; else it stays English."""
        return wording.retold(self)


class Amount(Said):
    """Money within a sentence: 12.50 EUR, which other languages write with a comma. `amount` is in whole units."""

    __slots__ = ("amount", "currency")
    amount: Decimal
    currency: str

    def __new__(cls, amount: Decimal, currency: str) -> Self:
        """Write it in English, with as many decimals as the number has."""
        written = super().__new__(cls, f"{amount} {currency}")
        written.amount = amount
        written.currency = currency
        return written

    def said_in(self, wording: Wording) -> str:
        """With the separators of that language."""
        return f"{wording.number(self.amount)} {self.currency}"

    def __getnewargs_ex__(self) -> tuple[tuple[Decimal, str], dict[str, object]]:
        return (self.amount, self.currency), {}


def joined(parts: Sequence[str], separator: str = " ") -> Sentence:
    """Some texts, at least one, one after the other, each in the language of the whole."""
    first, *others = parts
    whole = Sentence("{part}", part=first)
    for other in others:
        whole = Sentence("{whole}{separator}{part}", whole=whole, separator=separator, part=other)
    return whole


def one_of(parts: Sequence[str]) -> Sentence:
    """What can be chosen from, as in: clerk or operator."""
    first, *others = parts
    choice = Sentence("{part}", part=first)
    for other in others:
        choice = Sentence("{one} or {other}", one=choice, other=other)
    return choice


def _said_in(value: object, wording: Wording) -> Any:
    return value.said_in(wording) if isinstance(value, Said) else value
