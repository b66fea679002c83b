"""Criteria: a tree of conditions joined by all (AND), any (OR) and not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

from chassis.errors import Refused, TooLarge
from services.selection.domain.catalogue import Field, SetType, catalogue, fields_of
from services.selection.domain.values import Value, typed_value

MAX_DEPTH = 12
MAX_CONDITIONS = 200
MAX_VALUES = 1_000

Operator: TypeAlias = str
Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """A field, compared: `values` has one value, two for between, none for empty, any number for in.

    `unit` is None where a field's values have none, and never None where they have one.
    """

    field: str
    operator: Operator
    values: tuple[Value, ...]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class ConditionGroup:
    """Parts that all hold, or of which any holds; at least two."""

    joined: Literal["all", "any"]
    parts: tuple[Criteria, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """Holds for what its part does not hold for."""

    part: Criteria


Criteria: TypeAlias = Condition | ConditionGroup | Negation


def conjuncts(tree: Criteria | None) -> tuple[Criteria, ...]:
    """The parts that must all hold: none without criteria, one where they are no group of such parts."""
    if tree is None:
        return ()
    return tree.parts if isinstance(tree, ConditionGroup) and tree.joined == "all" else (tree,)


def read_criteria(raw: object, set_type: SetType) -> Criteria:
    """The tree of its JSON form; Refused names the field, operator, unit or value that is wrong, by JSON pointer.

    `{"field": "open_amount", "operator": "gt", "value": 100, "unit": "cents"}`, `{"all": […]}`, `{"any": […]}`,
    `{"not": …}`. A group of one is that one.
    """
    tree = _read(raw, set_type, "criteria", 1)
    check_size(tree)
    return tree


def check_size(tree: Criteria) -> None:
    """Raise TooLarge for a tree of more than MAX_CONDITIONS."""
    if (count := sum(1 for _ in conditions(tree))) > MAX_CONDITIONS:
        raise TooLarge(
            "criteria-too-large",
            "The criteria have {count} conditions, at most {limit} are taken.",
            count=count,
            limit=MAX_CONDITIONS,
            field="criteria",
            remedy="List values with `in`, or combine the sets of several selections.",
        )


def check_depth(depth: int, place: str) -> None:
    """Raise TooLarge for what is nested deeper than MAX_DEPTH."""
    if depth > MAX_DEPTH:
        raise TooLarge(
            "criteria-too-deep",
            "The criteria are nested deeper than {limit} levels.",
            limit=MAX_DEPTH,
            field=place,
            remedy="Flatten the groups.",
        )


def _read(raw: object, set_type: SetType, place: str, depth: int) -> Criteria:
    check_depth(depth, place)
    if not isinstance(raw, Mapping):
        raise _malformed(place)
    match sorted(raw):
        case ["all" | "any" as joined]:
            return _read_group(raw[joined], joined, set_type, f"{place}/{joined}", depth)
        case ["not"]:
            return Negation(_read(raw["not"], set_type, f"{place}/not", depth + 1))
        case keys if {"field", "operator"} <= set(keys) <= {"field", "operator", "value", "unit"}:
            return make_condition(raw, set_type, place)
        case _:
            raise _malformed(place)


def _read_group(parts: object, joined: str, set_type: SetType, place: str, depth: int) -> Criteria:
    if not isinstance(parts, list) or not parts or len(parts) > MAX_CONDITIONS:
        raise Refused(
            "empty-group",
            "A group holds a list of 1 to {limit} parts.",
            limit=MAX_CONDITIONS,
            field=place,
            remedy="Give the group's conditions, or leave the group out.",
        )
    read = tuple(_read(part, set_type, f"{place}/{number}", depth + 1) for number, part in enumerate(parts))
    return read[0] if len(read) == 1 else ConditionGroup("all" if joined == "all" else "any", read)


def _malformed(place: str) -> Refused:
    return Refused(
        "malformed-criteria",
        "A part of criteria is a condition (field, operator, value, unit), or one of all, any, not.",
        field=place,
        remedy='For instance {{"field": "open_amount", "operator": "gt", "value": 100}}.',
    )


def make_condition(raw: Mapping[str, Any], set_type: SetType, place: str) -> Condition:
    """A condition of its parts, each checked against the catalogue."""
    field = _field(raw["field"], set_type, f"{place}/field")
    operator = raw["operator"]
    if operator not in field.operators:
        raise Refused(
            "unknown-operator",
            "{name} cannot be compared with {operator!r}.",
            name=field.name,
            operator=operator,
            operators=", ".join(field.operators),
            field=f"{place}/operator",
            remedy="Use one of {operators}.",
        )
    unit = raw.get("unit")
    if unit is not None and unit not in field.units:
        raise Refused(
            "unknown-unit",
            "{name} is not measured in {unit!r}.",
            name=field.name,
            unit=unit,
            units=", ".join(field.units),
            field=f"{place}/unit",
            remedy="Use one of {units}." if field.units else "{name} has no unit.",
        )
    values = tuple(typed_value(field, one, f"{place}/value") for one in _listed(raw, operator, f"{place}/value"))
    default = field.units[0] if field.units and operator != "empty" else None
    return Condition(field.name, operator, values, unit or default)


def _field(name: object, set_type: SetType, place: str) -> Field:
    field = catalogue().get(name) if isinstance(name, str) else None
    if field is None:
        raise Refused(
            "unknown-field",
            "There is no field {name!r}.",
            name=str(name)[:60],
            fields=", ".join(known.name for known in fields_of(set_type)),
            field=place,
            remedy="The fields are {fields}.",
        )
    if set_type == "parties" and not field.of_party:
        raise Refused(
            "item-field",
            "{name} is a field of items: a set of parties cannot ask it.",
            name=field.name,
            field=place,
            remedy="Make a set of items, and then the set of their parties.",
        )
    return field


_COUNTS: Mapping[str, tuple[int, int]] = {"between": (2, 2), "empty": (0, 0), "in": (1, MAX_VALUES)}


def _listed(raw: Mapping[str, Any], operator: str, place: str) -> list[Any]:
    value = raw.get("value")
    values = [] if value is None else value if isinstance(value, list) else [value]
    least, most = _COUNTS.get(operator, (1, 1))
    if not least <= len(values) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        raise Refused(
            "wrong-number-of-values",
            "{operator} takes {wanted} values, {count} are given.",
            operator=operator,
            wanted=wanted,
            count=len(values),
            field=place,
            remedy="Give between a list of two, in a list, empty none, and the others one.",
        )
    return values


def conditions(tree: Criteria) -> Iterator[Condition]:
    """Every condition of the tree."""
    match tree:
        case Condition():
            yield tree
        case Negation(part):
            yield from conditions(part)
        case ConditionGroup(_, parts):
            for part in parts:
                yield from conditions(part)


def as_json(tree: Criteria) -> Json:
    """The JSON form, which `read_criteria` reads back to the same tree."""
    match tree:
        case ConditionGroup(joined, parts):
            return {joined: [as_json(part) for part in parts]}
        case Negation(part):
            return {"not": as_json(part)}
        case Condition(field, operator, values, unit):
            shown = [value.isoformat() if isinstance(value, date) else value for value in values]
            value = {} if operator == "empty" else {"value": shown if operator in {"in", "between"} else shown[0]}
            return {"field": field, "operator": operator, **value, **({"unit": unit} if unit else {})}


def only_open_unless_asked(tree: Criteria, set_type: SetType) -> Criteria:
    """Items of status open alone, unless the criteria say which statuses they want: each is asked for."""
    if set_type == "parties" or any(condition.field == "status" for condition in conditions(tree)):
        return tree
    opened = Condition("status", "eq", ("open",))
    if isinstance(tree, ConditionGroup) and tree.joined == "all":
        return ConditionGroup("all", (*tree.parts, opened))
    return ConditionGroup("all", (tree, opened))
