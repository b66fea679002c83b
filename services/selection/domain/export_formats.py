"""How exports are written: conventions by country, and which columns they can have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from chassis.errors import Refused
from services.selection.domain.catalogue import MEMBERS, Field, FieldType, Language, SetType, catalogue, fields_of
from services.selection.domain.sentences import CODE_WORDS, code_word, flag_word
from services.selection.store.predicate import ALIAS

DateStyle = Literal["ISO, YMD", "Postgres, DMY", "SQL, DMY"]
"""How PostgreSQL writes dates, in the words of its setting: 2024-01-15, 15-01-2024 or 15/01/2024."""

COLUMNS_PLACE = "/* columns */ 1"
"""What stands in a statement where the columns belong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFormat:
    """How values are written; `language` None is for machines: field names, codes and ISO dates as they are."""

    name: str
    language: Language | None
    delimiter: str
    decimal_mark: str
    date_style: DateStyle
    is_csv: bool = True

    @property
    def for_spreadsheets(self) -> bool:
        """Whether a spreadsheet opens it: with a byte order mark, and formulas in texts disarmed."""
        return self.language is not None


def _csv(name: str, language: Language | None, delimiter: str, mark: str, style: DateStyle) -> ExportFormat:
    return ExportFormat(name=name, language=language, delimiter=delimiter, decimal_mark=mark, date_style=style)


FORMATS: Mapping[str, ExportFormat] = {
    entry.name: entry
    for entry in (
        _csv("csv", None, ",", ".", "ISO, YMD"),
        _csv("csv-nl", "nl", ";", ",", "Postgres, DMY"),
        _csv("csv-nl-BE", "nl", ";", ",", "SQL, DMY"),
        _csv("csv-da", "da", ";", ",", "Postgres, DMY"),
        _csv("csv-en", "en", ",", ".", "SQL, DMY"),
        *(
            ExportFormat(
                name=f"xlsx-{language}",
                language=language,
                delimiter="",
                decimal_mark=".",
                date_style="ISO, YMD",
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
CONTROLLED: Mapping[SetType, frozenset[str]] = {
    "items": frozenset({"item_id", "open_amount"}),
    "parties": frozenset({"party_id", "party_open_amount"}),
}
"""What a report must show to count as a control report: which members, and what of them."""
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
                "A set of {set_type} has no column {name!r}." if name not in allowed else "{name} is asked twice.",
                set_type=MEMBERS[set_type],
                name=name,
                allowed=", ".join(allowed),
                field="fields",
                remedy="Choose from {allowed}, each once.",
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


def text_column(field: Field, set_type: SetType, form: ExportFormat, digits: Mapping[str, int]) -> str:
    """The field's value as the format writes it; dates as the session's DateStyle has them.

    `digits` are the decimals per currency of the set, the empty name is the administration's own currency.
    Parameters: $3 today, $4 the same decimals, $5 words by code, $6 decimal mark, $7 yes, $8 no.
    """
    value = raw_column(field, set_type)
    match field.type:
        case FieldType.AMOUNT:
            text = f"decimal_text({value}, {_digits(field, digits)}, $6::text)"
        case FieldType.FLAG:
            text = f"CASE WHEN {value} THEN $7::text ELSE $8::text END"
        case FieldType.CODE if field.choices and form.language:
            text = f"coalesce($5::jsonb ->> {value}, {value})"
        case FieldType.TEXT | FieldType.CODE if form.for_spreadsheets:
            text = f"{'guarded_line' if field.name in FREE_TEXTS else 'guarded'}({value})"
        case FieldType.TEXT if field.name in FREE_TEXTS:
            text = f"one_line({value})"
        case _:
            text = value
    return text


def _digits(field: Field, digits: Mapping[str, int]) -> str:
    """The field's decimals: a constant, which costs nothing a row, unless the set's currencies have several."""
    if field.name == "base_amount":
        return str(digits[""])
    found = {count for currency, count in digits.items() if currency}
    return str(found.pop()) if len(found) == 1 else "($4::jsonb ->> member.currency)::integer"


def with_columns(statement: str, columns: Sequence[str]) -> str:
    """The statement with its columns, named by their position."""
    assert statement.count(COLUMNS_PLACE) == 1, "a statement has one place for columns"
    return statement.replace(COLUMNS_PLACE, ", ".join(f"{text} AS c{n}" for n, text in enumerate(columns)))
