"""How exports are written: conventions by country, and which columns they can have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.errors import Refused
from chassis.notations import RFC_4180, Notation
from services.selection.domain.catalogue import MEMBERS, Field, FieldType, SetType, catalogue, fields_of
from services.selection.domain.languages import LANGUAGES, Language
from services.selection.domain.sentences import CODE_WORDS, code_word, flag_word


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportConventions:
    """How values are written; `language` None is for machines: field names, codes and ISO dates as they are."""

    name: str
    language: Language | None
    notation: Notation
    is_csv: bool = True

    @property
    def suffix(self) -> str:
        """How the name of such a file ends."""
        return "csv" if self.is_csv else "xlsx"


FORMATS: Mapping[str, ExportConventions] = {
    entry.name: entry
    for entry in (
        ExportConventions(name="csv", language=None, notation=RFC_4180),
        *(
            ExportConventions(name=name, language=language, notation=notation)
            for language, its in LANGUAGES.items()
            for name, notation in its.csv.items()
        ),
        *(
            ExportConventions(name=f"xlsx-{language}", language=language, notation=its.workbook, is_csv=False)
            for language, its in LANGUAGES.items()
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


def conventions_of(name: str) -> ExportConventions:
    """The format of that name; Refused lists them when there is none."""
    if name not in FORMATS:
        raise Refused(
            "unknown-format",
            "There is no format {name!r}.",
            name=name,
            formats=", ".join(FORMATS),
            field="format",
            remedy="Choose one of {formats}.",
        )
    return FORMATS[name]


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


def header(field: Field, form: ExportConventions) -> str:
    """What stands above the field's column."""
    return field.labels[form.language] if form.language else field.name


def tick_header(form: ExportConventions) -> str:
    """What stands above the column in which a clerk can untick a member."""
    return LANGUAGES[form.language or "en"].keep


def words(form: ExportConventions) -> dict[str, str]:
    """What the format calls codes; nothing for machines."""
    language = form.language
    if language is None:
        return {}
    status = catalogue()["status"]
    return {code: code_word(status, code, language) for code in CODE_WORDS}


def words_of(field: Field, form: ExportConventions) -> Mapping[str | bool, str]:
    """What the format calls the values of one field; nothing where they stand as they are."""
    if form.language is None:
        return {}
    if field.type is FieldType.FLAG:
        yes, no = flags(form)
        return {True: yes, False: no}
    return {code: code_word(field, code, form.language) for code in field.choices}


def flags(form: ExportConventions) -> tuple[str, str]:
    """How an export writes yes and no: true and false where it is for programs."""
    if form.language is None:
        return "true", "false"
    return flag_word(form.language, value=True), flag_word(form.language, value=False)


FREE_TEXTS = frozenset(
    {"description", "party_name", "street", "postal_code", "city", "email", "phone", "iban", "blacklist_reason"}
)
"""Texts in which people may have put line breaks."""
