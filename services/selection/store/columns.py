"""Columns of exports as SQL: of a member and its item or party, as stored or as a format writes them.

Nothing that a caller wrote becomes part of the text: columns come from the catalogue, and conventions are parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.selection.domain.catalogue import Field, FieldType, SetType
from services.selection.domain.export_formats import FREE_TEXTS, ExportConventions
from services.selection.store.predicate import ALIAS

COLUMNS_PLACE = "/* columns */ 1"
"""What stands in a statement where the columns belong."""
CURRENCY = "currency"
"""What the member's currency is called in rows of values as they are stored."""
_FROZEN: Mapping[SetType, Mapping[str, str]] = {
    "items": {"open_amount": "member.open_amount"},
    "parties": {"party_open_amount": "member.open_amount"},
}
"""What a set froze is shown as it was frozen."""


def raw_column(field: Field, set_type: SetType) -> str:
    """The field's value as it is stored, of a member."""
    value = _FROZEN[set_type].get(field.name, f"{ALIAS}.{field.column}")
    return f"($3::date - {value})" if field.type is FieldType.AGE else value


def text_column(field: Field, set_type: SetType, form: ExportConventions, digits: Mapping[str, int]) -> str:
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
        case FieldType.TEXT | FieldType.CODE if form.notation.for_people:
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
    named = [f"{text} AS {column_name(place)}" for place, text in enumerate(columns)]
    return statement.replace(COLUMNS_PLACE, ", ".join(named))


def column_name(place: int) -> str:
    """What the column at a place, from zero, is called in such a statement's rows."""
    return f"c{place}"
