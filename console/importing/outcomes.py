"""What became of each posted row in all four services: asked for, chunk by chunk, once they are drained."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any

from chassis.sentences import Retold, Sentence
from console.caller import SERVICES
from console.importing.examination import CHUNK_ROWS, LEDGER
from console.importing.records import Record
from console.session import Session
from contracts.library import ItemPosted
from contracts.writeoff import MatchRequested

FACTS = ("party_id", "item_id", "amount", "currency", "base_amount", "kind", "journal", "voucher", "item_date")
EVENTS = "events"
"""Under this name a posted row keeps what was told, until it is known what became of it."""


def with_outcomes(session: Session, rows: Iterable[Record]) -> Iterator[Record]:
    """The rows with what became of them: in each service, and in all."""
    every = iter(rows)
    with ThreadPoolExecutor(len(SERVICES)) as pool:
        while chunk := list(islice(every, CHUNK_ROWS)):
            posted = [row for row in chunk if EVENTS in row]
            if posted:
                list(pool.map(partial(_ask, session, posted), SERVICES))
                _ask_for_matches(session, posted)
            for row in chunk:
                yield _concluded(row)


def _ask(session: Session, posted: list[Record], service: str) -> None:
    """Note under the service's name what it made of each row."""
    first = [row[EVENTS][0] for row in posted]
    is_items = first[0]["topic"] == ItemPosted.topic
    known = _known_items(session, service, first) if is_items else _known_parties(session, service, first)
    missing = [at for at in range(len(posted)) if at not in known]
    for at in known:
        posted[at][service] = "taken"
    if missing:
        _ask_whereabouts(session, service, [(posted[at], posted[at][EVENTS][0]) for at in missing])


def _known_items(session: Session, service: str, told: list[dict[str, Any]]) -> set[int]:
    items = [{name: event["data"][name] for name in FACTS if name in event["data"]} for event in told]
    answer = session.post(service, session.within("standings/items"), json.dumps({"items": items}).encode())
    return set(answer["same"])


def _known_parties(session: Session, service: str, told: list[dict[str, Any]]) -> set[int]:
    """Those that a service knows under the version that was told, or a later one that overtook it."""
    parties = [event["data"] for event in told]
    answer = session.post(service, session.within("standings/parties"), json.dumps({"parties": parties}).encode())
    return {
        known["index"]
        for known in answer["known"]
        if known["version"] > parties[known["index"]]["version"]
        or (known["is_same"] and known["version"] == parties[known["index"]]["version"])
    }


def _ask_whereabouts(session: Session, service: str, told: list[tuple[Record, dict[str, Any]]]) -> None:
    body = json.dumps({"events": [event for _, event in told]}).encode()
    answer = session.post(service, session.within("events/whereabouts"), body)
    for row, _ in told:
        row[service] = "not-heard"
    for waiting in answer["waiting"]:
        row, _ = told[waiting["index"]]
        row[service] = "waiting"
        row.setdefault("reason", Sentence("{service} waits for {what}.", service=service, what=waiting["refers_to"]))
    for aside in answer["aside"]:
        row, _ = told[aside["index"]]
        row[service] = "put-aside"
        row.setdefault("reason", Retold(aside["message"]))
        row.setdefault("remedy", Retold(aside.get("remedy") or ""))


def _ask_for_matches(session: Session, posted: list[Record]) -> None:
    """Of opening balances the ledger has to match what was settled before as well."""
    asked = [(row, event) for row in posted for event in row[EVENTS] if event["topic"] == MatchRequested.topic]
    if not asked:
        return
    requests = [{name: event["data"][name] for name in ("party_id", "request_id")} for _, event in asked]
    answer = session.post(LEDGER, session.within("standings/match-requests"), {"requests": requests})
    codes = {answered["index"]: answered["code"] for answered in answer["answered"]}
    unanswered = [pair for at, pair in enumerate(asked) if at not in codes]
    for at, code in codes.items():
        if code is not None:
            row, _ = asked[at]
            row[LEDGER] = "put-aside"
            row["reason"] = Sentence("What was settled before is not matched: {code}.", code=code)
    if unanswered:
        _ask_whereabouts(session, LEDGER, unanswered)


def _concluded(row: Record) -> Record:
    """A row's outcome in all: the worst of what the services say."""
    if EVENTS not in row:
        return row
    said = {row[service] for service in SERVICES}
    outcome = next((one for one in ("put-aside", "waiting", "not-heard") if one in said), "taken")
    if outcome == "not-heard":
        deaf = ", ".join(service for service in SERVICES if row[service] == outcome)
        row.setdefault("reason", Sentence("{services} has not heard of it yet.", services=deaf))
        row.setdefault("remedy", Sentence("Look again later: openitems status."))
    return {name: value for name, value in row.items() if name != EVENTS} | {"outcome": outcome}


def told_of(events: Iterable[Any]) -> list[dict[str, Any]]:
    """What is kept of a row's events until it is known what became of them."""
    return [{"topic": event.topic, "data": event.model_dump(mode="json", exclude_unset=True)} for event in events]
