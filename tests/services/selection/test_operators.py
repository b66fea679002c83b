"""Every operator of every field of the catalogue, compared with what plain Python makes of the same values."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chassis.errors import Refused
from services.selection.domain.catalogue import CHOICES, OPERATORS, Field, FieldType, catalogue
from services.selection.domain.criteria import read_criteria
from services.selection.store.predicate import compile_criteria
from tests.services.selection.conftest import Selection
from tests.services.selection.library import ADMINISTRATION, TODAY
from tests.services.selection.two_parties import library_with

MEANING: dict[str, Callable[[Any, list[Any]], bool]] = {
    "eq": lambda value, asked: value == asked[0],
    "ne": lambda value, asked: value != asked[0],
    "lt": lambda value, asked: value is not None and value < asked[0],
    "le": lambda value, asked: value is not None and value <= asked[0],
    "gt": lambda value, asked: value is not None and value > asked[0],
    "ge": lambda value, asked: value is not None and value >= asked[0],
    "between": lambda value, asked: value is not None and asked[0] <= value <= asked[1],
    "in": lambda value, asked: value in asked,
    "starts": lambda value, asked: value is not None and value.startswith(asked[0]),
    "contains": lambda value, asked: value is not None and asked[0].lower() in value.lower(),
    "empty": lambda value, _: value is None or value == "",
}


def value_of(field: Field, row: dict[str, Any]) -> Any:
    """What the field says of an item: days since its date, where it is asked as an age."""
    value = row[field.column]
    return (TODAY - value).days if value is not None and field.type is FieldType.AGE else value


def askable(field: Field, values: list[Any]) -> list[Any]:
    """Values that may be asked, in their order: ages lie in the past."""
    known = {value for value in values if value is not None and value != ""}
    return sorted(value for value in known if field.type is not FieldType.AGE or value >= 0)


def questions(field: Field, values: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Each operator of the field with values that some items have and others have not."""
    known = askable(field, values)
    assert known, f"no item has a value in {field.name}"
    for operator in field.operators:
        match operator:
            case "empty":
                yield operator, []
            case "between":
                yield from ((operator, [low, high]) for low in known for high in known if low <= high)
            case "in":
                yield from ((operator, known[: count + 1]) for count in range(len(known)))
            case "starts":
                yield from ((operator, [value[:length]]) for value in known for length in (1, len(value)))
            case "contains":
                yield from (
                    (operator, [text]) for value in known for text in (value.upper(), value[-1:], value[1:3] or value)
                )
            case _:
                asked = known if field.type is not FieldType.FLAG else [True, False]
                yield from ((operator, [value]) for value in asked)


def as_json(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


async def answers(selection: Selection, field: Field, asked: list[tuple[str, list[Any]]]) -> list[set[str]]:
    """The items that each question finds, all in one statement."""
    texts: list[str] = []
    parameters: list[Any] = []
    for operator, values in asked:
        condition: dict[str, Any] = {"field": field.name, "operator": operator}
        if values:
            listed = [as_json(value) for value in values]
            condition["value"] = listed if operator in {"in", "between"} else listed[0]
        predicate = compile_criteria(read_criteria(condition, "items"), today=TODAY, first=3 + len(parameters))
        texts.append(f"array_agg(candidate.item_id) FILTER (WHERE {predicate.text}) AS answer_{len(texts)}")
        parameters += predicate.parameters
    query = f"SELECT {', '.join(texts)} FROM described_items($1::text, $2::date) AS candidate"  # noqa: S608 - our own
    row = (await selection.rows(query, ADMINISTRATION, TODAY, *parameters))[0]
    return [set(found or ()) for found in row.values()]


@pytest.mark.requirement("S0.2", "S0.3", "S0.4", "S0.14")
async def test_every_operator_of_every_field_finds_what_plain_comparison_finds(selection: Selection) -> None:
    await library_with(selection)
    rows = await selection.rows("SELECT * FROM described_items($1::text, $2::date)", ADMINISTRATION, TODAY)
    wrong: list[tuple[str, str, list[Any]]] = []
    tried: set[tuple[FieldType, str]] = set()

    for field in catalogue().values():
        values = {row["item_id"]: value_of(field, row) for row in rows}
        asked = list(questions(field, list(values.values())))
        found = await answers(selection, field, asked)
        for (operator, given), items in zip(asked, found, strict=True):
            expected = {item for item, value in values.items() if MEANING[operator](value, given)}
            tried.add((field.type, operator))
            wrong += [(field.name, operator, given)] if items != expected else []

    assert wrong == []
    assert tried == {(kind, operator) for kind, operators in OPERATORS.items() for operator in operators}


@pytest.mark.requirement("S0.5")
@pytest.mark.parametrize(("name", "choices"), sorted(CHOICES.items()))
async def test_every_choice_of_a_field_can_be_asked_and_nothing_else(name: str, choices: tuple[str, ...]) -> None:
    conditions = [read_criteria({"field": name, "operator": "eq", "value": choice}, "items") for choice in choices]

    with pytest.raises(Refused, match=f"{name} cannot be 'nonsense'"):
        read_criteria({"field": name, "operator": "eq", "value": "nonsense"}, "items")

    assert len(conditions) == len(choices)
