"""Criteria as one readable sentence in Dutch, Danish or English: for reports and the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal

from services.selection.domain.catalogue import Field, FieldType, Language, SetType, catalogue
from services.selection.domain.criteria import Condition, ConditionGroup, Criteria, Negation
from services.selection.domain.values import Value

LOCALES: Mapping[Language, str] = {"nl": "nl_NL", "da": "da_DK", "en": "en_GB"}

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "nl": {
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
    "da": {
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
    "en": {
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
}
CODE_WORDS: Mapping[str, tuple[str, str, str]] = {
    "open": ("openstaand", "åben", "open"),
    "invoiced": ("gefactureerd", "faktureret", "invoiced"),
    "reminded": ("aangemaand", "rykket", "reminded"),
    "bailiff": ("deurwaarder", "foged", "bailiff"),
    "contribution": ("lidgeld", "kontingent", "contribution"),
    "fine": ("boete", "gebyr", "fine"),
    "registration": ("registratie", "registrering", "registration"),
    "material": ("materiaal", "materiale", "material"),
    "invoice": ("factuur", "faktura", "invoice"),
    "payment": ("betaling", "betaling", "payment"),
    "credit-note": ("creditnota", "kreditnota", "credit note"),
    "reminder-fee": ("aanmaningskosten", "rykkergebyr", "reminder fee"),
    "interest": ("rente", "rente", "interest"),
    "remainder": ("restbedrag", "restbeløb", "remainder"),
    "other": ("overig", "andet", "other"),
    "debtor": ("debiteur", "debitor", "debtor"),
    "creditor": ("crediteur", "kreditor", "creditor"),
    "consumer": ("particulier", "privat", "consumer"),
    "business": ("bedrijf", "erhverv", "business"),
    "public": ("overheid", "offentlig", "public"),
    "letter": ("brief", "brev", "letter"),
}
_ORDER: tuple[Language, ...] = ("nl", "da", "en")


def sentence(tree: Criteria, set_type: SetType, language: Language) -> str:
    """The whole criteria as one sentence."""
    return _WORDS[language][set_type].format(criteria=_phrase(tree, language))


def code_word(field: Field, value: str, language: Language) -> str:
    """A code as people say it; a code that is the administration's own stays as it is."""
    words = CODE_WORDS.get(value) if field.choices else None
    return words[_ORDER.index(language)] if words else value


def flag_word(language: Language, *, value: bool) -> str:
    """Yes or no in a language of ours."""
    return _WORDS[language]["yes" if value else "no"]


def _phrase(tree: Criteria, language: Language) -> str:
    words = _WORDS[language]
    match tree:
        case ConditionGroup(joined, parts):
            phrases = [
                f"({_phrase(part, language)})" if isinstance(part, ConditionGroup) else _phrase(part, language)
                for part in parts
            ]
            return f" {words[joined]} ".join(phrases)
        case Negation(part):
            return words["not"].format(part=_phrase(part, language))
        case Condition():
            return _condition(tree, language)


def _condition(condition: Condition, language: Language) -> str:
    words = _WORDS[language]
    field = catalogue()[condition.field]
    shown = [_shown(field, value, language) for value in condition.values]
    unit = f" {words[condition.unit]}" if condition.unit else ""
    dated = f"date-{condition.operator}" if field.type is FieldType.DATE else condition.operator
    pattern = words.get(dated, words[condition.operator])
    if condition.operator == "between":
        return pattern.format(field=field.labels[language], value=shown[0], other=shown[1] + unit)
    return pattern.format(field=field.labels[language], value=", ".join(shown) + unit)


def _shown(field: Field, value: Value, language: Language) -> str:
    match value:
        case bool():
            return flag_word(language, value=value)
        case date():
            return str(format_date(value, "long", locale=LOCALES[language]))
        case int():
            return str(format_decimal(value, locale=LOCALES[language]))
        case str():
            return code_word(field, value, language) if field.type is FieldType.CODE else f"“{value}”"
