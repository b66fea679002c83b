"""Waiting for what must become so: as long as a busy machine needs, and no longer than an idle one does."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from deploy.embedded.errors import StackError
from deploy.embedded.postgres.server import Postgres

LIMIT_SECONDS = 60.0
LOOK_SECONDS = 0.05


async def until(holds: Callable[[], bool], what: str, limit_seconds: float = LIMIT_SECONDS) -> None:
    """Wait until something holds; TimeoutError says what never did."""
    give_up_at = time.monotonic() + limit_seconds
    while not holds():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"not within {limit_seconds:.0f} s: {what}")
        await asyncio.sleep(LOOK_SECONDS)


async def start_again(postgres: Postgres) -> None:
    """Start a server that was killed, as soon as what it left behind lets it."""

    def is_started() -> bool:
        with suppress(StackError):
            postgres.start()
            return True
        return False

    await until(is_started, "PostgreSQL is back")
