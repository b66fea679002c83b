"""What an attacker who may publish sends: one record never stands in the way of its partition.

Each record of the table comes between two good events of other parties. These are applied; the hostile one becomes one
dead letter that names the field and the remedy, or is taken, or waits, where it is valid; an operator can list it and
drive it in again. Whatever a broker can carry and nobody foresaw is covered by records made at random.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from chassis.consuming.dead_letters import MAX_DEAD_HEADERS
from chassis.consuming.handling import Record, headers_from_json
from contracts.event import MAX_EVENT_BYTES
from contracts.library import ItemPosted, PartyUpdated
from contracts.writeoff import MatchRequested
from tests.chassis.consuming.hostile import SERVICES, Consuming, consuming, said, with_header, without_header
from tests.databases import FreshDatabase
from tests.events import changed, event_of, posted, record_of
from tests.services.matching.library import configured

POSTED = record_of(posted("BAD"))
CHANGED = record_of(changed("UNKNOWN"))
PARTY = record_of(event_of(PartyUpdated))
CONFIGURED = record_of(configured(version=7))
REQUESTED = record_of(event_of(MatchRequested))
TAKEN, WAITS = "taken", "waits"
MANY = 2**63
DEEP = 100_000


class Sent(NamedTuple):
    """A hostile record, and what becomes of it: the code of its dead letter with the field, or TAKEN or WAITS."""

    record: Record
    becomes: str
    field: str | None = None


def text(record: Record, old: bytes, new: bytes) -> Record:
    """The record with some bytes of its JSON replaced by others, which need be no JSON."""
    assert record.value is not None
    assert old in record.value
    return record._replace(value=record.value.replace(old, new))


def broken(record: Record) -> Record:
    return record._replace(value=b"{nonsense")


HOSTILE = {
    # headers
    "no headers at all": Sent(POSTED._replace(headers=[]), "bad-envelope", "headers"),
    "a header that is missing": Sent(without_header(POSTED, "ce_source"), "bad-envelope", "headers"),
    "an id without a value": Sent(with_header(POSTED, "ce_id", None), "bad-envelope", "headers"),
    "a source without a value": Sent(with_header(POSTED, "ce_source", None), "bad-envelope", "headers"),
    "an instant without a value": Sent(with_header(POSTED, "ce_time", None), "bad-envelope", "headers"),
    "a version without a value": Sent(with_header(POSTED, "ce_specversion", None), "bad-envelope", "headers"),
    "an id that is no text": Sent(with_header(POSTED, "ce_id", b"\xff\xfe"), "bad-envelope", "headers"),
    "half a surrogate pair in the source": Sent(
        with_header(POSTED, "ce_source", b"\xed\xa0\x80"), "bad-envelope", "headers"
    ),
    "NUL in the id": Sent(with_header(POSTED, "ce_id", b"a\x00b"), "bad-envelope", "headers"),
    "NUL in the source": Sent(with_header(POSTED, "ce_source", b"\x00"), "bad-envelope", "headers"),
    "NUL in the instant": Sent(with_header(POSTED, "ce_time", b"2026-11-22\x00"), "bad-envelope", "headers"),
    "NUL in the type": Sent(with_header(POSTED, "ce_type", b"a\x00"), "bad-envelope", "headers"),
    "an instant before all calendars": Sent(
        with_header(POSTED, "ce_time", b"0001-01-01T00:00:00+23:59"), "bad-envelope", "headers"
    ),
    "an instant after all of them": Sent(
        with_header(POSTED, "ce_time", b"9999-12-31T23:59:59-23:59"), "bad-envelope", "headers"
    ),
    "the year 10000": Sent(with_header(POSTED, "ce_time", b"10000-01-01T00:00:00Z"), "bad-envelope", "headers"),
    "an instant without an offset": Sent(
        with_header(POSTED, "ce_time", b"2026-11-22T09:00:00"), "bad-envelope", "headers"
    ),
    "a trace of NULs": Sent(with_header(POSTED, "traceparent", b"\x00" * 55), TAKEN),
    "a trace that is no text": Sent(with_header(POSTED, "traceparent", b"\xff" * 55), TAKEN),
    "a header twice, with two values": Sent(POSTED._replace(headers=[("ce_id", b"other"), *POSTED.headers]), TAKEN),
    "a header twice, the last without a value": Sent(
        POSTED._replace(headers=[*POSTED.headers, ("ce_id", b"")]), "bad-envelope", "headers"
    ),
    "a header named NUL": Sent(with_header(POSTED, "\x00", b"x"), TAKEN),
    "a header named NUL, and a value that is no JSON": Sent(with_header(broken(POSTED), "\x00", b"x"), "not-json"),
    "a header named NUL, on what waits": Sent(with_header(CHANGED, "\x00", b"\x00"), WAITS),
    "a header with half a surrogate pair as name": Sent(with_header(broken(POSTED), "\ud800", b"x"), "not-json"),
    "a header without a name or a value": Sent(with_header(broken(POSTED), "", None), "not-json"),
    "half a megabyte of headers": Sent(with_header(broken(POSTED), "x", b"y" * 500_000), "not-json"),
    "ten thousand headers": Sent(
        broken(POSTED)._replace(headers=[*POSTED.headers, *(("", b"") for _ in range(10_000))]), "not-json"
    ),
    # keys
    "no key": Sent(POSTED._replace(key=None), TAKEN),
    "an empty key": Sent(POSTED._replace(key=b""), TAKEN),
    "a key that is no UTF-8": Sent(POSTED._replace(key=b"\xff\xfe\x00"), TAKEN),
    "a key with NUL": Sent(POSTED._replace(key=(POSTED.key or b"") + b"\x00"), TAKEN),
    "a key of half a megabyte": Sent(POSTED._replace(key=b"\x00" * 500_000), TAKEN),
    "a key that is no UTF-8, and no JSON": Sent(broken(POSTED)._replace(key=b"\x00\xff"), "not-json"),
    # values
    "a tombstone": Sent(POSTED._replace(value=None), "tombstone"),
    "nothing": Sent(POSTED._replace(value=b""), "not-json"),
    "NUL alone": Sent(POSTED._replace(value=b"\x00"), "not-json"),
    "no JSON": Sent(broken(POSTED), "not-json"),
    "no UTF-8": Sent(text(POSTED, b"Late return", b"\xff\xfe"), "not-json"),
    "a byte order mark": Sent(POSTED._replace(value=b"\xef\xbb\xbf" + (POSTED.value or b"")), TAKEN),
    "two byte order marks": Sent(POSTED._replace(value=b"\xef\xbb\xbf" * 2 + (POSTED.value or b"")), "not-json"),
    "UTF-16": Sent(POSTED._replace(value=(POSTED.value or b"").decode().encode("utf-16")), "not-json"),
    "the JSON null": Sent(POSTED._replace(value=b"null"), "contract-violation"),
    "lists in lists": Sent(POSTED._replace(value=b"[" * DEEP), "not-json"),
    "lists in lists in a field that nobody knows": Sent(
        text(POSTED, b'{"admin', b'{"x":' + b"[" * DEEP + b"]" * DEEP + b',"admin'), "not-json"
    ),
    "as many bytes as there may be": Sent(POSTED._replace(value=b"x" * MAX_EVENT_BYTES), "not-json"),
    "a byte more than there may be": Sent(POSTED._replace(value=b"x" * (MAX_EVENT_BYTES + 1)), "oversized"),
    "a good event, filled up to a byte more": Sent(
        POSTED._replace(value=(POSTED.value or b"").ljust(MAX_EVENT_BYTES + 1)), "oversized"
    ),
    # texts
    "NUL as a byte of a text": Sent(text(POSTED, b"Late return", b"a\x00b"), "not-json"),
    "NUL in a description": Sent(said(POSTED, description="a\x00b"), "contract-violation", "description"),
    "NUL in an id": Sent(said(POSTED, item_id="\x00"), "contract-violation", "item_id"),
    "NUL in the administration": Sent(said(POSTED, administration="bib\x00"), "contract-violation", "administration"),
    "NUL in an enumeration": Sent(said(POSTED, kind="fine\x00"), "contract-violation", "kind"),
    "NUL in a day": Sent(said(POSTED, item_date="2026-10-01\x00"), "contract-violation", "item_date"),
    "NUL in a phone number": Sent(said(PARTY, phone="09\x00"), "contract-violation", "phone"),
    "NUL in an e-mail address": Sent(said(PARTY, email="a\x00@b.be"), "contract-violation", "email"),
    "NUL in an IBAN": Sent(said(PARTY, iban="BE\x00"), "contract-violation", "iban"),
    "NUL in a postal code": Sent(
        said(PARTY, address={"country": "BE", "postal_code": "9\x00"}), "contract-violation", "address/postal_code"
    ),
    "NUL in a document": Sent(
        said(POSTED, documents=[{"document_id": "D", "name": "n", "uri": "\x00"}]),
        "contract-violation",
        "documents/0/uri",
    ),
    "NUL in an unknown field": Sent(said(POSTED, unknown="\x00"), TAKEN),
    "NUL in the name of an unknown field": Sent(said(POSTED, **{"\x00": 1}), TAKEN),
    "half a surrogate pair": Sent(said(POSTED, description="\ud800"), "not-json"),
    "the other half": Sent(said(POSTED, description="\udc00"), "not-json"),
    "half a surrogate pair in a name": Sent(said(POSTED, **{"\ud800": 1}), "not-json"),
    "both halves": Sent(said(POSTED, description="\U0001f4da"), TAKEN),
    # numbers and days
    "an amount beyond 64 bits": Sent(said(POSTED, amount=MANY), "contract-violation", "amount"),
    "an amount with 5,000 digits": Sent(text(POSTED, b"1250", b"9" * 5_000), "not-json"),
    "an amount that is no number": Sent(text(POSTED, b"1250", b"NaN"), "contract-violation", "amount"),
    "an amount without an end": Sent(text(POSTED, b"1250", b"1e400"), "contract-violation", "amount"),
    "a version beyond 64 bits": Sent(said(PARTY, version=MANY), "contract-violation", "version"),
    "a year beyond 32 bits": Sent(said(REQUESTED, fiscal_year=2**31), "contract-violation", "fiscal_year"),
    "a period beyond 64 bits": Sent(said(REQUESTED, period=-MANY), "contract-violation", "period"),
    "a fiscal year of a million": Sent(
        said(CONFIGURED, fiscal_periods=[{"year": 10**6, "period": 1, "start": "2026-01-01", "end": "2026-01-31"}]),
        "contract-violation",
        "fiscal_periods/0/year",
    ),
    "the year 0": Sent(said(POSTED, item_date="0000-01-01"), "contract-violation", "item_date"),
    "the year 9999": Sent(said(POSTED, item_date="9999-12-31"), "contract-violation", "item_date"),
    "a year of five digits": Sent(said(POSTED, item_date="12026-01-01"), "contract-violation", "item_date"),
    "a day as a number": Sent(said(POSTED, item_date=10**18), "contract-violation", "item_date"),
}


async def stopped_by(consumer: Consuming, record: Record, number: int) -> str | None:
    """How a record stops the good ones around it, in words; None when it does not."""
    good = [record_of(posted(f"G{number}-{n}", party_id=f"P-good-{n}"), number) for n in range(2)]
    try:
        await consumer.take([good[0], record, good[1]])
    except Exception as error:  # noqa: BLE001 - the table tells all that stops a partition, not the first of it
        return f"raises {type(error).__name__}: {str(error)[:200]}"
    applied = await consumer.rows("SELECT FROM item WHERE item_id LIKE $1", f"G{number}-%")
    return None if len(applied) == len(good) else "keeps good events from being applied"


async def fate_of(consumer: Consuming, record: Record) -> Sent:
    """What became of a record, as an operator sees it who drives it in again when it is dead."""
    listed = (await consumer.api.get("/v1/dead-letters")).raise_for_status().json()["items"]
    waiting = (await consumer.api.get("/v1/waiting")).raise_for_status().json()["items"]
    assert len(listed) + len(waiting) <= 1, "one record is put aside once"
    for letter in listed:
        assert letter["message"]
        assert letter["remedy"]
        key = {"idempotency-key": f"retry-{letter['id']}"}
        again = await consumer.api.post(f"/v1/dead-letters/{letter['id']}/retry", headers=key)
        assert again.raise_for_status().json()["applied"] is False
        return Sent(record, letter["code"], letter["field"])
    return Sent(record, WAITS if waiting else TAKEN)


async def told_of(consumer: Consuming, name: str, sent: Sent, number: int) -> list[str]:
    """What is wrong with how the service takes a record of the table; then nothing is left of it."""
    if stopped := await stopped_by(consumer, sent.record, number):
        return [f"{name}: {stopped}"]
    fate = await fate_of(consumer, sent.record)
    await consumer.forget()
    return [] if fate == sent else [f"{name}: {fate.becomes} ({fate.field}), not {sent.becomes} ({sent.field})"]


@pytest.fixture
async def consumer(
    request: pytest.FixtureRequest, database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Consuming]:
    """A service that knows the administration of which all records are."""
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    async with consuming(request.param, database, tmp_path) as opened:
        await opened.take([record_of(configured())])
        yield opened


in_every_service = pytest.mark.parametrize("consumer", SERVICES, indirect=True)


@in_every_service
async def test_no_record_stands_in_the_way_of_its_partition(consumer: Consuming) -> None:
    sent = {name: one for name, one in HOSTILE.items() if consumer.takes(one.record.topic)}

    wrong = [
        told for number, (name, one) in enumerate(sent.items()) for told in await told_of(consumer, name, one, number)
    ]

    assert wrong == []


@in_every_service
async def test_headers_without_bounds_leave_room_on_the_dead_letter_topic(consumer: Consuming) -> None:
    for name in ("half a megabyte of headers", "ten thousand headers"):
        await consumer.take([HOSTILE[name].record])

    announced = await consumer.rows("SELECT headers::text AS headers FROM outbox WHERE topic LIKE '%dead-letter'")
    sizes = [sum(len(n) + len(v) for n, v in headers_from_json(row["headers"])) for row in announced]
    assert sizes
    assert max(sizes) < 2 * MAX_DEAD_HEADERS
    assert all("error-code" in dict(headers_from_json(row["headers"])) for row in announced)


HEADER_NAMES = st.sampled_from([name for name, _ in POSTED.headers]) | st.text(max_size=4)
HEADERS = st.lists(st.tuples(HEADER_NAMES, st.none() | st.binary(max_size=12)), max_size=4)
TEXTS = st.text(st.characters() | st.sampled_from("\x00\x1f\x7f\ud800\udfff"), max_size=6)
VALUES = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | TEXTS | st.lists(TEXTS, max_size=2)
FIELDS = st.sampled_from(sorted(ItemPosted.model_fields)) | TEXTS
CHANGES = st.dictionaries(FIELDS, VALUES, min_size=1, max_size=3)
BODIES = st.none() | st.binary(max_size=40) | CHANGES.map(lambda changes: said(POSTED, **changes).value)
KEYS = st.none() | st.just(POSTED.key) | st.binary(max_size=12)
RECORDS = st.builds(
    lambda key, value, headers: POSTED._replace(key=key, value=value, headers=[*POSTED.headers, *headers]),
    *(KEYS, BODIES, HEADERS),
)


@in_every_service
async def test_nothing_that_a_broker_can_carry_stops_a_partition(consumer: Consuming) -> None:
    found: list[list[Record]] = []

    @seed(15)
    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(RECORDS, min_size=1, max_size=8))
    def collect(records: list[Record]) -> None:
        found.append(records)

    collect()

    wrong = [
        (told, record)
        for number, record in enumerate(record for records in found for record in records)
        if (told := await stopped_by(consumer, record, number))
    ]
    listed = await consumer.api.get("/v1/dead-letters", params={"limit": 200})
    assert wrong == []
    assert listed.raise_for_status().json()["items"]
