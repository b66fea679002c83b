"""From criteria to a condition that PostgreSQL evaluates: fixed pieces around numbered parameters.

Nothing that a caller wrote becomes part of the text: columns come from the catalogue, comparisons from the table
below, and every value is a parameter. The statements that the condition goes into are in sql/.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from services.selection.domain.catalogue import FieldType, catalogue
from services.selection.domain.criteria import Condition, ConditionGroup, Criteria, Negation
from services.selection.domain.values import FIRST_DAY, Value

PLACE = "/* criteria */ TRUE"
"""What stands in a statement where the condition belongs."""
ALIAS = "candidate"
"""What statements call the row that is asked about."""
OPEN = f"{ALIAS}.open_amount <> 0"
"""Holds for an item of which something is open."""

_COMPARED: Mapping[str, str] = {
    "eq": "{column} = {0}",
    "ne": "{column} IS DISTINCT FROM {0}",
    "lt": "{column} < {0}",
    "le": "{column} <= {0}",
    "gt": "{column} > {0}",
    "ge": "{column} >= {0}",
    "between": "{column} BETWEEN {0} AND {1}",
    "in": "{column} = ANY ({0})",
    "starts": "starts_with({column}, {0})",
    "contains": "strpos(lower({bare} COLLATE pg_c_utf8), lower({0} COLLATE pg_c_utf8)) > 0",
    "empty": "{column} IS NULL",
}
_EMPTY_TEXT = "coalesce({column}, '') = ''"
_OLDER: Mapping[str, str] = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
"""The older an item, the smaller its date."""
_TYPES: Mapping[FieldType, str] = {
    FieldType.AMOUNT: "bigint",
    FieldType.COUNT: "bigint",
    FieldType.DATE: "date",
    FieldType.AGE: "date",
    FieldType.TEXT: "text",
    FieldType.CODE: "text",
    FieldType.FLAG: "boolean",
}


@dataclass(slots=True)
class Predicate:
    """The condition's text, and its parameters from `$first` on."""

    first: int
    today: date
    parameters: list[Any] = field(default_factory=list)
    text: str = "TRUE"

    def within(self, statement: str) -> str:
        """The statement with the condition in its place."""
        assert statement.count(PLACE) == 1, "a statement has one place for criteria"
        return statement.replace(PLACE, f"({self.text})")

    def add(self, value: Any, sql_type: str) -> str:
        """A parameter's placeholder, cast to its type."""
        self.parameters.append(value)
        return f"${self.first + len(self.parameters) - 1}::{sql_type}"


def compile_criteria(tree: Criteria | None, *, today: date, first: int) -> Predicate:
    """The condition that holds for what the criteria mean on a day; None is no condition.

    Two-valued all through: a field without a value meets no comparison, so that it meets their negation.
    """
    predicate = Predicate(first, today)
    if tree is not None:
        predicate.text = _text(tree, predicate)
    return predicate


def _text(tree: Criteria, predicate: Predicate) -> str:
    match tree:
        case ConditionGroup(joined, parts):
            return (" AND " if joined == "all" else " OR ").join(f"({_text(part, predicate)})" for part in parts)
        case Negation(part):
            return f"({_text(part, predicate)}) IS NOT TRUE"
        case Condition():
            return _condition(tree, predicate)


def _condition(condition: Condition, predicate: Predicate) -> str:
    asked = catalogue()[condition.field]
    operator, values = condition.operator, condition.values
    if asked.type is FieldType.AGE:
        operator, values = _as_date(condition, predicate.today)
    sql_type = _TYPES[asked.type]
    given = [list(values)] if operator == "in" else list(values)
    placeholders = [predicate.add(value, f"{sql_type}[]" if operator == "in" else sql_type) for value in given]
    textual = asked.type in {FieldType.TEXT, FieldType.CODE}
    pattern = _EMPTY_TEXT if operator == "empty" and textual else _COMPARED[operator]
    bare = f"{ALIAS}.{asked.column}"
    return pattern.format(*placeholders, bare=bare, column=f'{bare} COLLATE "C"' if textual else bare)


def _as_date(condition: Condition, today: date) -> tuple[str, tuple[Value, ...]]:
    numbers = [value for value in condition.values if isinstance(value, int)]
    days = tuple(_before(today, number, condition.unit or "days") for number in numbers)
    return _OLDER.get(condition.operator, condition.operator), tuple(sorted(days))


def _before(today: date, number: int, unit: str) -> date:
    """The day that lies so many units before today; in a shorter month its last day."""
    if unit in {"days", "weeks"}:
        days = number * (7 if unit == "weeks" else 1)
        return today - timedelta(days=min(days, (today - FIRST_DAY).days))
    months = today.year * 12 + today.month - 1 - number * (12 if unit == "years" else 1)
    year, month = divmod(months, 12)
    if year < FIRST_DAY.year:
        return FIRST_DAY
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
