"""The languages in which people are answered: read from the packages' translations, chosen as RFC 9110 says.

Each package that says sentences keeps their translations beside it, one gettext file per language, in its folder
`translations`. English needs none: it is what the code says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from importlib.resources import files
from itertools import islice
from string import Formatter

from babel.core import negotiate_locale
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from chassis.sentences import Said

ENGLISH = "en"
TRANSLATED = ("nl", "da")
MAX_PREFERENCES = 20
"""So many languages of an Accept-Language are looked at."""
MAX_RETOLD_CHARACTERS = 2_000
MAX_RETOLD_SENTENCES = 10
OWN_WORDS = 3
"""So many words of its own a template has by which a text is recognised, or it begins with a label."""
_SENTENCE_END = re.compile(r"\. ")
_LABEL = re.compile(r"\w+: ")
_ONE_WORD = re.compile(r"\S+")


class Language:
    """A language: its BCP 47 tag, and its templates by ours."""

    def __init__(self, tag: str, templates: Mapping[str, str]) -> None:
        self.tag = tag
        self.templates = templates

    def say(self, text: str) -> str:
        """Say a text in this language; one that is no sentence of ours stays as it is."""
        return text.said_in(self) if isinstance(text, Said) and self.tag != ENGLISH else str(text)

    def number(self, number: Decimal) -> str:
        """Write a number with the separators of the language and all of its decimals."""
        decimals = -int(number.as_tuple().exponent)
        pattern = "#,##0" + ("." + "0" * decimals if decimals > 0 else "")
        return str(format_decimal(number, pattern, locale=self.tag))

    def retold(self, text: str) -> str:
        """Say what was kept in English, by the templates that make such sentences; English where none does.

        A text is cut into as many sentences as are recognised, so that a value which holds a full stop is still one.
        """
        if len(text) > MAX_RETOLD_CHARACTERS:
            return text
        cuts = [found.end() for found in islice(_SENTENCE_END.finditer(text), MAX_RETOLD_SENTENCES)]
        tails = {len(text): ""}
        for begin in reversed([0, *cuts]):
            for end in (*(cut for cut in cuts if cut > begin), len(text)):
                if end in tails and (said := self._recognised(text[begin:end].strip())):
                    tails[begin] = f"{said} {tails[end]}".strip()
                    break
        return tails.get(0, text)

    def _recognised(self, sentence: str) -> str | None:
        """What one sentence means here; None when no template makes it."""
        for template in self._recognisable:
            if (values := template.values_in(sentence)) is not None:
                return template.filled(values)
        return None

    @cached_property
    def _recognisable(self) -> tuple[_Recognisable, ...]:
        """The templates that a text can be told by, the most particular ones first."""
        every = (_Recognisable.of(said, meant) for said, meant in self.templates.items())
        return tuple(sorted((one for one in every if one), key=lambda one: len("".join(one.texts)), reverse=True))


@dataclass(frozen=True, slots=True)
class _Recognisable:
    """A template as the texts around its placeholders, one more than those have names, and its translation."""

    texts: tuple[str, ...]
    names: tuple[str, ...]
    meant: str

    @classmethod
    def of(cls, said: str, meant: str) -> _Recognisable | None:
        """None for a template that says too little of its own: it would recognise other texts too."""
        parts = [(text, _written(*field)) for text, *field in Formatter().parse(said)]
        names = tuple(name for _, name in parts if name is not None)
        texts = [text for text, _ in parts]
        if names and sum(len(text.split()) for text in texts) < OWN_WORDS and not _LABEL.match(said):
            return None
        return cls(tuple(texts if len(texts) > len(names) else [*texts, ""]), names, meant)

    def values_in(self, sentence: str) -> list[str] | None:
        """What stands for the placeholders, each as short as possible; None when the template does not make it.

        Each text is looked for once, from where the one before it was found: no sentence takes long.
        """
        first, *inner, last = self.texts if self.names else (*self.texts, "")
        begin, end = len(first), len(sentence) - len(last)
        if end < begin or not (sentence.startswith(first) and sentence.endswith(last)):
            return None
        values = []
        for text in inner:
            found = sentence.find(text, begin, end)
            if found < 0:
                return None
            values.append(sentence[begin:found])
            begin = found + len(text)
        if not self.names:
            return values if begin == end else None
        values.append(sentence[begin:end])
        return None if _LABEL.match(first) and not all(map(_ONE_WORD.fullmatch, values)) else values

    def filled(self, values: Sequence[str]) -> str:
        """The translation with the values that were found."""
        found = dict(zip(self.names, values, strict=True))
        parts = [(text, _written(*field)) for text, *field in Formatter().parse(self.meant)]
        return "".join(text + ("" if name is None else found[name]) for text, name in parts)


def _written(field: str | None, spec: str | None, conversion: str | None) -> str | None:
    """A placeholder as it stands in its template; None where there is none."""
    return None if field is None else f"{field}!{conversion}:{spec}"


@cache
def load_language(tag: str, packages: tuple[str, ...]) -> Language:
    """A language as some packages speak it; read once. `tag` is ENGLISH or one of TRANSLATED."""
    if tag == ENGLISH:
        return Language(ENGLISH, {})
    return Language(tag, {said: meant for package in packages for said, meant in translations(package, tag).items()})


def translations(package: str, tag: str) -> dict[str, str]:
    """One package's templates in a language, by the English ones."""
    with (files(package) / "translations" / f"{tag}.po").open("rb") as file:
        catalogue = read_po(file, locale=tag, abort_invalid=True)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


class Languages:
    """What a program can answer in: English, and the translations of its packages."""

    def __init__(self, packages: Sequence[str]) -> None:
        self._packages = tuple(packages)

    def spoken(self, tag: str) -> Language:
        """The language of a tag such as nl-BE; English when it is none of ours."""
        return self.negotiated([tag])

    def accepted(self, header: str | None) -> Language:
        """The language of an Accept-Language header; English when it asks for none of ours."""
        return self.negotiated(preferences(header or ""))

    def negotiated(self, preferred: Sequence[str]) -> Language:
        """The first of the preferred languages that is spoken here, by its region or without it."""
        found = negotiate_locale(preferred, (ENGLISH, *TRANSLATED), sep="-", aliases={}) or ENGLISH
        return load_language(found.lower(), self._packages)


def preferences(header: str) -> list[str]:
    """The language ranges of an Accept-Language (RFC 9110, 12.5.4), best first; those of quality 0 are left out.

    Babel negotiates between tags and leaves the header to its caller. A range whose quality cannot be read counts for
    nothing; `*` says nothing about which of ours to choose, and so leaves it at English.
    """
    qualities: dict[str, float] = {}
    for part in header.split(",")[:MAX_PREFERENCES]:
        tag, _, weight = (piece.strip() for piece in part.partition(";"))
        qualities[tag] = _quality(weight)
    asked = [tag for tag, quality in qualities.items() if tag not in {"", "*"} and quality > 0]
    return sorted(asked, key=qualities.__getitem__, reverse=True)


def _quality(weight: str) -> float:
    """The number in `q=0.5`, 1 without a weight, 0 where there is something else."""
    name, _, number = weight.partition("=")
    if not weight:
        return 1.0
    try:
        quality = float(number)
    except ValueError:
        return 0.0
    return quality if name.strip().lower() == "q" and 0 <= quality <= 1 else 0.0
