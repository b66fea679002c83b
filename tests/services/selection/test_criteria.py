"""Criteria read back to the same tree in every form; what cannot be asked is refused with field and remedy."""

import json
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.errors import TooLarge
from services.selection.domain.catalogue import Field, FieldType, SetType, catalogue, fields_of
from services.selection.domain.criteria import (
    Condition,
    ConditionGroup,
    Criteria,
    Negation,
    as_json,
    read_criteria,
)
from services.selection.domain.sentences import sentence
from services.selection.domain.text_form import as_text, parse
from tests.services.selection.conftest import Selection, SelectionDesk, refusal
from tests.services.selection.library import configured, party, posted

REFUSED: list[tuple[Any, str]] = [
    ("open_amount > 1.50", "cents-expected"),
    ("open_amount > 1,50", "cents-expected"),
    ({"field": "open_amount", "operator": "gt", "value": 1.5}, "cents-expected"),
    ({"field": "open_amount", "operator": "gt", "value": "1.50"}, "cents-expected"),
    ({"field": "open_amount", "operator": "gt", "value": "100"}, "wrong-value"),
    ({"field": "open_amount", "operator": "gt", "value": True}, "wrong-value"),
    ({"field": "open_amount", "operator": "gt", "value": 10**19}, "wrong-value"),
    ({"field": "documents", "operator": "eq", "value": 0.5}, "wrong-value"),
    ("colour = red", "unknown-field"),
    ("open_amount starts 1", "unknown-operator"),
    ("open_amount > 1 euros", "unknown-unit"),
    ("age > 2 decades", "unknown-unit"),
    ("item_date > 2024-02-30", "wrong-value"),
    ("item_date > 1666-01-01", "wrong-value"),
    ("status = late", "wrong-value"),
    ("blocked = maybe", "wrong-value"),
    ('item_id = ""', "wrong-value"),
    ({"field": "item_id", "operator": "eq", "value": 7}, "wrong-value"),
    ({"field": "item_id", "operator": "eq", "value": "x" * 401}, "wrong-value"),
    ({"field": "item_date", "operator": "between", "value": ["2024-01-01"]}, "wrong-number-of-values"),
    ({"field": "item_id", "operator": "in", "value": []}, "wrong-number-of-values"),
    ({"all": []}, "empty-group"),
    ({"all": [], "any": []}, "malformed-criteria"),
    ({"field": "item_id"}, "malformed-criteria"),
    ({"not": [1]}, "malformed-criteria"),
    ("open_amount >", "criteria-unreadable"),
    ("open_amount > 100 and", "criteria-unreadable"),
    ("(open_amount > 100", "criteria-unreadable"),
    ("open_amount > 100)", "criteria-unreadable"),
    ("open_amount is 100", "criteria-unreadable"),
    ('item_id = "unended', "criteria-unreadable"),
    ("(" * 20 + "open_amount > 1" + ")" * 20, "criteria-too-deep"),
    (" or ".join(["open_amount > 1"] * 201), "criteria-too-large"),
    ("x" * 20_001, "criteria-too-long"),
]


@pytest.mark.requirement("S0.3")
async def test_what_cannot_be_asked_is_refused_with_field_and_remedy(selection: Selection, desk: SelectionDesk) -> None:
    await selection.take(configured())
    answers = [await desk.send("criteria", {"criteria": criteria}) for criteria, _ in REFUSED]

    assert [refusal(answer) for answer in answers] == [code for _, code in REFUSED]
    problems = [answer.json()["errors"][0] for answer in answers]
    assert {problem["pointer"].split("/")[1] for problem in problems} == {"criteria"}
    assert "cent" in problems[0]["detail"]


def test_a_quoted_text_may_hold_the_control_characters_that_descriptions_hold() -> None:
    tree = parse('description = "late\treturn\nof two"', "items")

    assert tree == Condition("description", "eq", ("late\treturn\nof two",))
    assert parse(as_text(tree), "items") == tree


def test_a_tree_may_be_just_so_large_and_deep() -> None:
    deep = "(" * 11 + "open_amount > 1 or age > 1" + ")" * 11

    assert as_text(parse(deep, "items")) == "open_amount > 1 or age > 1"
    assert len(as_json(parse(" or ".join(["open_amount > 1"] * 200), "items"))["any"]) == 200


def values(field: Field) -> st.SearchStrategy[Any]:
    texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
    codes = st.sampled_from(field.choices) if field.choices else texts
    return {
        FieldType.AMOUNT: st.integers(-(10**12), 10**12),
        FieldType.COUNT: st.integers(-5, 10**6),
        FieldType.AGE: st.integers(0, 4_000),
        FieldType.DATE: st.dates(date(1950, 1, 1), date(2100, 1, 1)),
        FieldType.FLAG: st.booleans(),
        FieldType.TEXT: texts,
        FieldType.CODE: codes,
    }[field.type]


@st.composite
def a_condition(draw: st.DrawFn) -> Condition:
    field = draw(st.sampled_from(fields_of("items")))
    operator = draw(st.sampled_from(field.operators))
    least, most = {"between": (2, 2), "empty": (0, 0), "in": (1, 4)}.get(operator, (1, 1))
    unit = draw(st.sampled_from(field.units)) if field.units and operator != "empty" else None
    drawn = draw(st.lists(values(field), min_size=least, max_size=most))
    return Condition(field.name, operator, tuple(drawn), unit)


TREES: st.SearchStrategy[Criteria] = st.recursive(
    a_condition(),
    lambda inner: st.one_of(
        st.builds(Negation, inner),
        st.builds(ConditionGroup, st.sampled_from(("all", "any")), st.lists(inner, min_size=2, max_size=4).map(tuple)),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_json_and_text_read_back_to_the_same_tree_and_every_language_has_its_sentence(tree: Criteria) -> None:
    try:
        from_json = read_criteria(json.loads(json.dumps(as_json(tree))), "items")
    except TooLarge:
        return

    assert from_json == tree
    assert parse(as_text(tree), "items") == tree
    said = {sentence(tree, "items", language) for language in ("nl", "da", "en")}
    assert all(text.endswith(".") for text in said)


async def test_every_field_with_every_operator_is_accepted_by_the_database(
    selection: Selection, desk: SelectionDesk
) -> None:
    await selection.take(configured(), party("P1"), posted("I1"))
    samples: dict[FieldType, Any] = {
        FieldType.AMOUNT: 5,
        FieldType.COUNT: 5,
        FieldType.AGE: 5,
        FieldType.DATE: "2024-01-01",
        FieldType.FLAG: True,
        FieldType.TEXT: "x",
    }
    for set_type in get_args(SetType):
        for field in fields_of(set_type):
            for operator in field.operators:
                sample = samples.get(field.type, field.choices[0] if field.choices else "x")
                value = {"between": [sample, sample], "in": [sample], "empty": None}.get(operator, sample)
                condition = {"field": field.name, "operator": operator} | ({} if value is None else {"value": value})

                counted = await desk.do("criteria/count", {"set_type": set_type, "criteria": {"not": condition}})

                assert counted["hits"] in {0, 1}, condition


async def test_the_catalogue_tells_types_operators_and_labels_in_three_languages(desk: SelectionDesk) -> None:
    fields = (await desk.read("fields"))["fields"]

    assert len(fields) == len(catalogue())
    assert all(set(field["labels"]) == {"nl", "da", "en"} and all(field["labels"].values()) for field in fields)
    amount = next(field for field in fields if field["name"] == "open_amount")
    assert (amount["type"], amount["units"], amount["tab"]) == ("amount", ["cents"], "items")
