"""Any process of the running stack may be killed while it works: nothing is lost and nothing happens twice."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from chassis.identity import ALL_ADMINISTRATIONS, Role
from console.audit import audit_report
from console.caller import SERVICES, Target
from console.events import batched_list, send_events
from console.session import Session
from console.settled import wait_until_drained
from deploy.embedded import stack
from deploy.embedded.clock import now_utc
from deploy.embedded.tokens import issue_token
from tests.faults.victims import HEAL_LIMIT_SECONDS, kill, wait_until_whole

pytestmark = pytest.mark.slow

PARTIES = 40
ITEMS_PER_PARTY = 60
CHUNK = 150
DRAIN_LIMIT_SECONDS = 180.0
POSTED_ON = date(2026, 3, 2)
BOOKED_ON = "2026-11-16"

Event = dict[str, Any]


Open = Callable[[str], Session]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running stack of the product's own services."""
    folder = tmp_path_factory.mktemp("faults") / "stack"
    stack.start(folder)
    yield folder
    stack.stop(folder)


@contextmanager
def session_in(folder: Path, administration: str) -> Iterator[Session]:
    """The console's way to the services, as somebody who may do everything in this administration."""
    urls = {child.name: child.url for child in stack.status(folder).children if child.url}
    token = issue_token(folder, "anna", [ALL_ADMINISTRATIONS], list(Role), now_utc())
    session = Session(Target(urls, token), administration, "en")
    yield session
    for client in session._clients.values():
        client.close()


@pytest.fixture
def open_session(folder: Path) -> Iterator[Open]:
    """Opens sessions in administrations of the test's own."""
    with ExitStack() as opened:
        yield lambda administration: opened.enter_context(session_in(folder, administration))


def configuration(administration: str) -> Event:
    periods = [
        {"year": 2026, "period": month, "start": f"2026-{month:02}-01", "end": f"2026-{month:02}-28"}
        for month in range(1, 13)
    ]
    return {
        "administration": administration,
        "version": 1,
        "name": "The library that is never spared",
        "country": "NL",
        "base_currency": "EUR",
        "fiscal_periods": periods,
        "journals": [{"code": "M10", "type": "M", "label": {"nl": "Afletteren", "da": "Udligning", "en": "Clearing"}}],
        "gl_links": {"payment_differences": "4900"},
        "reminder_profiles": [{"profile": "standard", "levels": [{"level": 1}]}],
    }


def library(administration: str) -> list[Event]:
    """Parties and their items: charges, and every third a credit; the same ones every time."""
    chance = random.Random(administration)
    events: list[Event] = [{"topic": "administration-configured", "data": configuration(administration)}]
    for number in range(PARTIES):
        party = {"administration": administration, "party_id": f"P{number:04}"}
        person = {"version": 1, "kind": "debtor", "name": f"Reader {number}", "language": "nl", "category": "adult"}
        address = {"street": "Kade 1", "postal_code": "3011 AA", "city": "Rotterdam", "country": "NL"}
        events.append({"topic": "party-updated", "data": party | person | {"address": address}})
        events += [
            {"topic": "item-posted", "data": party | item(number, one, chance)} for one in range(ITEMS_PER_PARTY)
        ]
    return events


def item(party: int, number: int, chance: random.Random) -> Event:
    is_credit = number % 3 == 2
    amount = chance.randrange(100, 5_000)
    posted_on = POSTED_ON + timedelta(days=number)
    return {
        "item_id": f"I{party:04}-{number:03}",
        "kind": "payment" if is_credit else "fine",
        "amount": -amount if is_credit else amount,
        "currency": "EUR",
        "journal": "B10" if is_credit else "V10",
        "voucher": f"{party:04}{number:03}",
        "item_date": posted_on.isoformat(),
        "due_date": (posted_on + timedelta(days=30)).isoformat(),
        "description": "Item",
    }


def balances(events: Sequence[Event]) -> Counter[str]:
    """What each party owes after all postings, whatever was settled against what."""
    owed: Counter[str] = Counter()
    for event in events:
        if event["topic"] == "item-posted":
            owed[event["data"]["party_id"]] += event["data"]["amount"]
    return owed


def open_totals(session: Session, service: str) -> dict[str, int]:
    pages = session.pages(service, session.within("audit/totals"))
    return {row["party_id"]: row["open_amount"] for row in pages}


def assert_books_are_right(session: Session, expected: Counter[str]) -> None:
    report = audit_report(session)
    assert report["violations"] == []
    nonzero = {party: total for party, total in expected.items() if total}
    for service in SERVICES:
        found = {party: total for party, total in open_totals(session, service).items() if total}
        assert found == nonzero, service
        progress = session.get(service, "/v1/progress")
        assert (progress["dead_letters"], progress["waiting"]) == (0, 0), service


def test_postings_survive_the_death_of_every_process(folder: Path, open_session: Open) -> None:
    session = open_session("killed-while-posting")
    events = library("killed-while-posting")
    victims = iter(("matching", "broker", "selection", "postgres", "reminders", "writeoff", "broker", "matching"))

    for number, chunk in enumerate(batched_list(events, CHUNK)):
        assert send_events(session, chunk).accepted == len(chunk)
        if number % 2 == 1 and (victim := next(victims, None)):
            kill(folder, victim)
    wait_until_whole(folder)
    wait_until_drained(session, DRAIN_LIMIT_SECONDS)

    assert next(victims, None) is None, "every process was to be killed"
    assert_books_are_right(session, balances(events))


def test_a_settlement_survives_the_death_of_every_process(folder: Path, open_session: Open) -> None:
    session = open_session("killed-while-settling")
    events = library("killed-while-settling")
    send_events(session, events)
    wait_until_drained(session, DRAIN_LIMIT_SECONDS)

    run = session.post(
        "matching",
        session.within("settlement-runs"),
        {"booking": {"date": BOOKED_ON, "journal": "M10"}},
        key=str(uuid4()),
    )
    for victim in ("matching", "postgres", "broker"):
        kill(folder, victim)
        time.sleep(1.0)
    wait_until_whole(folder)
    session.follow("matching", run["job_id"], lambda _: None, HEAL_LIMIT_SECONDS)
    wait_until_drained(session, DRAIN_LIMIT_SECONDS)

    assert_books_are_right(session, balances(events))
    items = list(session.pages("matching", session.within("items")))
    signs = {(row["party_id"], row["open_amount"] > 0) for row in items}
    assert len(signs) == len({party for party, _ in signs}), "no party has charges and credits open after a settlement"


def test_the_books_are_right_after_the_supervisor_died_and_the_stack_was_started_again(
    folder: Path, open_session: Open
) -> None:
    session = open_session("killed-altogether")
    events = library("killed-altogether")
    send_events(session, events[: len(events) // 2])
    supervisor = stack.status(folder).supervisor
    assert supervisor is not None

    os.kill(supervisor.pid, signal.SIGKILL)
    psutil.wait_procs(
        [psutil.Process(supervisor.pid)] if psutil.pid_exists(supervisor.pid) else [], timeout=HEAL_LIMIT_SECONDS
    )
    stack.start(folder)
    send_events(session, events)
    wait_until_drained(session, DRAIN_LIMIT_SECONDS)

    assert_books_are_right(session, balances(events))


def test_an_orderly_restart_repeats_nothing_and_forgets_nothing(folder: Path, open_session: Open) -> None:
    session = open_session("stopped-in-order")
    events = library("stopped-in-order")
    send_events(session, events)
    wait_until_drained(session, DRAIN_LIMIT_SECONDS)

    stack.stop(folder)
    was_drained = (folder / "drained").exists()
    stack.start(folder)
    wait_until_drained(session, DRAIN_LIMIT_SECONDS)

    assert was_drained
    assert_books_are_right(session, balances(events))
