"""What cannot be taken is put aside with its reason, once, and never stops what stands beside it."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from chassis.consuming.dead_letters import MAX_DEAD_BODY
from chassis.consuming.handling import Handled, Received, Record
from chassis.database import Connection
from contracts.event import MAX_EVENT_BYTES
from tests.chassis.consuming.conftest import Consumer
from tests.events import posted, record_of


def spoiled(**changes: object) -> Record:
    """A record of a good posting with some fields of its JSON replaced."""
    good = record_of(posted("BAD"))
    return record_of(posted("BAD"), value=json.dumps(json.loads(good.value or b"") | changes).encode())


def with_header(name: str, value: bytes | None) -> Record:
    good = record_of(posted("BAD"))
    kept = [(n, v) for n, v in good.headers if n != name]
    return record_of(posted("BAD"), headers=kept if value is None else [*kept, (name, value)])


POISON = {
    "no JSON": (record_of(posted("BAD"), value=b"{nonsense"), "not-json", None),
    "empty": (record_of(posted("BAD"), value=b""), "not-json", None),
    "broken UTF-8": (record_of(posted("BAD"), value=b'{"administration": "\xff\xfe"}'), "not-json", None),
    "a list": (record_of(posted("BAD"), value=b"[]"), "contract-violation", None),
    "deeply nested": (record_of(posted("BAD"), value=b"[" * 100_000), "not-json", None),
    "a float amount": (spoiled(amount=12.5), "contract-violation", "amount"),
    "a zero amount": (spoiled(amount=0), "contract-violation", "amount"),
    "an amount beyond the limit": (spoiled(amount=10**16), "contract-violation", "amount"),
    "an unknown currency": (spoiled(currency="QQQ"), "contract-violation", "currency"),
    "an unknown kind": (spoiled(kind="gift"), "contract-violation", "kind"),
    "a missing field": (spoiled(journal=None), "contract-violation", "journal"),
    "a zero byte in a text": (spoiled(description="a\x00b"), "contract-violation", "description"),
    "a day that does not exist": (spoiled(item_date="2026-02-30"), "contract-violation", "item_date"),
    "a tombstone": (record_of(posted("BAD"), value=None), "tombstone", None),
    "no CloudEvents headers": (record_of(posted("BAD"), headers=[]), "bad-envelope", "headers"),
    "a future version": (with_header("ce_type", b"openitems.item-posted.v2"), "bad-envelope", "headers"),
    "a header that is no text": (with_header("ce_id", b"\xff\xff"), "bad-envelope", "headers"),
    "oversized": (record_of(posted("BAD"), value=b" " * (MAX_EVENT_BYTES + 1)), "oversized", None),
}


@pytest.mark.parametrize(("record", "code", "field"), POISON.values(), ids=POISON.keys())
async def test_poison_is_put_aside_and_the_good_events_around_it_go_through(
    consumer: Consumer, record: Record, code: str, field: str | None
) -> None:
    await consumer.take([record_of(posted("I1"), 1), record, record_of(posted("I2"), 3)])

    (letter,) = await consumer.rows("SELECT code, field, message, remedy, body FROM dead_letter")
    assert (letter["code"], letter["field"]) == (code, field)
    assert letter["message"]
    assert letter["remedy"]
    assert bytes(letter["body"]) == (record.value or b"")
    assert {row["item_id"] for row in await consumer.rows("SELECT item_id FROM item")} == {"I1", "I2"}


async def test_the_same_poison_again_is_one_dead_letter_and_one_announcement(consumer: Consumer) -> None:
    for offset in range(3):
        await consumer.take([record_of(posted("BAD"), offset, value=b"{nonsense")])

    assert len(await consumer.rows("SELECT 1 FROM dead_letter")) == 1
    (announced,) = await consumer.rows("SELECT topic, key, headers::text AS headers FROM outbox")
    assert announced["topic"] == "item-posted.dead-letter"
    assert "error-code" in announced["headers"]


@pytest.mark.parametrize("batches", [1, 2], ids=["in one batch", "in two batches"])
async def test_a_contradictory_second_posting_is_put_aside_and_the_first_stays(
    consumer: Consumer, batches: int
) -> None:
    records = [record_of(posted("I1", 100), 1), record_of(posted("I1", 200), 2), record_of(posted("I1", 100), 3)]

    for part in [records] if batches == 1 else [records[:1], records[1:]]:
        await consumer.take(part)

    (letter,) = await consumer.rows("SELECT code, field FROM dead_letter")
    assert (letter["code"], letter["field"]) == ("contradictory-posting", "item_id")
    assert [row["amount"] for row in await consumer.rows("SELECT amount FROM item")] == [100]


async def test_the_same_item_id_of_another_party_is_another_item(consumer: Consumer) -> None:
    await consumer.take([record_of(posted("I1", 100)), record_of(posted("I1", 200, party_id="P2"))])

    assert len(await consumer.rows("SELECT 1 FROM item")) == 2
    assert await consumer.rows("SELECT 1 FROM dead_letter") == []


async def test_an_event_on_which_the_database_fails_is_isolated(consumer: Consumer) -> None:
    broken = posted("BAD", description="broken")

    original = consumer.dispatcher.handlers["item-posted"]

    async def failing(connection: Connection, received: Sequence[Received[Any]]) -> Handled | None:
        if any(entry.event.item_id == "BAD" for entry in received):
            await connection.execute("SELECT 'this one never applies'::integer")
        return await original(connection, received)

    consumer.dispatcher.handlers = {**consumer.dispatcher.handlers, "item-posted": failing}
    records = [record_of(posted(f"I{n}"), n) for n in range(20)]
    await consumer.take([*records[:13], record_of(broken, 99), *records[13:]])

    assert len(await consumer.rows("SELECT 1 FROM item")) == 20
    (letter,) = await consumer.rows("SELECT code, message FROM dead_letter")
    assert letter["code"] == "cannot-apply"
    assert "this one never applies" in letter["message"]


@pytest.mark.parametrize("more", [0, 1, 100_000])
async def test_what_is_announced_of_a_dead_letter_leaves_room_for_why_it_died(consumer: Consumer, more: int) -> None:
    body = b"x" * (MAX_DEAD_BODY + more)

    await consumer.take([record_of(posted("BAD"), value=body)])

    (announced,) = await consumer.rows("SELECT body FROM outbox WHERE topic LIKE '%dead-letter'")
    (kept,) = await consumer.rows("SELECT body FROM dead_letter")
    assert (announced["body"], kept["body"]) == (body[:MAX_DEAD_BODY], body)
    assert len(announced["body"]) < MAX_EVENT_BYTES
