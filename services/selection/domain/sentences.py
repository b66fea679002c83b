"""Criteria as one readable sentence in each language: for reports and the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal

from services.selection.domain.catalogue import Field, FieldType, SetType, catalogue
from services.selection.domain.criteria import Condition, ConditionGroup, Criteria, Negation
from services.selection.domain.languages import LANGUAGES, Language, by_language
from services.selection.domain.values import Value

CODE_WORDS: Mapping[str, tuple[str, ...]] = {
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
"""What codes are called, in the order of LANGUAGES."""


def sentence(tree: Criteria, set_type: SetType, language: Language) -> str:
    """The whole criteria as one sentence."""
    return LANGUAGES[language].words[set_type].format(criteria=_phrase(tree, language))


def phrase(tree: Criteria, language: Language) -> str:
    """Criteria, or a part of them, as a part of a sentence."""
    return _phrase(tree, language)


def code_word(field: Field, value: str, language: Language) -> str:
    """A code as people say it; a code that is the administration's own stays as it is."""
    words = CODE_WORDS.get(value) if field.choices else None
    return by_language(words)[language] if words else value


def flag_word(language: Language, *, value: bool) -> str:
    """Yes or no in a language of ours."""
    return LANGUAGES[language].words["yes" if value else "no"]


def _phrase(tree: Criteria, language: Language) -> str:
    words = LANGUAGES[language].words
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
    words = LANGUAGES[language].words
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
            return str(format_date(value, "long", locale=LANGUAGES[language].locale))
        case int():
            return str(format_decimal(value, locale=LANGUAGES[language].locale))
        case str():
            return code_word(field, value, language) if field.type is FieldType.CODE else f"“{value}”"
