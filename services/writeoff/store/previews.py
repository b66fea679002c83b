"""What clerks were shown before they confirmed it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.database import Connection
from chassis.queries import load_queries
from services.writeoff.domain.previews import Preview
from services.writeoff.store import QUERIES


async def keep_preview(connection: Connection, administration: str, preview: Preview, employee: str) -> None:
    """Remember what was shown to an employee, under its fingerprint."""
    await connection.execute(
        load_queries(QUERIES).keep_preview,
        administration,
        preview.fingerprint,
        json.dumps(preview.content),
        employee,
    )


async def find_preview(connection: Connection, administration: str, fingerprint: str) -> Mapping[str, Any] | None:
    """The content of the preview whose fingerprint begins like this, None when none is kept."""
    content = await connection.fetchval(load_queries(QUERIES).get_preview, administration, fingerprint)
    return None if content is None else json.loads(content)


async def forget_previews(connection: Connection, before: datetime) -> None:
    """Forget what was shown before an instant, a thousand previews at most."""
    await connection.execute(load_queries(QUERIES).forget_previews, before)
