"""Reports of any size as files: of which parties, in which form, and all as it was at one moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Query
from starlette.responses import StreamingResponse

from chassis.http import Column, FileFormat, Table, as_file
from chassis.service import Runtime
from services.matching.domain.criteria import PartyRange, check_range
from services.matching.operations.reports import Report, Rows

MONEY = frozenset(
    {
        "amount",
        "open_amount",
        "contra_amount",
        "charges_settled",
        "credits_settled",
        "charges",
        "credits",
        "balance",
    }
)
"""Columns of reports that are minor units of the row's `currency`."""

Wanted = Annotated[FileFormat, Query(alias="format")]
"""The form of a report's file, as a request asks for it."""


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


def report_table(*columns: str) -> Table:
    """What a report's file has; whoever sends it names it."""
    return Table("", tuple(Column(name, currency_in="currency" if name in MONEY else "") for name in columns))


async def report_file(
    runtime: Runtime, report: Report, table: Table, wanted: FileFormat, name: str
) -> StreamingResponse:
    """The rows of a report, all as they were when it began, as a file of that name."""
    return await as_file(replace(table, name=name), _at_one_moment(runtime, report), wanted)


async def _at_one_moment(runtime: Runtime, report: Report) -> Rows:
    async with runtime.database.snapshot() as connection:
        async for row in report(connection):
            yield row
