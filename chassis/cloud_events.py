"""CloudEvents as others send them, turned into what our own services send: headers of the binary mode around JSON.

What is clear is taken: an event in its headers or as a JSON document, alone or in a batch; names of headers in any
case; a byte order mark; data in base64. What is not is poison that says what to send instead.

Sources: CloudEvents 1.0.2, its JSON format, its protocol bindings for Kafka and HTTP (https://cloudevents.io). Kafka's
binding knows no batches; a record that is one is clear all the same.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from pydantic_core import from_json, to_json

from chassis.errors import Poison
from chassis.sentences import Sentence
from contracts.envelope import CONTENT_TYPE, MAX_HEADER_BYTES, SPEC_VERSION, BadAttribute, Headers
from contracts.event import Event

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
FAMILY = "application/cloudevents"
STRUCTURED, BATCHED = f"{FAMILY}+json", f"{FAMILY}-batch+json"
CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})
ATTRIBUTES = ("specversion", "type", "id", "source", "time")
"""What a document's members and headers of the binary mode both say, in the order in which we write them."""
TRACE = "traceparent"
"""An extension that has its header without a prefix (https://www.w3.org/TR/trace-context/)."""
CODE = "bad-envelope"


class Mode(Enum):
    """How an event is sent; its content type says which."""

    BINARY = auto()
    """Its attributes are headers, its data the body."""
    STRUCTURED = auto()
    """All of it is one JSON document."""
    BATCHED = auto()
    """A JSON array of such documents."""


class BinaryEvent(NamedTuple):
    """An event in the binary mode, as our own services send it."""

    headers: Headers
    body: bytes


@lru_cache(maxsize=256)
def mode_of(content_type: str) -> Mode:
    """The mode of a content type; Poison where it is one of CloudEvents that is no JSON in UTF-8."""
    media_type, *parameters = (part.strip() for part in content_type.lower().split(";"))
    if not media_type.startswith(FAMILY):
        return Mode.BINARY
    given = dict(parameter.partition("=")[::2] for parameter in parameters)
    if given.get("charset", "utf-8").strip("\"'") in CHARSETS:
        if media_type in {STRUCTURED, FAMILY}:
            return Mode.STRUCTURED
        if media_type in {BATCHED, f"{FAMILY}-batch"}:
            return Mode.BATCHED
    raise Poison(
        CODE,
        "The content type {content_type!r} is not read here.",
        content_type=content_type[:MAX_HEADER_BYTES],
        field="headers",
        remedy="Send JSON in UTF-8: application/cloudevents+json, or application/json with the attributes as headers.",
    )


def read_json(body: bytes) -> Any:
    """A document, its byte order mark left out; Poison where it is no JSON.

    Half of a surrogate pair is read as such: only the event that has it is spoiled by it.
    """
    text = body.removeprefix(BYTE_ORDER_MARK)
    try:
        return from_json(text)
    except ValueError:
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Poison(
                "not-json",
                "{error}",
                error=error,
                remedy="Send one JSON document in UTF-8, whole and without comments.",
            ) from error


def of_document(document: Any) -> BinaryEvent:
    """An event out of a JSON document; Poison says what is missing of it."""
    if not isinstance(document, dict):
        raise Poison(
            CODE,
            "An event in JSON is an object of attributes and data.",
            remedy='Send each event as {{"specversion": "1.0", "type": …, "id": …, "source": …, "data": {{…}}}}.',
        )
    headers: Headers = [("content-type", CONTENT_TYPE)]
    for name in (*ATTRIBUTES, TRACE):
        value = document.get(name)
        if isinstance(value, str):
            headers.append((name if name == TRACE else f"ce_{name}", value.encode("utf-8", "surrogatepass")))
        elif value is not None and name != TRACE:
            raise bad_attribute(BadAttribute(name, "is no text"))
    return BinaryEvent(headers, _data_of(document))


def _data_of(document: Mapping[str, Any]) -> bytes:
    """The event's own fields as JSON."""
    encoded = document.get("data_base64")
    if encoded is not None:
        try:
            return b64decode(encoded, validate=True)
        except (ValueError, TypeError) as error:
            raise _no_data(Sentence("What data_base64 has is no base64."), "data_base64") from error
    if "data" not in document:
        raise _no_data(Sentence("The event has no data."), "data")
    data = document["data"]
    if isinstance(data, str):
        raise _no_data(Sentence("The event's data is a text, not an object."), "data")
    return as_json(data)


def data_of(headers: Iterable[tuple[str, bytes | None]], body: bytes) -> bytes:
    """The JSON of an event's own fields, whichever way the event is sent; Poison where it cannot be found.

    Of a batch it is the array: that is nobody's in particular.
    """
    content_type = dict(of_headers((name, value or b"") for name, value in headers)).get("content-type", b"")
    if mode_of(content_type.decode("utf-8", "replace")) is Mode.STRUCTURED:
        return of_document(read_json(body)).body
    return body.removeprefix(BYTE_ORDER_MARK)


def as_json(value: Any) -> bytes:
    """What `read_json` read as JSON again: halves of surrogate pairs escaped, so that validation finds them.

    Poison where it is nested too deeply.
    """
    try:
        return to_json(value)
    except ValueError:
        try:
            return json.dumps(value).encode()
        except RecursionError as error:
            raise Poison("not-json", "{error}", error=error, remedy="Nest less deeply.") from error


def _no_data(message: Sentence, field: str) -> Poison:
    return Poison(CODE, message, field=field, remedy="Put the event's own fields into data as a JSON object.")


def of_headers(headers: Iterable[tuple[str, bytes]]) -> Headers:
    """Headers of a record under the names that the Kafka binding has, whatever their case and their dashes.

    A name that is written as it should be comes before its other spellings.
    """
    given = list(headers)
    named = {_canonical(name): value for name, value in given} | dict(given)
    return [(name, value) for name, value in named.items() if name == _canonical(name)]


def _canonical(name: str) -> str:
    lower = name.lower()
    return f"ce_{lower[3:]}" if lower.startswith(("ce-", "ce_")) else lower


_QUOTED = re.compile(rb'^"(.*)"$', re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


def of_http_headers(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The attributes in the headers of an HTTP request: once unquoted, once decoded from their percent signs."""
    named: Headers = []
    for name, value in headers:
        lower = name.decode("latin-1").lower()
        if lower.startswith("ce-"):
            quoted = _QUOTED.match(value.strip())
            plain = _ESCAPED.sub(rb"\1", quoted[1]) if quoted else value.strip()
            named.append((_canonical(lower), unquote_to_bytes(plain)))
    return named


def bad_attribute(error: BadAttribute, contract: type[Event] | None = None) -> Poison:
    """What is told of an attribute that is missing or wrong, to whoever publishes events of the contract."""
    kind = contract.ce_type() if contract else "openitems.<topic>.v1"
    remedies = {
        "specversion": f'specversion "{SPEC_VERSION}"',
        "type": f'type "{kind}"',
    }
    if error.name in remedies:
        return Poison(
            CODE,
            "{error}",
            error=error,
            field="headers",
            attribute=remedies[error.name],
            remedy="Send CloudEvents with {attribute}: as the headers ce_specversion, ce_type, ce_id and ce_source "
            "(ce- by HTTP) around the event's JSON, or as one document with content-type application/cloudevents+json.",
        )
    if error.name == "time":
        remedy = "Send an instant as RFC 3339 has it, such as 2026-11-22T09:00:00Z, or leave the time out."
        return Poison(CODE, "{error}", error=error, field="headers", remedy=remedy)
    return Poison(
        CODE,
        "{error}",
        error=error,
        field="headers",
        limit=MAX_HEADER_BYTES,
        remedy="Give each event an id of its own, the same when it is sent again, and the source that sends it: text "
        "in UTF-8 of at most {limit} bytes each.",
    )
