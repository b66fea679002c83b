"""What stands in a request that hands in events: our own form, or CloudEvents in one of their three modes.

Each place of a batch is read by itself: what is wrong at one of them spoils none beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request

from chassis.cloud_events import (
    BATCHED,
    BYTE_ORDER_MARK,
    STRUCTURED,
    BinaryEvent,
    Mode,
    bad_attribute,
    mode_of,
    of_document,
    of_http_headers,
    read_json,
)
from chassis.errors import Poison, Refused
from chassis.http import RequestPart
from contracts.envelope import BadAttribute, attribute_text, read_named
from contracts.event import Event
from contracts.topics import INGESTED_TOPICS, TOPICS
from services.matching.operations.intake import ForeignEvent, Line, refusal_of

MAX_EVENTS = 1_000
JSON = "application/json"


class IncomingEvent(RequestPart):
    """An event as a library system tells it; the id defaults to a digest, so that the same event has the same id."""

    topic: Annotated[str, Field(max_length=64)]
    data: dict[str, Any]
    id: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    source: Annotated[str, Field(min_length=1, max_length=256)] | None = None


class IncomingEvents(RequestPart):
    """A batch, in the order in which the events happened."""

    events: Annotated[list[Any], Field(min_length=1, max_length=MAX_EVENTS)]


class CloudEvent(BaseModel):
    """A CloudEvent 1.0 as JSON, with an event of ours as its data."""

    specversion: Annotated[str, Field(pattern=r"^1\.0$")]
    type: Annotated[str, Field(description="openitems.<topic>.v1")]
    id: str
    source: str
    time: str | None = None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The events of a request, and whether it was one alone: a refusal of that is a refusal of the request.

    `has_own_id` says that every event brings the id by which it is told apart from others.
    """

    lines: list[Line]
    is_single: bool
    has_own_id: bool


async def read_handed_in(request: Request) -> HandedIn:
    """The events of a request whose sender is known; Refused, Poison or RequestValidationError where it is none."""
    content_type = request.headers.get("content-type", JSON)
    mode, body = mode_of(content_type), await request.body()
    if mode is Mode.BATCHED:
        return HandedIn([_of_document(document) for document in _batch_of(body)], is_single=False, has_own_id=True)
    if mode is Mode.STRUCTURED:
        return HandedIn([_of_document(read_json(body))], is_single=True, has_own_id=True)
    if any(name.lower().startswith(b"ce-") for name, _ in request.headers.raw):
        sent = BinaryEvent(of_http_headers(request.headers.raw), body.removeprefix(BYTE_ORDER_MARK))
        return HandedIn([_of_sent(sent)], is_single=True, has_own_id=True)
    return HandedIn([_own(event) for event in _own_batch(body)], is_single=False, has_own_id=False)


def _batch_of(body: bytes) -> list[Any]:
    documents = read_json(body)
    if not isinstance(documents, list) or not 1 <= len(documents) <= MAX_EVENTS:
        raise Refused(
            "bad-envelope",
            "A batch is a JSON array of at least one event and at most {limit}.",
            limit=MAX_EVENTS,
            remedy="Send each batch as a JSON array of so many events.",
        )
    return documents


def _of_document(document: Any) -> Line:
    try:
        return _of_sent(of_document(document))
    except Poison as poison:
        return refusal_of(poison)


def _of_sent(sent: BinaryEvent) -> Line:
    """An event in the binary mode; why it is none where its attributes do not say what it is."""
    named = dict(sent.headers)
    try:
        contract = _contract_of(attribute_text("type", named.get("ce_type")))
        envelope = read_named(named, contract)
    except BadAttribute as error:
        return refusal_of(bad_attribute(error))
    except Refused as refusal:
        return refusal
    return ForeignEvent(contract.topic, sent.body, envelope.event_id, envelope.source, envelope.time)


def _contract_of(ce_type: str) -> type[Event]:
    contract = _contracts().get(ce_type)
    if contract is None:
        raise Refused(
            "unknown-type",
            "Events of the type {type!r} are taken from nobody here.",
            type=ce_type,
            types=", ".join(sorted(_contracts())),
            field="type",
            remedy="Use one of: {types}.",
        )
    return contract


@cache
def _contracts() -> Mapping[str, type[Event]]:
    return {TOPICS[topic].ce_type(): TOPICS[topic] for topic in INGESTED_TOPICS}


def _own_batch(body: bytes) -> list[Any]:
    """The places of a batch in our own form; RequestValidationError where it is none."""
    try:
        document = read_json(body)
    except Poison as poison:
        context = {"error": str(poison.message)}
        raise RequestValidationError(
            [{"type": "json_invalid", "loc": ("body",), "msg": "JSON decode error", "input": {}, "ctx": context}]
        ) from poison
    try:
        return IncomingEvents.model_validate(document).events
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from error


def _own(document: Any) -> Line:
    # Most say no more than a topic and its data: what looks at each field is for the others, and for what is wrong.
    if isinstance(document, dict) and document.keys() == {"topic", "data"} and isinstance(document["data"], dict):
        topic = document["topic"]
        if isinstance(topic, str) and topic in INGESTED_TOPICS:
            return ForeignEvent(topic, document["data"])
    try:
        event = IncomingEvent.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return Refused(
            "not-an-event",
            "{violation}",
            violation=first["msg"],
            field="/".join(str(part) for part in first["loc"]) or None,
            remedy='Send each event as {{"topic": …, "data": {{…}}}}, with an id and a source where you have them.',
        )
    return ForeignEvent(event.topic, event.data, event.id, event.source)


def described_bodies() -> dict[str, Any]:
    """What a request may hold, for the document of the API."""
    event, cloud = IncomingEvent.model_json_schema(), CloudEvent.model_json_schema()
    own = IncomingEvents.model_json_schema()
    own["properties"]["events"]["items"] = event
    batch = {"type": "array", "items": cloud, "minItems": 1, "maxItems": MAX_EVENTS}
    schemas = {JSON: own, STRUCTURED: cloud, BATCHED: batch}
    content = {media_type: {"schema": schema} for media_type, schema in schemas.items()}
    return {"requestBody": {"required": True, "content": content}}
