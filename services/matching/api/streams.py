"""Reports of any size as CSV for programs or spreadsheets, or as NDJSON."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Query
from starlette.responses import StreamingResponse

from chassis.database import Connection
from chassis.http import RFC_4180, SPREADSHEET, Administration, stream_csv, stream_ndjson
from chassis.service import Runtime
from contracts.money import to_decimal
from services.matching.domain.criteria import check_range
from services.matching.store.reports import Which, party_chunks

PAGE_ROWS = 1_000
MONEY = {
    "amount",
    "open_amount",
    "contra_amount",
    "charges_settled",
    "credits_settled",
    "open_base_amount",
    "revalued_amount",
    "difference",
    "charges",
    "credits",
    "balance",
}
"""Columns that are whole minor units, and decimals in a CSV."""

Format = Literal["csv", "spreadsheet", "ndjson"]
Rows = AsyncGenerator[dict[str, Any], None]
Read = Callable[[Connection, list[str]], Rows]
"""Reads a report's rows of some parties."""


@dataclass(frozen=True, slots=True)
class Parties:
    """A range of parties, open where a bound is missing."""

    party_from: Annotated[str | None, Query(max_length=64)] = None
    party_to: Annotated[str | None, Query(max_length=64)] = None

    def __post_init__(self) -> None:
        """Refuse a range that goes backwards, as runs do."""
        check_range("party", self.party_from, self.party_to)

    def which(self) -> Which:
        """The range as the store takes it."""
        return Which(self.party_from, self.party_to)


async def party_rows(runtime: Runtime, administration: Administration, parties: Parties, read: Read) -> Rows:
    """What `read` finds of the parties, a chunk of them at a time, all as it was at one moment."""
    async with runtime.database.snapshot() as connection:
        async for chunk in party_chunks(connection, administration, parties.which()):
            async for row in read(connection, chunk):
                yield row


async def stream(columns: Sequence[str], rows: Rows, form: Format, name: str) -> StreamingResponse:
    """Rows in the wished form, as a file of that name."""
    if form == "ndjson":
        return await stream_ndjson(rows, filename=f"{name}.ndjson")
    profile = SPREADSHEET if form == "spreadsheet" else RFC_4180
    point = "," if form == "spreadsheet" else "."

    async def lines() -> AsyncGenerator[list[str | int | None], None]:
        async for row in rows:
            yield [_cell(column, row, point) for column in columns]

    return await stream_csv(columns, lines(), filename=f"{name}.csv", profile=profile)


def _cell(column: str, row: dict[str, Any], point: str) -> str | int | None:
    value = row[column]
    if value is None or (isinstance(value, int) and column not in MONEY):
        return value
    if column in MONEY:
        return str(to_decimal(value, row["currency"])).replace(".", point)
    if isinstance(value, list):
        return " ".join(map(str, value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
