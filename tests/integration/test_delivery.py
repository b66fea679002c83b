"""Events of other systems reach all four services, once each in effect, however they come."""

import random
from datetime import UTC, datetime

import pytest

from chassis.kafka import new_producer
from chassis.settings import KafkaSettings, ServiceName
from contracts.envelope import Envelope, write_headers
from contracts.event import MAX_EVENT_BYTES, Event
from contracts.library import ItemPosted
from tests.brokers.choice import TestBroker
from tests.databases import FreshDatabase
from tests.events import changed
from tests.integration.stack import Running, drained, open_totals, published, send
from tests.seeds import SEED
from tests.services.writeoff.library import configured, party, posted, requested

Services = dict[ServiceName, Running]
PARTIES = [f"P{number}" for number in range(40)]


def a_library(items_per_party: int = 5) -> list[Event]:
    """An administration, forty borrowers, and what they owe and paid."""
    events: list[Event] = [configured(), *(party(name) for name in PARTIES)]
    for number, name in enumerate(PARTIES):
        for index in range(items_per_party):
            amount = -300 if index == items_per_party - 1 else 1000 + number
            kind = "payment" if amount < 0 else "fine"
            events.append(posted(f"{name}-{index}", amount, kind, party_id=name))
    return events


def owed(events: list[Event]) -> dict[tuple[str, str], int]:
    """What those events leave open, by party and currency."""
    totals: dict[tuple[str, str], int] = {}
    for event in {event.item_id: event for event in events if isinstance(event, ItemPosted)}.values():
        key = (event.party_id, event.currency)
        totals[key] = totals.get(key, 0) + event.amount
    return totals


@pytest.mark.requirement("D.1", "D.2", "D.3", "D.7")
async def test_what_a_library_system_emits_is_in_all_four_services_and_their_totals_agree(
    database: FreshDatabase, services: Services
) -> None:
    events = a_library()

    await send(*events)
    await drained(services.values())

    assert await open_totals(database, tuple(services)) == dict.fromkeys(services, owed(events))


async def test_events_that_come_twice_and_in_any_order_have_one_effect(
    database: FreshDatabase, services: Services
) -> None:
    events = [*a_library(), *(changed(f"{name}-0", party_id=name, version=2, blocked=True) for name in PARTIES)]
    events += [changed(f"{name}-0", party_id=name, version=1, blocked=False) for name in PARTIES]
    shuffled = events * 2
    random.Random(SEED).shuffle(shuffled)

    await send(*shuffled)
    await drained(services.values())

    assert await open_totals(database, tuple(services)) == dict.fromkeys(services, owed(events))
    for name in ("selection", "reminders", "writeoff"):
        (state,) = await services[name].rows(
            "SELECT count(*) AS items, count(*) FILTER (WHERE blocked) AS blocked FROM item"
        )
        assert state == {"items": 200, "blocked": 40}, name
        assert await services[name].rows("SELECT topic FROM waiting_event") == []
        assert await services[name].rows("SELECT code, message FROM dead_letter") == []


async def test_a_replay_from_offset_zero_changes_nothing(database: FreshDatabase, services: Services) -> None:
    events = a_library()
    await send(*events)
    await send(requested({"P0-0": 1000}, party_id="P0"))
    await drained(services.values())
    before = await open_totals(database, tuple(services))
    matches = await services["matching"].rows("SELECT match_id FROM match")

    await send(*events)
    for service in services.values():
        await service.rows("UPDATE outbox SET published_at = NULL")
    await drained(services.values())

    assert await open_totals(database, tuple(services)) == before
    assert await services["matching"].rows("SELECT match_id FROM match") == matches
    assert len(matches) == 1


async def test_a_write_off_goes_through_all_services_and_is_told_once(
    database: FreshDatabase, services: Services, broker: TestBroker
) -> None:
    await send(*a_library())
    await drained(services.values())
    request = requested({"P1-0": 1001, "P1-1": 1001}, party_id="P1")

    await send(request, request)
    await drained(services.values())
    outcomes = await published(broker.bootstrap, "items-written-off", 1)
    await drained(services.values())

    totals = await open_totals(database, tuple(services))
    assert {name: found["P1", "EUR"] for name, found in totals.items()} == dict.fromkeys(
        services, 4 * 1001 - 300 - 2002
    )
    assert len(outcomes) == 1
    booked = await services["writeoff"].rows("SELECT count(*) AS entries FROM entry")
    matched = await services["matching"].rows("SELECT count(*) AS matches FROM match")
    assert booked == [{"entries": 1}]
    assert matched == [{"matches": 1}]


GOOD = posted("GOOD", party_id="P0")
HEADERS = tuple(write_headers(ItemPosted, Envelope("e", "library", datetime(2026, 11, 22, tzinfo=UTC))))
BODY = GOOD.model_dump_json(exclude_none=True).encode()
WITHOUT_TYPE = tuple(header for header in HEADERS if header[0] != "ce_type")
OF_ANOTHER_TYPE = (*WITHOUT_TYPE, ("ce_type", b"openitems.party-updated.v1"))
POISON: dict[str, tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]] = {
    "no JSON": (b"bib-gent:P0", b"{nonsense", HEADERS),
    "no text": (b"bib-gent:P0", b"\xff\xfe\x00", HEADERS),
    "empty": (b"bib-gent:P0", b"", HEADERS),
    "a tombstone": (b"bib-gent:P0", None, HEADERS),
    "an array": (b"bib-gent:P0", b"[]", HEADERS),
    "a missing field": (b"bib-gent:P0", b'{"administration":"bib-gent","party_id":"P0"}', HEADERS),
    "a decimal amount": (b"bib-gent:P0", BODY.replace(b"1250", b"12.50"), HEADERS),
    "an amount of nothing": (b"bib-gent:P0", BODY.replace(b"1250", b"0"), HEADERS),
    "an amount beyond 64 bits": (b"bib-gent:P0", BODY.replace(b"1250", b"9" * 30), HEADERS),
    "an unknown currency": (b"bib-gent:P0", BODY.replace(b"EUR", b"ZZZ"), HEADERS),
    "a zero byte": (b"bib-gent:P0", BODY.replace(b'"GOOD"', b'"GO\\u0000D"'), HEADERS),
    "a lone surrogate": (b"bib-gent:P0", BODY.replace(b'"GOOD"', b'"GO\\ud800D"'), HEADERS),
    "no type": (b"bib-gent:P0", BODY, WITHOUT_TYPE),
    "another type": (b"bib-gent:P0", BODY, OF_ANOTHER_TYPE),
    "no headers": (b"bib-gent:P0", BODY, ()),
    "headers that are no text": (b"bib-gent:P0", BODY, (*WITHOUT_TYPE, ("ce_type", b"\xff\xfe"))),
    "nesting without end": (b"bib-gent:P0", b"[" * 5_000, HEADERS),
    "too large": (b"bib-gent:P0", BODY[:-1] + b',"x":"' + b"x" * MAX_EVENT_BYTES + b'"}', HEADERS),
}


@pytest.mark.parametrize("key", [None, b"bib-gent:P9"], ids=["no key", "another party's key"])
async def test_an_event_with_another_key_is_taken_under_its_own(
    database: FreshDatabase, services: Services, key: bytes | None
) -> None:
    await send(configured(), party("P0"))
    async with new_producer(KafkaSettings()) as producer:
        await producer.send_and_wait("item-posted", BODY, key=key, headers=list(HEADERS))

    await drained(services.values())

    assert await open_totals(database, tuple(services)) == dict.fromkeys(services, owed([GOOD]))


async def test_poison_of_every_class_is_put_aside_and_stops_nothing(
    database: FreshDatabase, services: Services, broker: TestBroker
) -> None:
    settings = KafkaSettings()
    await send(configured(), party("P0"))
    async with new_producer(settings) as producer:
        for key, body, headers in POISON.values():
            await producer.send_and_wait("item-posted", body, key=key, partition=0, headers=list(headers))

    await send(GOOD)
    await drained(services.values())
    distinct = len({(key or b"", body or b"") for key, body, _ in POISON.values()})
    letters = await published(broker.bootstrap, "item-posted.dead-letter", distinct * len(services))

    assert await open_totals(database, tuple(services)) == dict.fromkeys(services, owed([GOOD]))
    by_service = [dict(letter.headers)["service"].decode() for letter in letters]
    assert {name: by_service.count(name) for name in services} == dict.fromkeys(services, distinct)
