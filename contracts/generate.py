"""Writes schemas/*.json, one JSON Schema per topic, and schemas/asyncapi.json; their diff is a contract's review."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from contracts.event import MAX_EVENT_BYTES, Event, PartyEvent
from contracts.topics import TOPICS, dead_letter_topic

FOLDER = Path(__file__).parent / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT = {"type": "string"}


def schema_of(contract: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event's value, open for fields that later versions add."""
    schema = contract.model_json_schema()
    schema.pop("title", None)
    return {
        "$schema": DIALECT,
        "$id": f"urn:openitems:{contract.topic}:v{contract.major}",
        "title": contract.__name__,
        **schema,
        "examples": [contract.example],
    }


def headers_of(contract: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event's Kafka headers: CloudEvents 1.0 in binary mode."""
    return {
        "type": "object",
        "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time"],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": TEXT,
            "ce_type": {"const": contract.ce_type()},
            "ce_source": TEXT,
            "ce_time": {"type": "string", "format": "date-time"},
            "content-type": {"const": "application/json"},
            "traceparent": TEXT,
        },
    }


def channel_of(contract: type[Event]) -> dict[str, Any]:
    """An AsyncAPI channel: the topic, its key and its one message."""
    key = "administration:party_id" if issubclass(contract, PartyEvent) else "administration"
    return {
        "address": contract.topic,
        "description": (contract.__doc__ or "").strip(),
        "messages": {
            contract.__name__: {
                "name": contract.__name__,
                "contentType": "application/json",
                "headers": headers_of(contract),
                "payload": {
                    "schemaFormat": "application/schema+json;version=2020-12",
                    "schema": {"$ref": f"{contract.topic}.json"},
                },
                "bindings": {"kafka": {"key": {"type": "string", "description": key}}},
            }
        },
        "bindings": {"kafka": {"topic": contract.topic}},
    }


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3 document of all topics, each with who publishes to it."""
    channels = {topic: channel_of(contract) for topic, contract in TOPICS.items()}
    operations: dict[str, Any] = {}
    for topic, contract in TOPICS.items():
        operations[f"publish-{topic}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{topic}"},
            "summary": f"Published by {contract.publisher}. What cannot be taken goes to {dead_letter_topic(topic)}.",
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Open items",
            "version": "1.0.0",
            "description": f"Events about open items. An event's value has at most {MAX_EVENT_BYTES} bytes of JSON.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
    }


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
