"""The languages of selection's files and sentences: one entry each, which a new language is added to.

What else is said by language stands beside what it names: fields' labels and the words of codes have a text a language,
in the order of this table. A gate names what a language lacks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chassis.notations import BELGIAN, DANISH, DUTCH, ENGLISH, RFC_4180, Notation

Language = Literal["nl", "da", "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageOfFiles:
    """How one language is written.

    `locale` writes its dates and numbers; `csv` are its CSV formats by name, one a country; `workbook` has its dates.
    `keep` is the header of the column in which a clerk can untick a member, `false` how spreadsheets write FALSE.
    `words` are patterns of sentences, by operator, unit and what is selected; "date-lt" is "lt" of a date.
    `typed` are the words of criteria as they are typed, by what they stand for.
    """

    locale: str
    csv: Mapping[str, Notation]
    workbook: Notation
    keep: str
    false: str
    words: Mapping[str, str]
    typed: Mapping[str, str] = field(default_factory=dict)


LANGUAGES: Mapping[Language, LanguageOfFiles] = {
    "nl": LanguageOfFiles(
        locale="nl_NL",
        csv={"csv-nl": DUTCH, "csv-nl-BE": BELGIAN},
        workbook=DUTCH,
        keep="behouden",
        false="onwaar",
        words={
            "items": "Open posten waarvan {criteria}.",
            "parties": "Klanten waarvan {criteria}.",
            "all": "en",
            "any": "of",
            "not": "niet ({part})",
            "eq": "{field} gelijk is aan {value}",
            "ne": "{field} niet gelijk is aan {value}",
            "lt": "{field} kleiner is dan {value}",
            "le": "{field} hoogstens {value} is",
            "gt": "{field} groter is dan {value}",
            "ge": "{field} minstens {value} is",
            "date-lt": "{field} voor {value} ligt",
            "date-le": "{field} op of voor {value} ligt",
            "date-gt": "{field} na {value} ligt",
            "date-ge": "{field} op of na {value} ligt",
            "between": "{field} van {value} tot en met {other} is",
            "in": "{field} een van {value} is",
            "starts": "{field} begint met {value}",
            "contains": "{field} {value} bevat",
            "empty": "{field} leeg is",
            "cents": "cent",
            "days": "dagen",
            "weeks": "weken",
            "months": "maanden",
            "years": "jaar",
            "yes": "ja",
            "no": "nee",
        },
        typed={
            "en": "and",
            "of": "or",
            "niet": "not",
            "ja": "yes",
            "nee": "no",
            "tussen": "between",
            "begint": "starts",
            "bevat": "contains",
            "leeg": "empty",
            "cent": "cents",
            "centen": "cents",
            "dag": "days",
            "dagen": "days",
            "week": "weeks",
            "weken": "weeks",
            "maand": "months",
            "maanden": "months",
            "jaar": "years",
            "jaren": "years",
        },
    ),
    "da": LanguageOfFiles(
        locale="da_DK",
        csv={"csv-da": DANISH},
        workbook=DANISH,
        keep="behold",
        false="falsk",
        words={
            "items": "Åbne poster, hvor {criteria}.",
            "parties": "Konti, hvor {criteria}.",
            "all": "og",
            "any": "eller",
            "not": "ikke ({part})",
            "eq": "{field} er {value}",
            "ne": "{field} ikke er {value}",
            "lt": "{field} er mindre end {value}",
            "le": "{field} er højst {value}",
            "gt": "{field} er større end {value}",
            "ge": "{field} er mindst {value}",
            "date-lt": "{field} ligger før {value}",
            "date-le": "{field} ligger senest {value}",
            "date-gt": "{field} ligger efter {value}",
            "date-ge": "{field} ligger tidligst {value}",
            "between": "{field} er fra {value} til og med {other}",
            "in": "{field} er en af {value}",
            "starts": "{field} begynder med {value}",
            "contains": "{field} indeholder {value}",
            "empty": "{field} er tom",
            "cents": "øre/cent",
            "days": "dage",
            "weeks": "uger",
            "months": "måneder",
            "years": "år",
            "yes": "ja",
            "no": "nej",
        },
        typed={
            "og": "and",
            "eller": "or",
            "ikke": "not",
            "ja": "yes",
            "nej": "no",
            "i": "in",
            "mellem": "between",
            "begynder": "starts",
            "indeholder": "contains",
            "tom": "empty",
            "øre": "cents",
            "cent": "cents",
            "dag": "days",
            "dage": "days",
            "uge": "weeks",
            "uger": "weeks",
            "måned": "months",
            "måneder": "months",
            "år": "years",
        },
    ),
    "en": LanguageOfFiles(
        locale="en_GB",
        csv={"csv-en": ENGLISH},
        workbook=RFC_4180,
        keep="keep",
        false="false",
        words={
            "items": "Open items of which {criteria}.",
            "parties": "Parties of which {criteria}.",
            "all": "and",
            "any": "or",
            "not": "not ({part})",
            "eq": "{field} is {value}",
            "ne": "{field} is not {value}",
            "lt": "{field} is less than {value}",
            "le": "{field} is at most {value}",
            "gt": "{field} is more than {value}",
            "ge": "{field} is at least {value}",
            "date-lt": "{field} is before {value}",
            "date-le": "{field} is on or before {value}",
            "date-gt": "{field} is after {value}",
            "date-ge": "{field} is on or after {value}",
            "between": "{field} is from {value} up to and including {other}",
            "in": "{field} is one of {value}",
            "starts": "{field} begins with {value}",
            "contains": "{field} contains {value}",
            "empty": "{field} is empty",
            "cents": "cents",
            "days": "days",
            "weeks": "weeks",
            "months": "months",
            "years": "years",
            "yes": "yes",
            "no": "no",
        },
    ),
}


def by_language(texts: Sequence[str]) -> Mapping[Language, str]:
    """Texts in the order of the table, by language; ValueError where there are more or fewer than languages."""
    return dict(zip(LANGUAGES, texts, strict=True))
