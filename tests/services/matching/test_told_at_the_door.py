"""What contradicts what was told before is told to its sender at the door, line by line, before any service sees it."""

import asyncio
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from contracts.event import Event
from contracts.library import PartyUpdated
from contracts.selection import WriteoffRequested
from tests.events import event_of
from tests.services.matching.books import Ledger
from tests.services.matching.library import ADMINISTRATION, changed, configured, posted
from tests.services.matching.test_ingest import sent
from tests.support.desk import Desk

BATCH = UUID(int=1)


def party(version: int = 1, **changes: Any) -> PartyUpdated:
    facts = {"administration": ADMINISTRATION, "party_id": "P1", "version": version}
    return PartyUpdated.model_validate(PartyUpdated.example | facts | changes, strict=False)


def asked(number: int, requests: int, batch: UUID = BATCH) -> Event:
    facts = {"request_id": UUID(int=number), "batch_id": batch, "batch_requests": requests, "party_id": f"P{number}"}
    return event_of(WriteoffRequested, **facts)


class Told(NamedTuple):
    """What is told first, what contradicts it, and how that is refused."""

    first: Event
    other: Event
    code: str
    field: str


POSTING = ("contradictory-posting", "item_id")
VERSION = ("contradictory-version", "version")
TELLING = {
    "a posting of another amount": Told(posted(), posted(amount=1300), *POSTING),
    "a posting of another day": Told(posted(), posted(item_date="2026-10-02"), *POSTING),
    "a posting in another currency": Told(posted(), posted(currency="DKK"), *POSTING),
    "a party under a version that is taken": Told(party(), party(name="Other"), *VERSION),
    "a change under a version that is taken": Told(changed(version=2), changed(version=2, blocked=True), *VERSION),
    "a configuration": Told(configured(version=5), configured(version=5, name="B"), *VERSION),
}
each_contradiction = pytest.mark.parametrize("told", TELLING.values(), ids=TELLING.keys())
BEFORE = (posted("I1"), configured())


@each_contradiction
async def test_what_contradicts_what_the_service_took_is_refused_with_field_and_remedy(
    ledger: Ledger, desk: Desk, told: Told
) -> None:
    await ledger.take(*BEFORE, told.first)

    answer = await desk.do("/v1/events", sent(posted("I8"), told.other, posted("I9")), 202)

    (refused,) = answer["refused"]
    assert (answer["accepted"], refused["index"], refused["code"], refused["field"]) == (2, 1, told.code, told.field)
    assert refused["remedy"]


@each_contradiction
async def test_what_contradicts_what_the_door_took_is_refused_before_anybody_has_consumed_it(
    desk: Desk, told: Told
) -> None:
    await desk.do("/v1/events", sent(told.first), 202)

    answer = await desk.do("/v1/events", sent(told.other, told.first), 202)

    assert [one["code"] for one in answer["refused"]] == [told.code]
    assert (answer["accepted"], answer["duplicates"]) == (1, [1])


@each_contradiction
async def test_what_contradicts_what_stands_before_it_in_the_request_is_refused(desk: Desk, told: Told) -> None:
    answer = await desk.do("/v1/events", sent(told.first, told.other, told.first), 202)

    assert [(one["index"], one["code"]) for one in answer["refused"]] == [(1, told.code)]
    assert (answer["accepted"], answer["duplicates"]) == (2, [2])


@each_contradiction
async def test_of_two_requests_at_the_same_time_one_is_told(desk: Desk, told: Told) -> None:
    answers = await asyncio.gather(*(desk.do("/v1/events", sent(event), 202) for event in (told.first, told.other) * 3))

    assert sorted(len(answer["refused"]) for answer in answers) == [0, 0, 0, 1, 1, 1]
    assert sum(answer["duplicates"] == [0] for answer in answers) == 2


async def test_what_was_refused_is_no_truth_for_what_comes_after_it(desk: Desk) -> None:
    await desk.do("/v1/events", sent(posted()), 202)
    await desk.do("/v1/events", sent(posted(amount=1300)), 202)

    answer = await desk.do("/v1/events", sent(posted(amount=1300), posted()), 202)

    assert ([one["index"] for one in answer["refused"]], answer["duplicates"]) == ([0], [1])


async def test_a_higher_version_is_taken_and_a_lower_one_changes_nothing(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(party(4))

    first = await desk.do("/v1/events", sent(party(5, name="New"), party(4), party(3, name="Old")), 202)
    later = await desk.do("/v1/events", sent(party(5, name="New"), party(6), party(5, name="Late")), 202)

    assert first == {"accepted": 3, "refused": [], "superseded": [1, 2], "duplicates": []}
    assert later == {"accepted": 3, "refused": [], "superseded": [2], "duplicates": [0]}


async def test_what_holds_comes_before_what_is_on_its_way(ledger: Ledger, desk: Desk) -> None:
    await desk.do("/v1/events", sent(party(2, name="At the door")), 202)
    await ledger.take(party(2, name="By the broker"))

    answer = await desk.do("/v1/events", sent(party(2, name="At the door"), party(2, name="By the broker")), 202)

    assert ([one["index"] for one in answer["refused"]], answer["duplicates"]) == ([0], [1])


async def test_a_batch_of_write_offs_tells_one_number_of_requests(desk: Desk) -> None:
    first = await desk.do("/v1/events", sent(asked(1, 3), asked(2, 3), asked(1, 3)), 202)
    other = await desk.do("/v1/events", sent(asked(3, 4), asked(3, 3), asked(4, 1, UUID(int=2))), 202)

    assert first == {"accepted": 3, "refused": [], "superseded": [], "duplicates": []}
    assert [(one["index"], one["code"]) for one in other["refused"]] == [(0, "contradictory-batch")]
    assert other["accepted"] == 2


async def test_the_same_item_id_of_another_party_contradicts_nothing(desk: Desk) -> None:
    answer = await desk.do("/v1/events", sent(posted(), posted(amount=7, party_id="P2")), 202)

    assert (answer["accepted"], answer["refused"]) == (2, [])


async def test_another_administrations_books_are_not_told_of(ledger: Ledger, desk: Desk) -> None:
    theirs = posted(administration="bib-aalst")
    await ledger.take(theirs)

    answer = await desk.do("/v1/events", sent(posted(administration="bib-aalst", amount=1), theirs), 202)

    assert [one["code"] for one in answer["refused"]] == ["administration-not-granted"] * 2


async def test_a_thousand_are_compared_with_a_question_per_topic(ledger: Ledger, desk: Desk) -> None:
    batch = [posted(f"I{number}", party_id=f"P{number % 7}") for number in range(500)]
    await ledger.take(*batch[:250])
    await desk.do("/v1/events", sent(*batch[250:]), 202)

    answer = await desk.do("/v1/events", sent(*batch, *(posted(f"N{number}") for number in range(500))), 202)

    assert (answer["accepted"], answer["refused"]) == (1_000, [])
    assert answer["duplicates"] == list(range(500))
