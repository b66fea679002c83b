"""Where a request points: paths and pages, gathered so that a route names what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path

from chassis.http import DEFAULT_LIMIT, Cursor, Limit


@dataclass(frozen=True, slots=True)
class PageWish:
    """Which page of a list."""

    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor = None


@dataclass(frozen=True, slots=True)
class PartyPath:
    """A party of an administration."""

    administration: str
    party_id: Annotated[str, Path(max_length=64)]


@dataclass(frozen=True, slots=True)
class MatchPath:
    """A match of a party."""

    administration: str
    party_id: Annotated[str, Path(max_length=64)]
    match_id: UUID


Paging = Annotated[PageWish, Depends()]
OfParty = Annotated[PartyPath, Depends()]
OfMatch = Annotated[MatchPath, Depends()]
