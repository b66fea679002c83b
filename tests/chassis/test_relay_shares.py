"""Administrations share the relay, and what is on its way is bounded: one event is not behind another's thousands."""

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from chassis.database import Connection, Database, OwnConnection, connect, open_database
from chassis.in_flight import IN_FLIGHT_EVENTS, STALLED_SECONDS, Followers, InFlight, wait_for_room
from chassis.kafka import new_producer
from chassis.outbox import OutboxEvent, add_to_outbox, publish
from chassis.relay import RELAY_ROWS, SHARING_ADMINISTRATIONS, Relay
from tests.databases import FreshDatabase
from tests.events import posted

pytestmark = pytest.mark.usefixtures("broker")

MANY = 50_000
PARTITION = TopicPartition("item-posted", 0)


@pytest.fixture
async def outbox(database: FreshDatabase) -> AsyncIterator[Database]:
    opened = await open_database(database.settings("writeoff"))
    yield opened
    await opened.close()


@pytest.fixture
async def own(database: FreshDatabase) -> AsyncIterator[OwnConnection]:
    connection = await connect(database.settings("writeoff"))
    yield connection
    await connection.close()


async def tell(outbox: Database, administration: str, count: int) -> None:
    """Have so many events of an administration wait, of a hundred parties."""
    event = posted()
    body = event.model_dump_json(exclude_unset=True).encode()
    async with outbox.transaction() as connection:
        events = [OutboxEvent(event.topic, f"{administration}:P{number % 100}", body) for number in range(count)]
        await add_to_outbox(connection, events)


async def published_of(own: OwnConnection, administration: str) -> list[int]:
    rows = await own.fetch(
        "SELECT id FROM outbox WHERE published_at IS NOT NULL AND key LIKE $1 ORDER BY id", f"{administration}:%"
    )
    return [row["id"] for row in rows]


async def test_one_event_behind_another_administrations_thousands_is_in_the_next_batch(
    database: FreshDatabase, outbox: Database, own: OwnConnection
) -> None:
    settings = database.settings("writeoff")
    await tell(outbox, "large", MANY)
    await tell(outbox, "small", 1)

    async with new_producer(settings.kafka) as producer:
        count = await Relay(settings).publish_next(own, producer)

    assert len(await published_of(own, "small")) == 1
    assert count == RELAY_ROWS // 2 + 1


async def test_an_administrations_events_go_out_in_the_order_of_their_ids(
    database: FreshDatabase, outbox: Database, own: OwnConnection
) -> None:
    settings = database.settings("writeoff")
    for administration in ("b", "a", "b", "c", "a"):
        await tell(outbox, administration, 40)

    async with new_producer(settings.kafka) as producer:
        while await Relay(settings).publish_next(own, producer):
            pass
    rows = await own.fetch("SELECT key, partition, record_offset FROM outbox ORDER BY id")

    for _, of_key in itertools.groupby(sorted(rows, key=lambda row: row["key"]), key=lambda row: row["key"]):
        offsets = [row["record_offset"] for row in of_key]
        assert offsets == sorted(offsets)
    places = {(row["partition"], row["record_offset"]) for row in rows}
    assert len(places) == len(rows) == 200


async def test_what_has_no_administration_in_its_key_is_published_too(
    database: FreshDatabase, outbox: Database, own: OwnConnection
) -> None:
    settings = database.settings("writeoff")
    async with outbox.transaction() as connection:
        await add_to_outbox(connection, [OutboxEvent("item-posted.dead-letter", "", b"{}", headers="[]")])

    async with new_producer(settings.kafka) as producer:
        count = await Relay(settings).publish_next(own, producer)

    assert count == 1


async def test_more_administrations_than_one_batch_has_take_turns(
    database: FreshDatabase, outbox: Database, own: OwnConnection
) -> None:
    settings = database.settings("writeoff")
    for number in range(SHARING_ADMINISTRATIONS + 20):
        await tell(outbox, f"a{number:04}", 60 if number < SHARING_ADMINISTRATIONS else 1)
    relay = Relay(settings)

    async with new_producer(settings.kafka) as producer:
        first, second = await relay.publish_next(own, producer), await relay.publish_next(own, producer)

    assert first == SHARING_ADMINISTRATIONS * (RELAY_ROWS // SHARING_ADMINISTRATIONS)
    assert second == 20


async def test_large_events_that_are_rendered_are_fewer_at_once(
    database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.relay.RELAY_BYTES", 1_000_000)
    settings = database.settings("matching")
    body = posted(description="x" * 400).model_dump_json().encode()
    asked: list[int] = []

    async def render(_connection: Connection, references: Sequence[str]) -> Mapping[str, bytes]:
        asked.append(len(references))
        return dict.fromkeys(references, body + b" " * 10_000)

    ledger = await connect(settings)
    await ledger.execute(
        "INSERT INTO outbox (topic, key, reference) "
        "SELECT 'item-posted', 'a:P', n::text FROM generate_series(1, 400) AS n"
    )
    async with new_producer(settings.kafka) as producer:
        relay, counts = Relay(settings, render), list[int]()
        while count := await relay.publish_next(ledger, producer):
            counts.append(count)
    await ledger.close()

    assert sum(counts) == 400
    assert max(counts) <= 1_000_000 // 10_000 + 100
    assert len(counts) >= 4


def taken(offset: int, *groups: str) -> dict[str, dict[TopicPartition, int]]:
    return {group: {PARTITION: offset} for group in groups}


def test_what_is_on_its_way_is_bounded_by_the_slowest_that_gets_on() -> None:
    flight = InFlight(lambda: 0.0)
    flight.add({PARTITION: IN_FLIGHT_EVENTS}, IN_FLIGHT_EVENTS)
    full = flight.has_room(1)

    flight.look(taken(IN_FLIGHT_EVENTS, "matching") | taken(IN_FLIGHT_EVENTS - 100, "writeoff"))

    assert not full
    assert flight.has_room(IN_FLIGHT_EVENTS - 100)
    assert not flight.has_room(IN_FLIGHT_EVENTS - 99)


def test_who_takes_nothing_any_more_holds_up_nobody_until_it_gets_on() -> None:
    now = [0.0]
    flight = InFlight(lambda: now[0])
    flight.add({PARTITION: 20_000}, 20_000)
    flight.look(taken(100, "writeoff"))
    now[0] = STALLED_SECONDS
    flight.look(taken(100, "writeoff"))
    at_the_limit = flight.has_room(1)
    now[0] += 0.1
    flight.look(taken(100, "writeoff"))
    beyond = flight.has_room(IN_FLIGHT_EVENTS)
    flight.look(taken(101, "writeoff"))

    assert (at_the_limit, beyond, flight.has_room(1)) == (False, True, False)


def test_who_never_took_anything_has_no_part_in_it() -> None:
    flight = InFlight(lambda: 0.0)
    flight.add({PARTITION: 20_000}, 20_000)

    flight.look(taken(-1, "reminders") | taken(20_000, "matching"))

    assert flight.has_room(IN_FLIGHT_EVENTS)


class Unreachable(Followers):
    """A broker that does not say how far groups are."""

    async def taken(self, *_: object) -> dict[str, dict[TopicPartition, int]]:
        raise KafkaConnectionError


async def test_a_broker_that_does_not_answer_holds_up_nobody(database: FreshDatabase) -> None:
    flight = InFlight(lambda: 0.0)
    flight.add({PARTITION: IN_FLIGHT_EVENTS}, IN_FLIGHT_EVENTS)

    await wait_for_room(flight, Unreachable(database.settings("writeoff").kafka), RELAY_ROWS)

    assert flight.has_room(RELAY_ROWS)


async def test_how_far_groups_are_is_asked_of_the_broker(
    database: FreshDatabase, outbox: Database, own: OwnConnection
) -> None:
    settings = database.settings("writeoff")
    await tell(outbox, "a", 10)
    relay, followers = Relay(settings), Followers(settings.kafka)

    async with new_producer(settings.kafka) as producer:
        await relay.publish_next(own, producer)
    found = await followers.taken([PARTITION])
    await followers.close()

    assert set(found) == {"openitems.selection", "openitems.matching", "openitems.reminders", "openitems.writeoff"}
    assert {offset for partitions in found.values() for offset in partitions.values()} <= {-1}


async def test_the_next_events_are_found_by_their_index_however_many_were_published(
    outbox: Database, own: OwnConnection
) -> None:
    await tell(outbox, "a", 20_000)
    await own.execute("UPDATE outbox SET published_at = now(), partition = 0, record_offset = id")
    await own.execute(
        "SELECT set_config('enable_seqscan', 'off', FALSE), set_config('enable_bitmapscan', 'off', FALSE)"
    )
    async with outbox.transaction() as connection:
        await publish(connection, posted("NEW"))

    plan = "\n".join(
        row[0]
        for row in await own.fetch(
            "EXPLAIN SELECT id FROM outbox WHERE published_at IS NULL "
            "AND split_part(key, ':', 1) COLLATE \"C\" = 'a' ORDER BY id LIMIT 10"
        )
    )

    assert "outbox_shares" in plan
    assert "Sort" not in plan
