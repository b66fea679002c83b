"""The read model is right under duplicates, disorder and replays."""

from random import Random

import pytest

from chassis.consuming.handling import Record
from contracts.library import BailiffReferred, PartyUpdated
from contracts.matching import ItemsMatched
from contracts.reminders import ReminderIssued
from tests.chassis.consuming.conftest import Consumer
from tests.events import SENT_AT, changed, event_of, posted, record_of

LEDGER = "SELECT party_id, item_id, amount, open_amount, blocked, status FROM item ORDER BY 1, 2"


async def ledger(consumer: Consumer) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await consumer.rows(LEDGER)]


async def settle(consumer: Consumer) -> None:
    for _ in range(3):
        await consumer.database.pool.execute("UPDATE waiting_event SET next_attempt_at = clock_timestamp()")
        while await consumer.sweeper.sweep(SENT_AT):
            pass


async def test_the_highest_version_of_a_party_wins_in_whatever_order(consumer: Consumer) -> None:
    versions = [event_of(PartyUpdated, version=n, name=f"name {n}") for n in (2, 3, 1)]

    await consumer.take([record_of(versions[0]), record_of(versions[1], 1)])
    await consumer.take([record_of(versions[2], 2), record_of(versions[0], 3)])

    (party,) = await consumer.rows("SELECT version, name, city FROM party")
    assert tuple(party) == (3, "name 3", "Gent")


async def test_the_highest_version_of_an_item_wins_in_whatever_order(consumer: Consumer) -> None:
    await consumer.take([record_of(posted("I1"))])

    await consumer.take([record_of(changed("I1", 3, blocked=True)), record_of(changed("I1", 2, blocked=False), 1)])
    await consumer.take([record_of(changed("I1", 1, status="bailiff"), 2)])

    (item,) = await consumer.rows("SELECT state_version, blocked, status FROM item")
    assert tuple(item) == (3, True, "invoiced")


async def test_the_furthest_status_that_anybody_states_holds(consumer: Consumer) -> None:
    item_id = "I-2026-000881"
    await consumer.take([record_of(posted(item_id))])

    await consumer.take([record_of(event_of(BailiffReferred)), record_of(event_of(ReminderIssued), 1)])
    await consumer.take([record_of(changed(item_id, 9, status="open"), 2)])

    (item,) = await consumer.rows("SELECT status, reminder_level FROM item")
    assert tuple(item) == ("bailiff", 1)


async def test_open_amounts_never_go_back(consumer: Consumer) -> None:
    await consumer.take([record_of(posted("A", 1000))])

    def matched(version: int, open_amount: int) -> Record:
        line = {"item_id": "A", "amount": -1, "open_amount": open_amount, "version": version}
        return record_of(event_of(ItemsMatched, lines=[line]), version)

    await consumer.take([matched(2, 300), matched(1, 600)])
    await consumer.take([matched(1, 600)])

    (item,) = await consumer.rows("SELECT open_amount, ledger_version FROM item")
    assert tuple(item) == (300, 2)


async def test_a_correction_from_another_administration_counts_once(consumer: Consumer) -> None:
    await consumer.take([record_of(posted("A", 1000))])
    line = {"item_id": "A", "amount": -400, "open_amount": 600, "version": 1}
    correction = event_of(ItemsMatched, lines=[line], origin_administration="bib-aalst", method="correction")

    for offset in range(3):
        await consumer.take([record_of(correction, offset)])

    (item,) = await consumer.rows("SELECT open_amount, corrected_elsewhere FROM item")
    assert tuple(item) == (600, -400)


@pytest.mark.requirement("D.7")
async def test_ten_thousand_disordered_events_give_the_ledger_of_the_clean_stream(consumer: Consumer) -> None:
    random = Random(7)
    clean: list[Record] = []
    for number in range(8_000):
        clean.append(record_of(posted(f"I{number}", number + 1, party_id=f"P{number % 50}"), len(clean)))
        if number % 4 == 0:
            event = changed(f"I{number}", 1, party_id=f"P{number % 50}", blocked=True)
            clean.append(record_of(event, len(clean)))
    dirty = [record for record in clean for _ in range(2 if random.random() < 0.2 else 1)]
    dirty += [record_of(posted(f"X{n}"), n * 100, value=b"poison %d" % n) for n in range(len(clean) // 100)]
    shuffled = sorted(dirty, key=lambda record: record.offset + random.uniform(0, 50))

    for start in range(0, len(shuffled), 1_000):
        await consumer.take(shuffled[start : start + 1_000])
    await settle(consumer)
    disordered = await ledger(consumer)
    letters = len(await consumer.rows("SELECT 1 FROM dead_letter"))

    expected = sorted(
        (f"P{n % 50}", f"I{n}", n + 1, n + 1, n % 4 == 0, "invoiced" if n % 4 == 0 else "open") for n in range(8_000)
    )
    assert disordered == expected
    assert letters == len(clean) // 100
    assert await consumer.rows("SELECT 1 FROM waiting_event") == []
