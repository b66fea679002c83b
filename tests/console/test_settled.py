"""Who waits waits for their own events, and an audit tells who is behind from what is broken."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from console.audit import _failure_of, audit_report, compare
from console.caller import SERVICES
from console.exits import NOT_DRAINED, TIMED_OUT, VIOLATED, CommandFailed
from console.session import Session
from console.settled import DOOR, Sending, wait_for_own

TOPIC = "item-posted-0"
FAR = float("inf")


class House:
    """Four services as they answer: how far each is on one partition, what was told, and what each states is open.

    `then` is done after each question: what happens while somebody asks.
    """

    administration, language = "lib-nl", "en"

    def __init__(self) -> None:
        self.end = 10
        self.applied = dict.fromkeys(SERVICES, 10)
        self.untold = dict.fromkeys(SERVICES, 0)
        self.told_to = dict.fromkeys(SERVICES, 10)
        self.open = dict.fromkeys(SERVICES, 500)
        self.asked = 0
        self.then: Callable[[], None] = lambda: None

    def within(self, path: str) -> str:
        return f"/v1/administrations/{self.administration}/{path}"

    def get(self, service: str, path: str, **_asked: object) -> dict[str, Any]:
        self.asked += 1
        self.then()
        if path == "/v1/progress":
            lag = self.end - self.applied[service]
            return {"service": service, "applied": {TOPIC: self.applied[service]}, "lag": {TOPIC: lag}, "waiting": 0}
        if path.endswith("/told"):
            positions = {TOPIC: self.told_to[service]}
            return {"last": 7, "unpublished": self.untold[service], "positions": positions}
        return {"violations": [], "checked": {}}

    def pages(self, service: str, _path: str) -> Iterator[dict[str, Any]]:
        yield {"party_id": "P1", "currency": "EUR", "open_amount": self.open[service]}

    @property
    def session(self) -> Session:
        return cast("Session", self)


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr("console.settled.POLL_SECONDS", 0.0)
    monkeypatch.setattr("console.audit.untied", lambda _session: [])
    return House()


def code_of(report: dict[str, Any]) -> int | None:
    failure = _failure_of(report)
    return failure.code if failure else None


def test_a_service_that_is_behind_is_waited_for_and_is_no_violation(house: House) -> None:
    house.applied["writeoff"], house.open["writeoff"] = 4, 900

    def take_one() -> None:
        house.applied["writeoff"] = min(house.applied["writeoff"] + 1, house.end)
        if house.applied["writeoff"] == house.end:
            house.open["writeoff"] = 500

    house.then = take_one

    report = audit_report(house.session, FAR)

    assert (report["violations"], report["not_drained"], code_of(report)) == ([], [], None)
    assert report["accounts"] == 1


def test_what_never_comes_is_told_by_service_topic_and_partition_and_is_no_violation(house: House) -> None:
    house.applied["writeoff"], house.open["writeoff"] = 4, 900

    report = audit_report(house.session, 0.0)

    assert report["violations"] == []
    assert report["not_drained"] == [{"service": "writeoff", "topic": "item-posted", "partition": 0, "left": 6}]
    assert code_of(report) == NOT_DRAINED


def test_what_a_service_has_not_told_yet_is_behind_too(house: House) -> None:
    house.untold["matching"] = 3

    report = audit_report(house.session, 0.0)

    assert report["not_drained"] == [{"service": "matching", "topic": "", "partition": None, "left": 3}]


def test_a_difference_that_stays_when_everybody_has_caught_up_is_a_violation(house: House) -> None:
    house.open["reminders"] = 499

    report = audit_report(house.session, FAR)

    (violation,) = report["violations"]
    assert violation["detail"] == "selection 500, matching 500, reminders 499, writeoff 500"
    assert code_of(report) == VIOLATED


def test_an_account_that_moves_on_and_on_is_no_violation(house: House) -> None:
    house.open["matching"] = 600

    def move() -> None:
        house.open["matching"] += 1

    house.then = move

    compared = compare(house.session, FAR)

    assert compared.differing == []
    assert [row["topic"] for row in compared.not_drained] == ["P1 EUR"]


def test_an_account_that_moved_once_agrees_when_it_is_looked_at_again(house: House) -> None:
    house.open["matching"] = 501
    house.then = lambda: house.open.update(matching=500)

    compared = compare(house.session, FAR)

    assert (compared.differing, compared.not_drained) == ([], [])


def test_what_others_send_is_not_waited_for(house: House) -> None:
    sending = Sending(SERVICES)
    sending.begin(house.session, [{"data": {"administration": "lib-nl"}}])
    sending.end(house.session)
    house.end = 1_000_000  # somebody else's, behind ours

    wait_for_own(house.session, sending, 0.0)

    assert sending.administrations == ["lib-nl"]


def test_own_events_are_waited_for_until_the_slowest_has_them(house: House) -> None:
    sending = Sending(SERVICES, ["lib-nl"], dict.fromkeys(SERVICES, 0), 7)
    house.untold[DOOR], house.applied["reminders"] = 1, 5

    def work() -> None:
        house.untold[DOOR] = 0
        house.applied["reminders"] = min(house.applied["reminders"] + 1, 10)

    house.then = work

    wait_for_own(house.session, sending, 60.0)

    assert house.applied["reminders"] == 10


def test_at_the_limit_it_is_told_who_has_not_taken_them(house: House) -> None:
    sending = Sending(SERVICES, ["lib-nl"], dict.fromkeys(SERVICES, 0), 7)
    house.applied["selection"] = 8

    with pytest.raises(CommandFailed) as failed:
        wait_for_own(house.session, sending, -1.0)

    assert failed.value.code == TIMED_OUT
    assert failed.value.problem["not_drained"] == [
        {"service": "selection", "topic": "item-posted", "partition": 0, "left": 2}
    ]


def test_nothing_is_asked_for_an_administration_that_no_event_names_as_the_contract_has_it(house: House) -> None:
    sending = Sending()

    sending.begin(house.session, [{"data": {}}, {"data": {"administration": "../x"}}, {"data": {"administration": 3}}])

    assert (sending.administrations, house.asked) == ([], 0)
