"""Whether what was told has reached everybody: one's own events, or all that was told so far, never what comes yet."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.sentences import Count, Sentence
from console.caller import SERVICES
from console.exits import REFUSED, TIMED_OUT, CommandFailed
from console.output import progress_bar, say
from console.session import Json, Session
from contracts.event import ADMINISTRATION_PATTERN

DOOR = "matching"
"""The service that takes others' events by HTTP and tells them."""
SETTLED_ROUNDS = 2
"""So many looks in a row nothing may be left: events may cause events."""
POLL_SECONDS = 0.25
NAME = re.compile(ADMINISTRATION_PATTERN)

Places = Mapping[str, int]
"""By service, the last place of its outbox."""


def told_path(administration: str) -> str:
    """Where a service says what it told of an administration."""
    return f"/v1/administrations/{administration}/told"


@dataclass(slots=True)
class Sending:
    """Events on their way: of which administrations, and between which places of the outboxes they are.

    `services` are those in whose outboxes it is noted where they were before: all, if what they tell is waited for too.
    """

    services: Sequence[str] = (DOOR,)
    administrations: list[str] = field(default_factory=list)
    after: dict[str, int] = field(default_factory=dict)
    until: int | None = None
    _closed: set[str] = field(default_factory=set)

    def begin(self, session: Session, events: Iterable[Mapping[str, Any]]) -> None:
        """Note where the outboxes are before these events, the first of some administrations, are sent."""
        for name in administrations_of(events) - self._closed - set(self.administrations):
            try:
                places = {service: last_place(session, service, name) for service in self.services}
            except CommandFailed as failure:
                if failure.code != REFUSED:
                    raise
                self._closed.add(name)  # the door refuses its events, too
                continue
            self.administrations.append(name)
            self.after = places | self.after

    def end(self, session: Session) -> None:
        """Note where the door's outbox is after the last event."""
        if self.administrations:
            self.until = last_place(session, DOOR, self.administrations[0])


def administrations_of(events: Iterable[Mapping[str, Any]]) -> set[str]:
    """Whose events they are, as far as they say it as the contract has it."""
    names = (event["data"].get("administration") for event in events)
    return {name for name in names if isinstance(name, str) and NAME.fullmatch(name)}


def last_place(session: Session, service: str, administration: str) -> int:
    """The place of the last event in a service's outbox."""
    return int(session.get(service, told_path(administration), until=0)["last"])


@dataclass(frozen=True, slots=True)
class Behind:
    """Events that a service has not taken yet, at most: others' may be among them."""

    service: str
    topic: str
    partition: int
    events: int

    def row(self) -> Json:
        """As tables and JSON show it."""
        return {"service": self.service, "topic": self.topic, "partition": self.partition, "left": self.events}


@dataclass(slots=True)
class Look:
    """What is left at one moment: not published yet, by service, and not applied yet."""

    unpublished: dict[str, int] = field(default_factory=dict)
    behind: list[Behind] = field(default_factory=list)

    @property
    def left(self) -> int:
        """What the slowest service has before it."""
        by_service = dict.fromkeys(SERVICES, 0)
        for one in self.behind:
            by_service[one.service] += one.events
        return sum(self.unpublished.values()) + max(by_service.values())

    def rows(self) -> list[Json]:
        """What is left, as rows: a service that has not told it all has no topic."""
        untold = [
            {"service": name, "topic": "", "partition": None, "left": events}
            for name, events in self.unpublished.items()
            if events
        ]
        return untold + [one.row() for one in self.behind]


def look_for(session: Session, positions: Iterable[Places], unpublished: Mapping[str, int]) -> Look:
    """How far every service is with what was told up to these positions."""
    wanted: dict[str, int] = {}
    for some in positions:
        for name, offset in some.items():
            wanted[name] = max(wanted.get(name, 0), offset)
    look = Look({name: events for name, events in unpublished.items() if events})
    for service in SERVICES if wanted else ():
        applied = session.get(service, "/v1/progress")["applied"]
        for name in sorted(wanted.keys() & applied.keys()):
            events = wanted[name] - applied[name]
            if events > 0:
                topic, _, partition = name.rpartition("-")
                look.behind.append(Behind(service, topic, int(partition), events))
    return look


def look_at_own(session: Session, sending: Sending) -> Look:
    """What is left of the events that were sent."""
    told = [
        session.get(DOOR, told_path(name), after=sending.after[DOOR], until=sending.until)
        for name in sending.administrations
    ]
    return look_for(session, [one["positions"] for one in told], {DOOR: sum(one["unpublished"] for one in told)})


def look_at_caused(session: Session, sending: Sending) -> Look:
    """What is left of what services told by themselves of the same administrations since then."""
    positions, unpublished = [], dict.fromkeys(SERVICES, 0)
    for name in sending.administrations:
        for service in SERVICES:
            told = session.get(service, told_path(name), after=sending.after[service], own=True)
            positions.append(told["positions"])
            unpublished[service] += told["unpublished"]
    return look_for(session, positions, unpublished)


def wait_for_own(session: Session, sending: Sending, limit_seconds: float) -> None:
    """Return when all services have applied what was sent, and what they told because of it.

    What others send meanwhile is not waited for. CommandFailed at the limit.
    """
    if not sending.administrations:
        return
    give_up_at = time.monotonic() + limit_seconds
    most = 0
    with progress_bar(Sentence("Taken by all services"), session.language) as progress:

        def waited(look: Callable[[Session, Sending], Look]) -> Look:
            nonlocal most
            while (found := look(session, sending)).left:
                most = max(most, found.left)
                progress({"done": most - found.left, "total": most})
                if time.monotonic() > give_up_at:
                    raise not_drained(found, limit_seconds)
                time.sleep(POLL_SECONDS)
            return found

        waited(look_at_own)
        for _ in range(SETTLED_ROUNDS):
            waited(look_at_caused)
            time.sleep(POLL_SECONDS)
    say_what_waits(session)


def say_what_is_left(session: Session, sending: Sending) -> None:
    """Tell who sent events how many of them are not taken by all services yet."""
    if not sending.administrations:
        return
    left = look_at_own(session, sending).left
    if left:
        told = Sentence("{count} of them are not taken by all services yet; --wait waits for them.", count=Count(left))
        say(told, session.language)


def not_drained(look: Look, limit_seconds: float) -> CommandFailed:
    """Who is behind with what, after the limit."""
    rows = look.rows()
    return CommandFailed(
        "{left} events are still on their way after {limit_seconds:.0f} s.",
        TIMED_OUT,
        {"not_drained": rows},
        left=Count(look.left),
        limit_seconds=limit_seconds,
    )


def say_what_waits(session: Session) -> None:
    """Tell how many events wait for what they refer to, if any do."""
    waiting = sum(session.get(service, "/v1/progress")["waiting"] for service in SERVICES)
    if waiting:
        referring = Sentence("{count} events wait for what they refer to: openitems waiting.", count=Count(waiting))
        say(referring, session.language)


def wait_until_drained(session: Session, limit_seconds: float) -> None:
    """Return when every service has applied and published everything; CommandFailed after the limit."""
    give_up_at = time.monotonic() + limit_seconds
    rounds = 0
    with progress_bar(Sentence("Draining"), session.language) as progress:
        while rounds < SETTLED_ROUNDS:
            states = [session.get(service, "/v1/progress") for service in SERVICES]
            left = sum(state["lag_total"] + state["unpublished"] for state in states)
            rounds = rounds + 1 if all(state["drained"] for state in states) else 0
            progress({"done": 0, "total": left})
            if time.monotonic() > give_up_at:
                raise not_drained(_of_everybody(states), limit_seconds)
            if rounds < SETTLED_ROUNDS:
                time.sleep(POLL_SECONDS)
    say_what_waits(session)


def _of_everybody(states: Sequence[Mapping[str, Any]]) -> Look:
    behind = []
    for state in states:
        for name, events in state["lag"].items():
            if events:
                topic, _, partition = name.rpartition("-")
                behind.append(Behind(state["service"], topic, int(partition), events))
    return Look({state["service"]: state["unpublished"] for state in states}, behind)


def catch_up(session: Session, limit_seconds: float) -> Look:
    """Wait until every service has applied all that was told of the administration before; what is left at the limit.

    What was told is what stands in an outbox, and what stands on a topic, whoever put it there.
    """
    give_up_at = time.monotonic() + limit_seconds
    path, most = told_path(session.administration), 0
    places = {name: last_place(session, name, session.administration) for name in SERVICES}
    with progress_bar(Sentence("Draining"), session.language) as progress:
        while (look := Look({name: _unpublished(session, name, path, places[name]) for name in SERVICES})).left:
            progress({"done": 0, "total": look.left})
            if time.monotonic() > give_up_at:
                return look
            time.sleep(POLL_SECONDS)
        ends = [_ends(session.get(service, "/v1/progress")) for service in SERVICES]
        while (look := look_for(session, ends, {})).left:
            most = max(most, look.left)
            progress({"done": most - look.left, "total": most})
            if time.monotonic() > give_up_at:
                return look
            time.sleep(POLL_SECONDS)
    return look


def _unpublished(session: Session, service: str, path: str, until: int) -> int:
    return int(session.get(service, path, until=until)["unpublished"])


def _ends(state: Mapping[str, Any]) -> dict[str, int]:
    """What comes next on each partition, as a service sees it."""
    return {name: offset + state["lag"][name] for name, offset in state["applied"].items()}
