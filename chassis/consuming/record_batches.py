"""A record's header may have any bytes for a name; aiokafka reads only UTF-8, and stops at all others for ever.

What it fails on is read once more, slowly: the bytes that are no text become U+FFFD, and the record is judged by what
it says like every other. Without this one such record would keep its partition standing, since a broker gives a batch
of records as a whole, and who skips the batch loses the good ones in it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

LENGTH_OFFSET, OVERHEAD = 8, 12
"""Where a batch says how many bytes follow, and from where it counts them."""


class AnyName(bytes):
    """Bytes that become text whatever they are."""

    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        """The text, in which U+FFFD stands for what is none."""
        return super().decode(encoding, errors)


class AnyNames(bytes):
    """A batch's bytes, of which each part becomes text whatever it is."""

    def __getitem__(self, part: Any) -> Any:
        """One of the bytes, or a part of them that becomes text."""
        found = super().__getitem__(part)
        return AnyName(found) if isinstance(found, bytes) else found


class PatientBatch:
    """A batch of records as aiokafka reads it; and where it cannot, by its own slower reader, which takes any name."""

    def __init__(self, batch: Any, raw: memoryview) -> None:
        self._batch = batch
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        """Whatever else the batch says of itself."""
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        """The next record of a batch that only controls transactions."""
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        """The records in their order, each once."""
        last = -1
        try:
            for record in self._batch:
                last = record.offset
                yield record
        except (UnicodeDecodeError, CorruptRecordException):
            yield from (record for record in self._read_again() if record.offset > last)

    def _read_again(self) -> Iterator[Any]:
        batch: Any = iter(_DefaultRecordBatchPy(bytearray(self._raw)))  # which unpacks what is compressed
        batch._buffer = AnyNames(batch._buffer)  # noqa: SLF001 - the library has no other way to how it reads names
        return iter(batch.__next__, None)


class PatientRecords:
    """What a fetch brought of one partition, batch by batch."""

    def __init__(self, raw: bytes) -> None:
        self._records = MemoryRecords(raw)
        self._raw = memoryview(raw)
        self._at = 0

    def __getattr__(self, name: str) -> Any:
        """Whatever else there is to know: its size, and whether more follows."""
        return getattr(self._records, name)

    def next_batch(self) -> PatientBatch | None:
        """The next batch; None when there is none."""
        batch = self._records.next_batch()
        if batch is None:
            return None
        begin = self._at
        (length,) = struct.unpack_from(">i", self._raw, begin + LENGTH_OFFSET)
        self._at = begin + OVERHEAD + length
        return PatientBatch(batch, self._raw[begin : self._at])


def read_any_header_name() -> None:
    """Have every consumer of this process read such records from now on."""
    fetcher.MemoryRecords = PatientRecords
