"""What the routes have in common: the administration in the path, and rows as they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, TypeVar

import asyncpg
from fastapi import Path
from pydantic import BaseModel, ConfigDict

from chassis.http import Page

Administration = Annotated[str, Path(min_length=1, max_length=64, description="The books to work in")]


class Shown(BaseModel):
    """A row as it is shown."""

    model_config = ConfigDict(frozen=True)


View = TypeVar("View", bound=BaseModel)


def shown_as(view: type[View]) -> Callable[[asyncpg.Record], View]:
    """Turn rows of a query into this view."""
    return lambda row: view.model_validate(dict(row))


def whole(rows: Iterable[View]) -> Page[View]:
    """A list that is never longer than a page."""
    return Page(items=tuple(rows), next=None)
