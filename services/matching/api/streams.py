"""Reports of any size as CSV for programs or spreadsheets, or as NDJSON."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Query
from starlette.responses import StreamingResponse

from chassis.http import RFC_4180, SPREADSHEET, stream_csv, stream_ndjson
from chassis.service import Runtime
from contracts.money import to_decimal
from services.matching.domain.criteria import PartyRange, check_range
from services.matching.operations.reports import Report, Rows

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


@dataclass(frozen=True, slots=True)
class Parties:
    """A range of parties, open where a bound is missing."""

    party_from: Annotated[str | None, Query(max_length=64)] = None
    party_to: Annotated[str | None, Query(max_length=64)] = None

    def __post_init__(self) -> None:
        """Refuse a range that goes backwards, as runs do."""
        check_range("party", self.party_from, self.party_to)

    def within(self) -> PartyRange:
        """The range that is asked for."""
        return PartyRange(self.party_from, self.party_to)


async def at_one_moment(runtime: Runtime, report: Report) -> Rows:
    """The rows of a report, all as they were when it began."""
    async with runtime.database.snapshot() as connection:
        async for row in report(connection):
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
