"""Exports of sets: PostgreSQL writes the values, which are passed on as they come, whatever the set's size."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg

from chassis.database import Connection, Database
from chassis.queries import load_queries
from services.selection.domain.catalogue import Field
from services.selection.domain.export_formats import FREE_TEXTS, ExportConventions, flags, words
from services.selection.store import QUERIES
from services.selection.store.columns import column_name, raw_column, text_column, with_columns
from services.selection.store.sets import StoredSet

COPY_SECONDS = 86_400.0
BATCH_ROWS = 2_000
MANY_MEMBERS = 200_000
"""From how many members on a set is read in one pass over all items, instead of looking each member up."""
HASHING_MEMORY = "32MB"
"""What PostgreSQL may take for one step of that, before it goes through files."""
DATE_STYLES: Mapping[str, str] = {
    "%Y-%m-%d": "ISO, YMD",
    "%d-%m-%Y": "Postgres, DMY",
    "%d/%m/%Y": "SQL, DMY",
}
"""How PostgreSQL writes dates, in the words of its setting, by the pattern of a notation."""

Pass = Callable[[bytes], Coroutine[Any, Any, None]]
"""Passes a chunk of the file on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """Which fields of a set are read on a day, by which conventions.

    `digits` are the decimals per currency of the set, the empty name is the administration's own; `tick` is what every
    row has in a last column that the set does not have, None for none.
    """

    source: StoredSet
    fields: tuple[Field, ...]
    form: ExportConventions
    today: date
    digits: Mapping[str, int]
    tick: str | None = None


async def copy_rows(database: Database, extract: Extract, output: Pass) -> None:
    """Write the members as CSV lines that end in a line feed; one within a text comes as the character 1."""
    async with database.snapshot() as connection:
        await _prepare(connection, extract.source, extract.form)
        form, source = extract.form, extract.source
        columns = [text_column(field, source.set_type, form, extract.digits) for field in extract.fields]
        yes, no = flags(form)
        quoted = [column_name(place) for place, field in enumerate(extract.fields) if field.name in FREE_TEXTS]
        await connection.copy_from_query(
            with_columns(load_queries(QUERIES)[f"export_{source.set_type}"], [*columns, *_ticks(extract)]),
            source.administration,
            source.set_id,
            extract.today,
            json.dumps(dict(extract.digits)),
            json.dumps(words(form)),
            form.notation.decimal_mark,
            yes,
            no,
            output=output,
            format="csv",
            delimiter=form.notation.delimiter,
            force_quote=quoted or None,
            timeout=COPY_SECONDS,
        )


async def raw_rows(database: Database, extract: Extract) -> AsyncGenerator[asyncpg.Record]:
    """The members' values as they are stored, named by their places, and the currency of each."""
    source = extract.source
    columns = [raw_column(field, source.set_type) for field in extract.fields]
    query = load_queries(QUERIES)[f"export_raw_{source.set_type}"]
    statement = with_columns(query, [*columns, *_ticks(extract)])
    async with database.snapshot() as connection:
        await _prepare(connection, source, extract.form)
        cursor = await connection.cursor(statement, source.administration, source.set_id, extract.today)
        while rows := await cursor.fetch(BATCH_ROWS):
            for row in rows:
                yield row


def _ticks(extract: Extract) -> list[str]:
    """The column that every row has the same in, where one is asked."""
    return [f"'{extract.tick}'"] if extract.tick else []


async def _prepare(connection: Connection, source: StoredSet, form: ExportConventions) -> None:
    """Settings of this transaction alone."""
    queries = load_queries(QUERIES)
    await connection.execute(queries.take_all_the_time)
    await connection.execute(queries.write_dates_as, DATE_STYLES[form.notation.date_pattern])
    if source.members >= MANY_MEMBERS:
        await connection.execute(queries.join_by_hashing, HASHING_MEMORY)
