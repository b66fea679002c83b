"""How exports are written: conventions by country, and which columns they can have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.errors import Refused
from services.selection.domain.catalogue import Field, FieldType, Language, SetType, catalogue, fields_of
from services.selection.domain.predicate import ALIAS
from services.selection.domain.sentences import CODE_WORDS, code_word, flag_word

COLUMNS_PLACE = "/* columns */ 1"
"""What stands in a statement where the columns belong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFormat:
    """How values are written; `language` None is for machines: field names, codes and ISO dates as they are."""

    name: str
    language: Language | None
    delimiter: str
    decimal_mark: str
    date_pattern: str
    """In PostgreSQL's to_char notation."""
    is_csv: bool = True

    @property
    def for_spreadsheets(self) -> bool:
        """Whether a spreadsheet opens it: with a byte order mark, and formulas in texts disarmed."""
        return self.language is not None


def _csv(name: str, language: Language | None, delimiter: str, mark: str, pattern: str) -> ExportFormat:
    return ExportFormat(name=name, language=language, delimiter=delimiter, decimal_mark=mark, date_pattern=pattern)


FORMATS: Mapping[str, ExportFormat] = {
    entry.name: entry
    for entry in (
        _csv("csv", None, ",", ".", "YYYY-MM-DD"),
        _csv("csv-nl", "nl", ";", ",", "DD-MM-YYYY"),
        _csv("csv-nl-BE", "nl", ";", ",", "DD/MM/YYYY"),
        _csv("csv-da", "da", ";", ",", "DD-MM-YYYY"),
        _csv("csv-en", "en", ",", ".", "DD/MM/YYYY"),
        *(
            ExportFormat(
                name=f"xlsx-{language}",
                language=language,
                delimiter="",
                decimal_mark=".",
                date_pattern="YYYY-MM-DD",
                is_csv=False,
            )
            for language in ("nl", "da", "en")
        ),
    )
}
"""`csv` is RFC 4180; the others open in a spreadsheet as it is set up in that country."""

DEFAULT_FIELDS: Mapping[SetType, tuple[str, ...]] = {
    "items": (
        "party_id",
        "party_name",
        "street",
        "postal_code",
        "city",
        "item_id",
        "kind",
        "item_date",
        "due_date",
        "status",
        "journal",
        "voucher",
        "description",
        "open_amount",
        "currency",
    ),
    "parties": (
        "party_id",
        "party_name",
        "street",
        "postal_code",
        "city",
        "party_open_items",
        "party_open_amount",
        "account_currency",
    ),
}
TICK = {"nl": "behouden", "da": "behold", "en": "keep"}
"""Header of the column in which a clerk can untick a member."""


def chosen_fields(names: Sequence[str], set_type: SetType) -> tuple[Field, ...]:
    """The fields of an export, in the order asked; Refused for one that is unknown or comes twice."""
    allowed = {field.name: field for field in fields_of(set_type)}
    wanted = names or DEFAULT_FIELDS[set_type]
    for name in wanted:
        if name not in allowed or wanted.count(name) > 1:
            raise Refused(
                "unknown-field" if name not in allowed else "field-twice",
                f"A set of {set_type} has no column {name!r}." if name not in allowed else f"{name} is asked twice.",
                field="fields",
                remedy=f"Choose from {', '.join(allowed)}, each once.",
            )
    return tuple(allowed[name] for name in wanted)


def header(field: Field, form: ExportFormat) -> str:
    """What stands above the field's column."""
    return field.labels[form.language] if form.language else field.name


def words(form: ExportFormat) -> dict[str, str]:
    """What the format calls codes; nothing for machines."""
    language = form.language
    if language is None:
        return {}
    status = catalogue()["status"]
    return {code: code_word(status, code, language) for code in CODE_WORDS}


def flags(form: ExportFormat) -> tuple[str, str]:
    """Yes and no."""
    if form.language is None:
        return "true", "false"
    return flag_word(form.language, value=True), flag_word(form.language, value=False)


_FROZEN: Mapping[SetType, Mapping[str, str]] = {
    "items": {"open_amount": "member.open_amount"},
    "parties": {"party_open_amount": "member.open_amount"},
}
"""What a set froze is shown as it was frozen."""

FREE_TEXTS = frozenset(
    {"description", "party_name", "street", "postal_code", "city", "email", "phone", "iban", "blacklist_reason"}
)
"""Texts in which people may have put line breaks."""


def raw_column(field: Field, set_type: SetType) -> str:
    """The field's value as it is stored, of a member."""
    value = _FROZEN[set_type].get(field.name, f"{ALIAS}.{field.column}")
    return f"($3::date - {value})" if field.type is FieldType.AGE else value


def text_column(field: Field, set_type: SetType, form: ExportFormat) -> str:
    """The field's value as the format writes it.

    Parameters: $3 today, $4 exponents by currency, $5 words by code, $6 date pattern, $7 decimal mark, $8 yes, $9 no.
    """
    value = raw_column(field, set_type)
    currency = "''" if field.name == "base_amount" else "member.currency"
    match field.type:
        case FieldType.AMOUNT:
            text = f"decimal_text({value}, ($4::jsonb ->> {currency})::integer, $7::text)"
        case FieldType.DATE:
            text = f"to_char({value}, $6::text)"
        case FieldType.FLAG:
            text = f"CASE WHEN {value} THEN $8::text ELSE $9::text END"
        case FieldType.CODE if field.choices and form.language:
            text = f"coalesce($5::jsonb ->> {value}, {value})"
        case FieldType.TEXT | FieldType.CODE:
            whole = f"translate({value}, E'\\n\\x01', E'\\x01')" if field.name in FREE_TEXTS else value
            text = f"guarded({whole})" if form.for_spreadsheets else whole
        case _:
            text = value
    return text


def with_columns(statement: str, columns: Sequence[str]) -> str:
    """The statement with its columns, named by their position."""
    assert statement.count(COLUMNS_PLACE) == 1, "a statement has one place for columns"
    return statement.replace(COLUMNS_PLACE, ", ".join(f"{text} AS c{n}" for n, text in enumerate(columns)))
