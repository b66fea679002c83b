"""What became of events that were told but are not in the books: put aside and why, or waiting and for what."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AfterValidator, Field, ValidationError

from chassis.cloud_events import as_json
from chassis.consuming.handling import Record, digest_of
from chassis.consuming.validation import contract_violation
from chassis.database import Connection, Database
from chassis.errors import Refused
from chassis.http.authorization import Administration
from chassis.http.kept_sentences import Told
from chassis.http.limits import MEBIBYTE
from chassis.http.request_bodies import RequestBody, RequestPart
from chassis.http.views import View
from chassis.queries import load_queries
from contracts.topics import INGESTED_TOPICS, TOPICS

MAX_ASKED = 1_000
MAX_BODY_BYTES = 16 * MEBIBYTE


def told_topic(topic: str) -> str:
    """The topic, or ValueError where nobody but a service publishes."""
    if topic not in INGESTED_TOPICS:
        raise ValueError(f"{topic!r} is none of {', '.join(sorted(INGESTED_TOPICS))}")
    return topic


class AskedEvent(RequestPart):
    """An event as it was told."""

    topic: Annotated[str, Field(max_length=64), AfterValidator(told_topic)]
    data: dict[str, Any]


class AskedEvents(RequestBody):
    """Events, told apart by their place in this list."""

    events: Annotated[tuple[AskedEvent, ...], Field(min_length=1, max_length=MAX_ASKED)]


class PutAside(View):
    """An event that this service put aside, and why."""

    index: int
    code: str
    message: Told
    field: str | None
    remedy: Told | None


class StillWaiting(View):
    """An event that waits in this service, and for what."""

    index: int
    refers_to: str


class Whereabouts(View):
    """Those of the events that are put aside or wait; the others are applied, or have not come yet."""

    aside: tuple[PutAside, ...]
    waiting: tuple[StillWaiting, ...]


def add_whereabouts(router: APIRouter, database: Database) -> None:
    """The route below the administration, that every service has for whoever told it something."""

    @router.post("/events/whereabouts", max_body_size=MAX_BODY_BYTES)
    async def whereabouts(administration: Administration, body: AskedEvents) -> Whereabouts:
        """Whether these events are put aside here, and why, or wait, and for what."""
        digests = [_digest(administration, index, event) for index, event in enumerate(body.events)]
        async with database.snapshot() as connection:
            return await _whereabouts(connection, digests)


def _digest(administration: str, index: int, told: AskedEvent) -> bytes:
    """What names the event's record: the door keeps what it is told as these bytes."""
    body = as_json(told.data)
    try:
        event = TOPICS[told.topic].model_validate_json(body)
    except ValidationError as error:
        poison = contract_violation(error)
        field = f"events/{index}/data/{poison.field}"
        raise Refused(poison.code, poison.message, field=field, remedy=poison.remedy) from error
    if event.administration != administration:
        return b""  # of other books nothing is told here
    return digest_of(Record(told.topic, 0, 0, event.key.encode(), body, ()))


async def _whereabouts(connection: Connection, digests: list[bytes]) -> Whereabouts:
    queries = load_queries("chassis")
    aside = await connection.fetch(queries.dead_letters_of, digests)
    waiting = await connection.fetch(queries.waiting_of, digests)
    places = {digest: index for index, digest in enumerate(digests)}
    return Whereabouts(
        aside=tuple(PutAside(index=places[row["digest"]], **_told(row)) for row in aside),
        waiting=tuple(StillWaiting(index=places[row["digest"]], refers_to=row["refers_to"]) for row in waiting),
    )


def _told(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in ("code", "message", "field", "remedy")}
