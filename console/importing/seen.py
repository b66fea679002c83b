"""What a file said so far: in a temporary file, so that a file of any length costs no memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

CACHE_KIBIBYTES = 8 * 1024
_TABLES = """
CREATE TABLE subject (key INTEGER PRIMARY KEY, facts INTEGER NOT NULL, row INTEGER NOT NULL) STRICT;
CREATE TABLE digest (key INTEGER PRIMARY KEY, times INTEGER NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class RowSays:
    """What a row says of a subject: both by a number that stands for it, and the number of its row."""

    key: int
    facts: int
    row: int

    @classmethod
    def of(cls, subject: Hashable, facts: Hashable, row: int) -> RowSays:
        """In 64 bits each: of a hundred million rows two are mistaken for each other once in three thousand files."""
        return cls(hash(subject), hash(facts), row)


class Seen:
    """The subjects of a file, and how often it had the same cells."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def before(self, said: Sequence[RowSays]) -> dict[int, RowSays]:
        """What was said first of subjects that come again, by the row that says it again; keeps the others."""
        again: dict[int, RowSays] = {}
        for one in said:
            done = self._database.execute(
                "INSERT INTO subject (key, facts, row) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (one.key, one.facts, one.row),
            )
            if done.rowcount == 0:
                facts, row = self._database.execute(
                    "SELECT facts, row FROM subject WHERE key = ?", (one.key,)
                ).fetchone()
                again[one.row] = RowSays(one.key, facts, row)
        return again

    def times(self, digest: str) -> int:
        """How often the file had these cells, this time included."""
        (times,) = self._database.execute(
            "INSERT INTO digest (key, times) VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times",
            (hash(digest),),
        ).fetchone()
        return int(times)


@contextmanager
def nothing_seen() -> Iterator[Seen]:
    """Begin a file; what is remembered of it is gone afterwards."""
    with TemporaryDirectory(prefix="openitems-import-") as folder:
        database = sqlite3.connect(Path(folder) / "seen.sqlite", isolation_level=None, check_same_thread=False)
        try:
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("PRAGMA synchronous = OFF")
            database.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
            database.executescript(_TABLES)
            database.execute("BEGIN")
            yield Seen(database)
        finally:
            database.close()
