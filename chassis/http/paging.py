"""Long lists page by page: each page continues after the key of the last row (keyset), never by counting rows."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from chassis.errors import Refused

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
MAX_CURSOR_CHARACTERS = 2048
_DIGEST_BYTES = 6

Row = TypeVar("Row")
Shown = TypeVar("Shown")
Key = TypeVar("Key")

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows in a page")]
Cursor = Annotated[
    str | None,
    Query(max_length=MAX_CURSOR_CHARACTERS, description="`next` of the page before; none for the first page"),
]


class Page(BaseModel, Generic[Shown]):
    """One page of a list; `next` is null on the last."""

    model_config = ConfigDict(frozen=True)

    items: tuple[Shown, ...]
    next: str | None = Field(description="Give this as `cursor` to get the next page; null if this was the last")


class Keyset(Generic[Key]):
    """The order of one list: what its rows are sorted by (a value, or a NamedTuple of them), and cursors that carry it.

    A cursor is opaque to clients and carries a digest over the list's name, so that an altered cursor, or that of
    another list, is refused. It grants nothing: what a row may show is decided anew for each page.
    """

    def __init__(self, name: str, key_type: type[Key]) -> None:
        self._name = name
        self._adapter = TypeAdapter(key_type)

    def encode(self, key: Key) -> str:
        """The cursor that continues after this key."""
        body = self._adapter.dump_json(key)
        return base64.urlsafe_b64encode(self._digest(body) + body).decode().rstrip("=")

    def decode(self, cursor: str | None) -> Key | None:
        """The key that the page begins after, None for the first page; raises Refused naming `cursor`."""
        if cursor is None:
            return None
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            digest, body = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
            if digest == self._digest(body):
                return self._adapter.validate_json(body)
        except ValueError:
            pass
        raise Refused(
            "cursor-invalid",
            "The cursor does not belong to this list.",
            field="cursor",
            remedy="Begin again without a cursor.",
        )

    def page(
        self, rows: Sequence[Row], limit: int, *, key: Callable[[Row], Key], show: Callable[[Row], Shown]
    ) -> Page[Shown]:
        """The page of `limit` rows out of a query that asked for `limit + 1`."""
        more = len(rows) > limit
        kept = rows[:limit]
        return Page(items=tuple(map(show, kept)), next=self.encode(key(kept[-1])) if more else None)

    def _digest(self, body: bytes) -> bytes:
        return hashlib.blake2b(body, digest_size=_DIGEST_BYTES, person=self._name.encode()[:16]).digest()
