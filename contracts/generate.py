"""Writes schemas/*.json, one JSON Schema per topic, and schemas/asyncapi.json; their diff is a contract's review."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from contracts.asyncapi import asyncapi
from contracts.event import Event
from contracts.money import CURRENCY_PATTERN, exponents
from contracts.topics import TOPICS

FOLDER = Path(__file__).parent / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
HYPHENATED = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"


def schema_of(contract: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event's value, open for fields that later versions add."""
    schema = contract.model_json_schema()
    schema.pop("title", None)
    told: dict[str, Any] = _exact(schema)
    if _names_a_currency(schema):
        told["$defs"] = {"Currency": CURRENCIES} | told.get("$defs", {})
    return {
        "$schema": DIALECT,
        "$id": f"urn:openitems:{contract.topic}:v{contract.major}",
        "title": contract.__name__,
        **told,
        "examples": [contract.example],
    }


CURRENCIES = {
    "description": "ISO 4217 codes of currencies that have minor units, or none",
    "type": "string",
    "enum": sorted(exponents()),
}
UUID_SPELLINGS = [
    {"format": "uuid"},
    {"pattern": r"^[0-9A-Fa-f]{32}$"},
    {"pattern": rf"^(urn:uuid:{HYPHENATED}|\{{{HYPHENATED}\}})$"},
]
"""As RFC 9562 has it, and as others write it: without hyphens, as a URN, in braces."""
INSTANT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
"""RFC 3339 without leap seconds, of which no clock of ours knows."""


def _exact(node: Any) -> Any:
    """The same schema with what a model takes and its own schema does not say: the currencies, spellings of UUIDs."""
    if isinstance(node, list):
        return [_exact(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    if node.get("pattern") == CURRENCY_PATTERN:
        return {"$ref": "#/$defs/Currency"} | {name: node[name] for name in ("description", "examples") if name in node}
    exact = {name: _exact(inner) for name, inner in node.items()}
    if node.get("format") == "uuid":
        return {name: inner for name, inner in exact.items() if name != "format"} | {"anyOf": UUID_SPELLINGS}
    if node.get("format") == "date-time":
        return exact | {"pattern": INSTANT}
    return exact


def _names_a_currency(node: Any) -> bool:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return (isinstance(node, dict) and node.get("pattern") == CURRENCY_PATTERN) or any(map(_names_a_currency, inner))


def main() -> None:
    """Write every document; a file whose topic is gone is removed."""
    FOLDER.mkdir(exist_ok=True)
    documents = {f"{topic}.json": schema_of(contract) for topic, contract in TOPICS.items()}
    documents["asyncapi.json"] = asyncapi()
    for name, document in documents.items():
        (FOLDER / name).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
    for path in FOLDER.glob("*.json"):
        if path.name not in documents:
            path.unlink()


if __name__ == "__main__":
    main()
