"""Posting what a dry run showed: events are kept aside part by part, and published together once all are there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

from chassis.sentences import Sentence
from console.importing.examination import HIGHER, LEDGER, Fate, said
from console.importing.problems import RowProblem
from console.output import progress_bar
from console.session import Session
from contracts.event import PartyEvent

MAX_EVENTS = 1_000
"""Events of one part, as many as the service takes at once."""
PARTS_PER_CHUNK = 4
"""Most parts that one chunk of rows fills: an opening balance takes three events."""


@dataclass(slots=True)
class Staging:
    """An import that is open: what of it is kept aside."""

    session: Session
    import_id: str
    events: int = 0
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def opened(cls, session: Session, file: str, fingerprint: str) -> Staging:
        """Begin an import."""
        answer = session.post(LEDGER, session.within("imports"), {"file": file[-255:], "fingerprint": fingerprint})
        return cls(session, answer["import_id"])

    def stage(self, number: int, chunk: list[Fate]) -> list[Fate]:
        """Keep the new rows of a chunk aside; what the door refuses is refused with its reason."""
        told = [(fate, event) for fate in chunk if fate.outcome == "new" and fate.made for event in fate.made.events]
        for part, begin in enumerate(range(0, len(told), MAX_EVENTS)):
            assert part < PARTS_PER_CHUNK, "a row becomes three events at most"
            self._stage_part(number * PARTS_PER_CHUNK + part, told[begin : begin + MAX_EVENTS])
        return chunk

    def _stage_part(self, number: int, told: list[tuple[Fate, PartyEvent]]) -> None:
        body = body_of(event for _, event in told)
        path = self.session.within(f"imports/{self.import_id}/chunks/{number}")
        answer = self.session.post(LEDGER, path, body, key=sha256(path.encode() + body).hexdigest())
        with self._lock:
            self.events += answer["staged"]
        for index in answer["duplicates"]:
            fate, event = told[index]
            if fate.made is not None and event is fate.made.event:
                fate.outcome = "in-books"
        for index in answer["superseded"]:
            told[index][0].refuse(RowProblem("version", Sentence("A higher version holds already."), HIGHER))
        for refused in answer["refused"]:
            fate, _ = told[refused["index"]]
            message, remedy = refused["message"], refused.get("remedy") or ""
            fate.refuse(RowProblem(refused.get("field") or "", said(message), said(remedy)))

    def publish(self) -> None:
        """Have all of it published, and wait until it is."""
        path = self.session.within(f"imports/{self.import_id}/confirmation")
        job = self.session.post(LEDGER, path, {"events": self.events})
        with progress_bar(Sentence("Publishing"), self.session.language) as progress:
            self.session.follow(LEDGER, job["job_id"], progress)

    def drop(self) -> None:
        """Forget all of it."""
        self.session.delete(LEDGER, self.session.within(f"imports/{self.import_id}"))


def body_of(events: Iterator[PartyEvent]) -> bytes:
    """The body that tells events; each is JSON as its contract writes it."""
    parts = (
        b'{"topic":%s,"data":%s}'
        % (json.dumps(event.topic).encode(), event.model_dump_json(exclude_unset=True).encode())
        for event in events
    )
    return b'{"events":[' + b",".join(parts) + b"]}"
