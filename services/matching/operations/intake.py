"""Events by HTTP: each is validated, compared with what was told before, kept in the outbox, and published from there.

Whoever hands events in is told at once what every consumer would put aside: what its contract or its envelope forbids,
and what contradicts what was told before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import ValidationError

from chassis.cloud_events import as_json
from chassis.consuming.handling import headers_to_json
from chassis.consuming.validation import contract_violation, validate
from chassis.database import Connection
from chassis.errors import Poison, Refused
from chassis.identity import Actor
from chassis.outbox import OutboxEvent, add_to_outbox, lock_keys
from contracts.envelope import BadAttribute, Envelope, attribute_text, event_id_of, write_headers
from contracts.event import MAX_EVENT_BYTES, Event
from contracts.topics import INGESTED_TOPICS, TOPICS
from services.matching.operations.commands import check_command, check_source, load_policies
from services.matching.operations.comparing import Comparison, Judgement, load_comparison, subject_of


@dataclass(frozen=True, slots=True)
class ForeignEvent:
    """An event as another system tells it; what is None has a default.

    `data` are the event's own fields, read or still as JSON in bytes; the id defaults to a digest, so that the same
    event has the same id, the source to the employee who hands it in, the time to that of the intake.
    """

    topic: str
    data: Any
    id: str | None = None
    source: str | None = None
    time: datetime | None = None


Line = ForeignEvent | Refused
"""What stands at a place of a request: an event, or why it is none."""


@dataclass(slots=True)
class Intake:
    """What became of a request's events, by their indexes from 0: taken, refused, or taken and without effect.

    Those without effect say what was said before, or were overtaken by a higher version.
    """

    accepted: list[OutboxEvent] = field(default_factory=list)
    refused: list[tuple[int, Refused]] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)
    duplicates: list[int] = field(default_factory=list)
    new: list[OutboxEvent] = field(default_factory=list)
    """Those of the accepted that have an effect."""


class _Candidate(NamedTuple):
    """A valid event, before it is compared: with the very bytes that were valid, and what it is about."""

    place: int
    line: ForeignEvent
    event: Event
    body: bytes
    key: str
    subject: str | None


async def take_in(connection: Connection, lines: Sequence[Line], actor: Actor) -> Intake:
    """Keep the good events for publication, in their order, whatever stands beside them."""
    intake = await judge(connection, lines, actor)
    await add_to_outbox(connection, intake.accepted)
    return intake


async def judge(connection: Connection, lines: Sequence[Line], actor: Actor) -> Intake:
    """Decide which events are good, and keep none of them."""
    intake = Intake()
    candidates = _candidates(lines, actor, intake)
    policies = await load_policies(connection, [candidate.event for candidate in candidates])
    # The locks of the keys come first: only then does the comparison see what others took in, and only then is the
    # order of the outbox the order of the commits.
    await lock_keys(connection, {candidate.key for candidate in candidates})
    subjects = {candidate.subject: candidate.event for candidate in candidates if candidate.subject}
    comparison = await load_comparison(connection, subjects)
    teller = f"http/{actor.employee}"
    for candidate in candidates:
        try:
            check_command(candidate.event, actor, policies)
        except Refused as refusal:
            intake.refused.append((candidate.place, refusal))
        else:
            _decide(candidate, comparison, teller, intake)
    intake.refused.sort(key=lambda refused: refused[0])
    return intake


def _candidates(lines: Sequence[Line], actor: Actor, intake: Intake) -> list[_Candidate]:
    """The valid events; why the others are not is noted."""
    candidates: list[_Candidate] = []
    granted: set[str] = set()
    for index, line in enumerate(lines):
        try:
            if isinstance(line, Refused):
                raise line
            event, body = _valid(line)
            if event.administration not in granted:
                actor.demand_administration(event.administration)
                granted.add(event.administration)
            candidates.append(_Candidate(index, line, event, body, event.key, subject_of(event)))
        except Refused as refusal:
            intake.refused.append((index, refusal))
    return candidates


def _decide(candidate: _Candidate, comparison: Comparison, teller: str, intake: Intake) -> None:
    """Take an event, or note why not; what changes nothing is taken too, and is not what the next is compared with."""
    try:
        judgement = comparison.judge(candidate.event, candidate.subject)
    except Refused as refusal:
        intake.refused.append((candidate.place, refusal))
        return
    if judgement is Judgement.NEW:
        out = _told_by(candidate, teller, candidate.subject)
        intake.accepted.append(out)
        intake.new.append(out)
        return
    intake.accepted.append(_told_by(candidate, teller, None))
    (intake.duplicates if judgement is Judgement.DUPLICATE else intake.superseded).append(candidate.place)


def _valid(incoming: ForeignEvent) -> tuple[Event, bytes]:
    """Validate one event; gives it with the JSON that every consumer will read. Refused names field and remedy."""
    if incoming.topic not in INGESTED_TOPICS:
        raise Refused(
            "unknown-topic",
            "Nobody but its service publishes to {topic!r}, or it does not exist.",
            topic=incoming.topic,
            topics=", ".join(sorted(INGESTED_TOPICS)),
            field="topic",
            remedy="Use one of: {topics}.",
        )
    if incoming.id is not None or incoming.source is not None:
        _check_envelope(incoming)
        check_source(incoming.source)
    try:
        body = incoming.data if isinstance(incoming.data, bytes) else as_json(incoming.data)
        if len(body) > MAX_EVENT_BYTES:
            raise Refused(
                "oversized", "An event has at most {limit} bytes.", limit=MAX_EVENT_BYTES, remedy="Cut it into several."
            )
        return validate(incoming.topic, body), body
    except ValidationError as error:
        raise refusal_of(contract_violation(error)) from error
    except Poison as poison:
        raise refusal_of(poison) from poison


def refusal_of(poison: Poison) -> Refused:
    """The same, told to whoever asked."""
    return Refused(poison.code, poison.message, field=poison.field, remedy=poison.remedy)


def _check_envelope(incoming: ForeignEvent) -> None:
    """Refuse what every consumer would refuse in the headers of the event."""
    for name, text in (("id", incoming.id), ("source", incoming.source)):
        if text is None:
            continue
        try:
            attribute_text(name, text.encode())
        except BadAttribute as error:
            raise Refused(
                "bad-envelope",
                "{error.name} {error.fault}.",
                error=error,
                field=name,
                remedy="Send it as text in UTF-8 of at most 512 bytes, or leave it out.",
            ) from error


def _told_by(candidate: _Candidate, teller: str, subject: str | None) -> OutboxEvent:
    """The event on its way out; where its sender says when it was, with headers that say so too."""
    line, topic = candidate.line, candidate.line.topic
    event_id = line.id or event_id_of(topic, candidate.body)
    source = line.source or teller
    headers = None
    if line.time is not None:
        headers = headers_to_json(write_headers(TOPICS[topic], Envelope(event_id, source, line.time)))
    return OutboxEvent(topic, candidate.key, candidate.body, event_id, source, headers, subject)
