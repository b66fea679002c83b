"""Contracts only grow: what was promised once is still taken, and what we say is still understood.

`promised/` holds each schema as it was promised last. `make promise` promises anew what grew; a contract that broke
needs a new major version instead.
"""

from copy import deepcopy
from typing import Any

import pytest

from contracts.generate import schema_of
from contracts.library import ItemPosted
from contracts.operators import AdministrationConfigured
from contracts.topics import TOPICS
from tests.contracts.compatibility import (
    PROMISED,
    Schema,
    explained,
    incompatibilities,
    is_backward_compatible,
    promised,
)
from tests.contracts.promise import broken_by


@pytest.mark.requirement("D.2")
@pytest.mark.parametrize("topic", TOPICS)
def test_each_contract_still_keeps_its_promise(topic: str) -> None:
    found = incompatibilities(promised(topic), schema_of(TOPICS[topic]))

    assert not found, explained(topic, found)


@pytest.mark.parametrize("topic", TOPICS)
def test_what_a_contract_grew_by_is_promised(topic: str) -> None:
    promise = PROMISED / f"{topic}.json"

    assert promise.exists(), f"{topic} is promised nowhere: make promise"
    assert wordless(promised(topic)) == wordless(schema_of(TOPICS[topic])), f"{topic} has grown: make promise"


def changed(**changes: Any) -> Schema:
    schema = deepcopy(schema_of(ItemPosted))
    for path, value in changes.items():
        *where, last = path.split("__")
        target = schema
        for name in where:
            target = target[name]
        if value is None:
            del target[last]
        else:
            target[last] = value
    return schema


def breaking() -> list[Any]:
    required = schema_of(ItemPosted)["required"]
    return [
        pytest.param(changed(required=[*required, "branch"]), id="an optional field became required"),
        pytest.param(changed(properties__amount={"type": "string"}), id="an amount became a text"),
        pytest.param(changed(properties__journal__maxLength=4), id="a code became shorter"),
        pytest.param(changed(properties__kind__enum=["fine"]), id="kinds were taken away"),
    ]


@pytest.mark.parametrize("new", breaking())
def test_a_change_that_breaks_is_seen(new: Schema) -> None:
    assert not is_backward_compatible(schema_of(ItemPosted), new)


def test_a_new_optional_field_is_no_break() -> None:
    grown = changed(properties__colour={"type": "string"})

    assert is_backward_compatible(schema_of(ItemPosted), grown)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"required": [*schema_of(ItemPosted)["required"], "branch"]}, "branch: is required now"),
        ({"properties__amount": {"type": "string"}}, "amount: type was integer, is string"),
        ({"properties__journal__maxLength": 4}, "journal: maxLength was 16, is 4"),
        ({"properties__journal": None}, "journal: is gone"),
        ({"properties__kind__enum": ["fine"]}, "kind: no longer takes "),
    ],
)
def test_what_is_told_of_a_break_names_the_field_and_how_it_broke(changes: dict[str, Any], told: str) -> None:
    new = changed(**changes)

    found = incompatibilities(schema_of(ItemPosted), new)

    assert any(str(incompatibility).startswith(told) for incompatibility in found), found
    assert "a new major version" in explained("item-posted", found)
    assert broken_by(new, "item-posted")


def test_an_enumeration_that_grows_is_told_with_its_field_and_may_be_promised_anew() -> None:
    old = schema_of(ItemPosted)
    new = changed(properties__kind__enum=[*old["properties"]["kind"]["enum"], "gift"])

    found = incompatibilities(old, new)

    assert [str(incompatibility) for incompatibility in found] == ["kind: takes gift too"]
    assert "make promise" in explained("item-posted", found)
    assert broken_by(new, "item-posted") == []


def test_a_new_name_of_a_rule_is_told_where_it_stands_in_the_configuration() -> None:
    old = schema_of(AdministrationConfigured)
    new = deepcopy(old)
    (found_at,) = [node for node in enumerations(new) if "month-end-cancellation" in node["enum"]]
    found_at["enum"].append("rainy-day")

    found = incompatibilities(old, new)

    assert all(incompatibility.is_growth and "rule" in incompatibility.field for incompatibility in found), found
    assert {incompatibility.change for incompatibility in found} == {"takes rainy-day too"}


def wordless(node: Any) -> Any:
    """A schema without its descriptions, which promise nothing."""
    if isinstance(node, list):
        return [wordless(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    kept = {key: inner for key, inner in node.items() if key != "description" or isinstance(inner, dict)}
    return {key: wordless(inner) for key, inner in kept.items()}


def enumerations(node: Any) -> list[dict[str, Any]]:
    """Every part of a schema that has an enumeration of texts."""
    if isinstance(node, list):
        return [found for inner in node for found in enumerations(inner)]
    if not isinstance(node, dict):
        return []
    own = [node] if isinstance(node.get("enum"), list) else []
    return own + [found for inner in node.values() for found in enumerations(inner)]


def test_another_rule_between_fields_is_a_break() -> None:
    loosened = schema_of(ItemPosted)
    loosened["anyOf"] = loosened["anyOf"][:1]

    assert not is_backward_compatible(schema_of(ItemPosted), loosened)
