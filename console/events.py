"""`openitems publish` and `openitems configure`: events of other systems and of operators."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError

from chassis.sentences import Count, Retold, Sentence, joined
from chassis.violations import violation_of
from console.caller import SERVICES
from console.exits import REFUSED, USAGE, CommandFailed
from console.output import JsonOption, progress_bar, say, show
from console.session import Session, session_of
from console.settled import DOOR, Sending, say_what_is_left, wait_for_own
from contracts.operators import AdministrationConfigured

CHUNK_EVENTS = 1_000
MAX_SHOWN = 20
MAX_LINE_BYTES = 1_000_000
MAX_TOPIC = 64
CONFIGURED_SECONDS = 120.0
TAKEN = "Return when every service has taken these events, and what it told because of them."
SAID = ("message", "remedy")
"""What an answer says of a refused event, in English."""

Event = Mapping[str, Any]


@dataclass(slots=True)
class Published:
    """How many events a service accepted, how many of those change nothing, and which it refused, and why.

    Duplicates say what was said before; a higher version than that of superseded ones holds already.
    """

    accepted: int = 0
    duplicates: int = 0
    superseded: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """The counts and the first refusals, as the command shows them."""
        counts = {"accepted": self.accepted, "duplicates": self.duplicates, "superseded": self.superseded}
        return {**counts, "refused": len(self.refused), "problems": self.refused[:MAX_SHOWN]}


def publish(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help='Lines of {"topic": …, "data": …}.', exists=True, dir_okay=False)],
    *,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait", help="Return when every service has taken these events, and what it told because of them."
        ),
    ] = False,
    limit: Annotated[float, typer.Option(help="Seconds to wait at most.")] = 600.0,
    json_output: JsonOption = False,
) -> None:
    """Publish events; each is validated first, and good ones go through beside bad ones."""
    session = session_of(context)
    sending = Sending(SERVICES if wait else (DOOR,))
    published = send_events(session, _lines(file, session.language), sending=sending)
    if wait:
        wait_for_own(session, sending, limit)
    else:
        say_what_is_left(session, sending)
    if published.refused and json_output:
        raise refused_events(published)
    show(published.summary(), json_output=json_output, language=session.language)
    if published.refused:
        raise refused_events(published)


def refused_events(published: Published) -> CommandFailed:
    """Some events were refused: which, and what became of the others."""
    count = len(published.refused)
    return CommandFailed("{count} events were refused.", REFUSED, published.summary(), count=count)


def configure(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="An administration as YAML.", exists=True, dir_okay=False)],
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Return when every service knows it.")] = False,
    json_output: JsonOption = False,
) -> None:
    """Configure an administration: currency, periods, journals, reasons, GL links, reminder profiles."""
    session = session_of(context)
    configuration = read_configuration(file)
    sending = Sending(SERVICES)
    events = [{"topic": AdministrationConfigured.topic, "data": configuration}]
    published = send_events(session, events, sending=sending if wait else None)
    if published.refused:
        raise CommandFailed(describe(published.refused[0]), REFUSED, published.refused[0])
    if published.superseded:
        version = configuration["version"]
        say(
            Sentence("Nothing changes: a higher version than {version} holds already.", version=version),
            session.language,
        )
    if wait:
        wait_for_own(session, sending, CONFIGURED_SECONDS)
    facts = {"administration": configuration["administration"], "version": configuration["version"]}
    show({**facts, "journals": len(configuration["journals"])}, json_output=json_output, language=session.language)


def read_configuration(file: Path) -> dict[str, Any]:
    """The configuration in a YAML file, as its contract wants it; the version defaults to the present second."""
    try:
        document = yaml.safe_load(file.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise CommandFailed("{file} is no YAML: {error}", USAGE, file=file, error=error) from error
    if not isinstance(document, dict):
        raise CommandFailed("{file} holds no mapping of fields.", USAGE, file=file)
    document.setdefault("version", int(time.time()))
    text = json.dumps(document, default=str)
    try:
        AdministrationConfigured.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = "/".join(str(part) for part in first["loc"])
        raise CommandFailed(
            "{file}: {where}: {violation}",
            USAGE,
            file=file,
            where=where or Sentence("the document"),
            violation=violation_of(first),
        ) from error
    return dict(json.loads(text))


def send_events(
    session: Session, events: Iterable[Event], description: str | None = None, sending: Sending | None = None
) -> Published:
    """Send events in chunks, each under a key of its own; what was sent before is told as a duplicate.

    `sending` is told between which places they are, for whoever wants to know who has taken them.
    """
    published = Published()
    sent = 0
    with progress_bar(description or Sentence("Publishing"), session.language) as progress:
        for chunk in batched_list(events, CHUNK_EVENTS):
            if sending is not None:
                sending.begin(session, chunk)
            answer = session.post("matching", "/v1/events", {"events": chunk})
            published.accepted += answer["accepted"]
            published.duplicates += len(answer["duplicates"])
            published.superseded += len(answer["superseded"])
            for refused in answer["refused"]:
                told = {name: Retold(refused[name]) for name in SAID if refused.get(name)}
                published.refused.append({**refused, **told, "event": sent + refused["index"] + 1})
            sent += len(chunk)
            progress({"done": sent})
    if sending is not None:
        sending.end(session)
    return published


def batched_list(events: Iterable[Event], size: int) -> Iterator[list[Event]]:
    """Consecutive chunks of at most `size` events."""
    chunk: list[Event] = []
    for event in events:
        chunk.append(event)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def describe(refused: Mapping[str, Any]) -> Sentence:
    """A refused event in a sentence: which, field, what is wrong, what to do."""
    said = [Retold(refused[name]) for name in SAID if refused.get(name)]
    number, reason = refused["event"], joined(said)
    if not refused.get("field"):
        return Sentence("Event {number}: {reason}", number=number, reason=reason)
    return Sentence("Event {number}, field {name}: {reason}", number=number, name=refused["field"], reason=reason)


def _lines(file: Path, language: str) -> Iterator[Event]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            yield _event_of(line, number, language)


def _event_of(line: bytes, number: int, language: str) -> Event:
    """A line's event; one that is no event at all becomes one that the service refuses, under its line's number."""
    try:
        event = json.loads(line) if len(line) <= MAX_LINE_BYTES else None
    except ValueError:
        event = None
    if not isinstance(event, dict) or not _is_event(event):
        wrong = Sentence(
            'Line {number} is no {{"topic": …, "data": …}} of at most {limit} bytes.',
            number=Count(number),
            limit=Count(MAX_LINE_BYTES),
        )
        say(wrong, language)
        return {"topic": "not-an-event", "data": {}}
    return event


def _is_event(event: Event) -> bool:
    return (
        {"topic", "data"} <= event.keys() <= {"topic", "data", "id", "source"}
        and isinstance(event["topic"], str)
        and len(event["topic"]) <= MAX_TOPIC
        and isinstance(event["data"], dict)
        and all(isinstance(event[name], str) for name in ("id", "source") if name in event)
    )
