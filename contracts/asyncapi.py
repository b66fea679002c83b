"""The AsyncAPI 3 document: what the four services together receive and send, where, and who may connect.

Source: AsyncAPI 3.0.0 (https://www.asyncapi.com/docs/reference/specification/v3.0.0), its bindings for Kafka and HTTP.
"""

from __future__ import annotations

from typing import Any

from contracts.event import MAX_EVENT_BYTES, Event, PartyEvent
from contracts.topics import INGESTED_TOPICS, TOPICS, dead_letter_topic

TEXT = {"type": "string", "minLength": 1}
OURS = frozenset({"selection", "matching", "reminders", "writeoff"})
"""The services, as contracts name them among those who publish."""
DOOR = "events"
"""The channel by HTTP, for systems that do not reach the broker."""


def headers_of(contract: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event's Kafka headers: CloudEvents 1.0 in binary mode."""
    return {
        "type": "object",
        "required": ["ce_specversion", "ce_id", "ce_type", "ce_source"],
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
    """A topic, its key and its one message."""
    key = "administration:party_id" if issubclass(contract, PartyEvent) else "administration"
    return {
        "address": contract.topic,
        "title": contract.__name__,
        "description": (contract.__doc__ or "").strip(),
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {
            contract.__name__: {
                "name": contract.ce_type(),
                "title": contract.__name__,
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


def _door() -> dict[str, Any]:
    """The one channel by HTTP, of all events that others may send."""
    ingested = [contract for topic, contract in TOPICS.items() if topic in INGESTED_TOPICS]
    return {
        "address": "/v1/events",
        "title": "Events by HTTP",
        "description": "CloudEvents in binary, structured or batched mode, or topics and data in our own form.",
        "servers": [{"$ref": "#/servers/matching"}],
        "messages": {
            contract.__name__: {"$ref": f"#/channels/{contract.topic}/messages/{contract.__name__}"}
            for contract in ingested
        },
    }


def _operations() -> dict[str, Any]:
    """What we receive from others, and what we send; some of it is both."""
    operations: dict[str, Any] = {
        f"receive-{DOOR}": {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{DOOR}"},
            "summary": "Taken from systems that do not reach the broker; what is refused is said in the answer.",
            "bindings": {"http": {"method": "POST"}},
        }
    }
    for topic, contract in TOPICS.items():
        publishers = frozenset(contract.publisher.split(", "))
        channel = {"$ref": f"#/channels/{topic}"}
        if topic in INGESTED_TOPICS:
            others = ", ".join(sorted(publishers - OURS))
            summary = f"Taken from {others}. What cannot be taken goes to {dead_letter_topic(topic)}."
            operations[f"receive-{topic}"] = {"action": "receive", "channel": channel, "summary": summary}
        if ours := sorted(publishers & OURS):
            summary = f"Published by {', '.join(ours)}."
            operations[f"send-{topic}"] = {"action": "send", "channel": channel, "summary": summary}
    return operations


def _servers() -> dict[str, Any]:
    return {
        "kafka": {
            "host": "{broker}",
            "protocol": "kafka-secure",
            "description": "The broker of the installation, with a principal and ACLs of its own for each system.",
            "variables": {"broker": {"default": "kafka:9093", "description": "Host and port"}},
            "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in _schemes() if name != "bearer"],
        },
        "matching": {
            "host": "{matching}",
            "protocol": "https",
            "description": "The matching service: the door for systems that do not reach the broker.",
            "variables": {"matching": {"default": "matching:8080", "description": "Host and port"}},
            "security": [{"$ref": "#/components/securitySchemes/bearer"}],
        },
    }


def _schemes() -> dict[str, Any]:
    """Ways to say who one is; on Kafka any one of them, as the installation has it."""
    return {
        "scram512": {"type": "scramSha512", "description": "SASL/SCRAM over TLS"},
        "scram256": {"type": "scramSha256", "description": "SASL/SCRAM over TLS"},
        "certificate": {"type": "X509", "description": "A client's certificate (mutual TLS)"},
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token with the role operator in the administration of each event",
        },
    }


def asyncapi() -> dict[str, Any]:
    """The document of all topics and of the door by HTTP."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Open items",
            "version": "1.0.0",
            "description": "Events about open items, from the side of this product: `receive` is what others send us, "
            f"`send` what we publish. An event's value has at most {MAX_EVENT_BYTES} bytes of JSON. Records may "
            "be CloudEvents in structured mode too. How to send is told in docs/integrating.md.",
            "license": {"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {topic: channel_of(contract) for topic, contract in TOPICS.items()} | {DOOR: _door()},
        "operations": _operations(),
        "components": {"securitySchemes": _schemes()},
    }
