"""What answers are made of: frozen models, and rows turned into them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import asyncpg
from pydantic import BaseModel, ConfigDict

from chassis.http.paging import Page


class View(BaseModel):
    """A part of an answer; a service's views add the fields, in the order in which people read them."""

    model_config = ConfigDict(frozen=True)


V = TypeVar("V", bound=BaseModel)


def shown_as(view: type[V]) -> Callable[[asyncpg.Record], V]:
    """Make the function that turns a query's row, whose columns are named like the fields, into this view."""
    return lambda row: view.model_validate(dict(row))


def whole(rows: Iterable[V]) -> Page[V]:
    """A list that is never longer than a page."""
    return Page(items=tuple(rows), next=None)
