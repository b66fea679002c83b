"""Ids by their beginnings: which of an administration's sets, runs and the like have an id that begins like this."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from chassis.database import Database
from chassis.errors import NotFound, Refused
from chassis.http.authorization import Administration
from chassis.http.views import View
from chassis.queries import load_queries

SHOWN = 5
"""So many ids are named where several begin alike."""
UUID_DIGITS = 32
_DIGITS = re.compile(rf"[0-9a-f]{{1,{UUID_DIGITS}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NamedById:
    """Where ids of a kind are looked for: a package's query, which takes administration, lowest and highest id, limit.

    With `within` it takes one more key: such ids are in order within each of those only.
    """

    package: str
    query: str
    within: bool = False


JOBS = NamedById("chassis", "jobs_between")
"""The long runs of a service."""


class Beginning(View):
    """The ids that begin alike, in their order."""

    ids: list[str]
    more: bool


def range_of(beginning: str) -> tuple[UUID, UUID]:
    """The lowest and the highest UUID that begin like this, hyphens or not; Refused when none can."""
    digits = beginning.lower().replace("-", "")
    if not _DIGITS.fullmatch(digits):
        raise Refused(
            "no-id",
            "{beginning!r} does not begin an id.",
            beginning=beginning,
            field="beginning",
            remedy="Ids are made of the digits 0 to 9 and the letters a to f: give the first of them.",
        )
    return UUID(digits.ljust(UUID_DIGITS, "0")), UUID(digits.ljust(UUID_DIGITS, "f"))


def add_beginnings_route(router: APIRouter, database: Database, kinds: Mapping[str, NamedById]) -> None:
    """`/ids/{kind}`, below the administration: the ids of one of the kinds that begin like `beginning`."""

    @router.get("/ids/{kind}")
    async def ids(
        administration: Administration,
        kind: str,
        beginning: Annotated[str, Query(min_length=1, max_length=36)],
        within: Annotated[str, Query(max_length=64)] = "",
    ) -> Beginning:
        """Up to five ids of a kind that begin alike, and whether there are more."""
        named = kinds.get(kind)
        if named is None:
            raise NotFound(
                "unknown-kind",
                "Nothing here is called {kind}.",
                kind=kind,
                field="kind",
                remedy="Use one of these: {kinds}.",
                kinds=", ".join(kinds),
            )
        key = (within,) if named.within else ()
        statement = load_queries(named.package)[named.query]
        async with database.snapshot() as connection:
            rows = await connection.fetch(statement, administration, *range_of(beginning), SHOWN + 1, *key)
        return Beginning(ids=[str(row["id"]) for row in rows[:SHOWN]], more=len(rows) > SHOWN)
