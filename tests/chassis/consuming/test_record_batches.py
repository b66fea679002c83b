"""A header name that is no text costs neither its own record nor those beside it."""

from typing import Any

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from chassis.consuming.record_batches import PatientRecords
from tests.support.header_names import PLACEHOLDER, without_text

PLAIN, GZIP = 0, 1


def batch_of(records: int, *forged: int, compression: int = PLAIN) -> bytes:
    """A batch of records, some of which have a header whose name is no text."""
    builder: Any = DefaultRecordBatchBuilder(2, compression, 0, -1, -1, 0, 1 << 20)
    for number in range(records):
        name = PLACEHOLDER if number in forged else "x"
        builder.append(number, 0, b"key", b"%d" % number, [("ce_id", b"1"), (name, b"y")])
    return without_text(builder.build())


def read(raw: bytes) -> list[tuple[int, bytes, str]]:
    records, found = PatientRecords(raw), []
    while records.has_next():
        batch = records.next_batch()
        assert batch is not None
        assert batch.validate_crc()
        found += [(record.offset, record.value, record.headers[1][0]) for record in batch]
    assert records.next_batch() is None
    return found


def test_aiokafka_itself_stops_at_such_a_name() -> None:
    batch: Any = MemoryRecords(batch_of(3, 1)).next_batch()

    with pytest.raises((UnicodeDecodeError, ValueError)):
        list(batch)


@pytest.mark.parametrize("forged", [(), (0,), (2,), (4,), (0, 1, 2, 3, 4)])
def test_every_record_is_read_once_and_in_order(forged: tuple[int, ...]) -> None:
    found = read(batch_of(5, *forged))

    assert [(offset, value) for offset, value, _ in found] == [(number, b"%d" % number) for number in range(5)]
    assert {offset for offset, _, name in found if name == "\ufffd" * 8} == set(forged)


def test_batches_before_and_after_it_are_read_as_ever() -> None:
    found = read(batch_of(2) + batch_of(2, 1) + batch_of(2))

    assert [value for _, value, _ in found] == [b"0", b"1"] * 3
    assert [name for _, _, name in found] == ["x", "x", "x", "\ufffd" * 8, "x", "x"]
