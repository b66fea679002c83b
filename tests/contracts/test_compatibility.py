"""Contracts only grow: what was promised once is still taken, and what we say is still understood.

`promised/` holds each schema as it was promised last. A schema that grew by optional fields may be promised anew by
copying it there; one that broke needs a new major version of its contract instead.
"""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsoncompat
import pytest

from contracts.generate import schema_of
from contracts.library import ItemPosted
from contracts.topics import TOPICS

PROMISED = Path(__file__).with_name("promised")

Schema = dict[str, Any]
UNTOLD = {"examples", "$id"}
"""What says nothing about which values are valid."""


def closed(schema: Any) -> Any:
    """The schema with every object closed: exactly what its model knows."""
    if isinstance(schema, list):
        return [closed(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(value) for name, value in schema.items() if name not in UNTOLD}
    return inner | {"additionalProperties": False} if "properties" in inner else inner


def opened(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {name: opened(value) for name, value in schema.items() if name not in UNTOLD}
    return schema


def is_backward_compatible(old: Schema, new: Schema) -> bool:
    """Whether a consumer of the new contract takes all that was promised, and one of the old all that is sent now."""
    takes_old = jsoncompat.check_compat(json.dumps(closed(old)), json.dumps(opened(new)), "deserializer")
    understood = jsoncompat.check_compat(json.dumps(opened(old)), json.dumps(closed(new)), "serializer")
    return bool(takes_old and understood)


@pytest.mark.requirement("D.2")
@pytest.mark.parametrize("topic", TOPICS)
def test_each_contract_still_keeps_its_promise(topic: str) -> None:
    promised = json.loads((PROMISED / f"{topic}.json").read_text("utf-8"))

    assert is_backward_compatible(promised, schema_of(TOPICS[topic]))


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
