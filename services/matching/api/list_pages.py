"""Which page of a list a request wants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from chassis.http import DEFAULT_LIMIT, Cursor, Limit


@dataclass(frozen=True, slots=True)
class PageWish:
    """A page: how long, and after what."""

    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor = None


Paging = Annotated[PageWish, Depends()]
