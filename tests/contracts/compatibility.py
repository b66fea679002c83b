"""What may change in a contract, and what is wrong with a change that may not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsoncompat

PROMISED = Path(__file__).with_name("promised")
UNTOLD = {"examples", "$id"}
"""What says nothing about which values are valid."""
BOUNDS = (
    *("type", "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum"),
    *("exclusiveMaximum", "minItems", "maxItems", "uniqueItems", "multipleOf"),
)
WITHIN = ("items", "additionalProperties", "propertyNames")
FORMS = ("anyOf", "oneOf", "allOf", "prefixItems")

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Incompatibility:
    """A field whose values changed; `is_growth` when all that it does is that an enumeration has more of them."""

    field: str
    change: str
    is_growth: bool = False

    def __str__(self) -> str:
        return f"{self.field or 'the event itself'}: {self.change}"


def promised(topic: str) -> Schema:
    """The schema of a topic as it was promised last."""
    schema: Schema = json.loads((PROMISED / f"{topic}.json").read_text("utf-8"))
    return schema


def closed(schema: Any) -> Any:
    """The schema with every object closed: exactly what its model knows."""
    if isinstance(schema, list):
        return [closed(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(value) for name, value in _unconditioned(schema).items() if name not in UNTOLD}
    return inner | {"additionalProperties": False} if "properties" in inner else inner


def opened(schema: Any) -> Any:
    """The schema as it is, without what says nothing about values."""
    if isinstance(schema, dict):
        return {name: opened(value) for name, value in _unconditioned(schema).items() if name not in UNTOLD}
    return schema


def _unconditioned(schema: Schema) -> Schema:
    """An object's schema without what it says of several of its fields at once, which is no form of the object."""
    return {name: value for name, value in schema.items() if name != "anyOf"} if _condition(schema) else schema


def _condition(schema: Schema) -> Any:
    forms = schema.get("anyOf") if "properties" in schema else None
    return forms if forms and not any("type" in form for form in forms) else None


def conditions(node: Any) -> list[Any]:
    """What a schema says of several fields at once, wherever it says so."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    own = [_condition(node)] if isinstance(node, dict) and _condition(node) else []
    return [*own, *(found for value in inner for found in conditions(value))]


def is_backward_compatible(old: Schema, new: Schema) -> bool:
    """Whether a consumer of the new contract takes all that was promised, and one of the old all that is sent now."""
    takes_old = jsoncompat.check_compat(json.dumps(closed(old)), json.dumps(opened(new)), "deserializer")
    understood = jsoncompat.check_compat(json.dumps(opened(old)), json.dumps(closed(new)), "serializer")
    return bool(takes_old and understood) and conditions(old) == conditions(new)


def incompatibilities(old: Schema, new: Schema) -> list[Incompatibility]:
    """Which fields are incompatible and how; empty when the new contract keeps the old one's promise."""
    if is_backward_compatible(old, new):
        return []
    found = list(dict.fromkeys(_Comparison(old, new).of(old, new, "")))
    return found or [Incompatibility("", "something that only a comparison of the two schemas shows")]


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two schemas with their definitions, walked side by side."""

    old: Schema
    new: Schema

    def of(self, old: Any, new: Any, field: str) -> Iterator[Incompatibility]:
        """What differs from here on."""
        old, new = _resolved(old, self.old), _resolved(new, self.new)
        if not isinstance(old, dict) or not isinstance(new, dict):
            if old != new:
                yield Incompatibility(field, f"was {old}, is {new}")
            return
        yield from _values(old, new, field)
        for name in BOUNDS:
            if old.get(name) != new.get(name):
                yield Incompatibility(field, f"{name} was {old.get(name)}, is {new.get(name)}")
        yield from self._properties(old, new, field)
        for name in WITHIN:
            if name in old and name in new:
                yield from self.of(
                    old[name], new[name], f"{field}/*" if name != "propertyNames" else f"{field} (names)"
                )
        for name in FORMS:
            before, after = old.get(name, []), new.get(name, [])
            if len(before) != len(after):
                yield Incompatibility(field, f"{name} had {len(before)} forms, has {len(after)}")
            for inner_old, inner_new in zip(before, after, strict=False):
                yield from self.of(inner_old, inner_new, field)

    def _properties(self, old: Schema, new: Schema, field: str) -> Iterator[Incompatibility]:
        before, after = old.get("properties", {}), new.get("properties", {})
        must_before, must_after = set(old.get("required", [])), set(new.get("required", []))
        for name in sorted(before.keys() - after.keys()):
            yield Incompatibility(_below(field, name), "is gone")
        for name in sorted(must_after - must_before):
            yield Incompatibility(_below(field, name), "is required now")
        for name in sorted((must_before - must_after) & after.keys()):
            yield Incompatibility(_below(field, name), "is optional now")
        for name in sorted(before.keys() & after.keys()):
            yield from self.of(before[name], after[name], _below(field, name))


def _values(old: Schema, new: Schema, field: str) -> Iterator[Incompatibility]:
    """What an enumeration, or a constant as one of a single value, lost and got."""
    before, after = _enumerated(old), _enumerated(new)
    if before is None or after is None:
        if before != after:
            yield Incompatibility(field, f"took {before or 'any value'}, takes {after or 'any value'}")
        return
    if gone := [value for value in before if value not in after]:
        yield Incompatibility(field, f"no longer takes {', '.join(map(str, gone))}")
    if added := [value for value in after if value not in before]:
        yield Incompatibility(field, f"takes {', '.join(map(str, added))} too", is_growth=not gone)


def _enumerated(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _resolved(node: Any, root: Schema) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        node = root["$defs"][node["$ref"].rpartition("/")[2]]
    return node


def _below(field: str, name: str) -> str:
    return f"{field}/{name}" if field else name


def explained(topic: str, found: list[Incompatibility]) -> str:
    """What is wrong and what to do about it, for whoever changed the contract."""
    listed = "\n".join(f"  {topic}: {incompatibility}" for incompatibility in found)
    if all(incompatibility.is_growth for incompatibility in found):
        remedy = (
            "An enumeration may grow: run `make promise` and `make schemas`, deploy every reader, and only then let "
            "anybody send the new value (docs/adr/0029-enumerations-grow-readers-first.md)."
        )
    else:
        remedy = (
            "Make it a new optional field, or a new major version of the contract. `make promise` takes only what is "
            "compatible, and enumerations that grow."
        )
    return f"The contract breaks its promise in:\n{listed}\n{remedy}"
