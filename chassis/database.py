"""The service's Postgres: a pool of connections that see one schema, and transactions on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from chassis.errors import Retry
from chassis.queries import load_queries
from chassis.settings import Settings

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
OwnConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

STATEMENT_TIMEOUT_MS = 120_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000
LOCK_TIMEOUT_MS = 30_000
ACQUIRE_TIMEOUT_SECONDS = 30.0
COMMAND_TIMEOUT_SECONDS = 180.0
CLOSE_TIMEOUT_SECONDS = 10.0
PLANNED_FOR_SECONDS = 10
"""A statement keeps its plan so long: one made while a table was as good as empty may walk through most of it."""

COPIED_FROM = 100
"""From so many rows on COPY costs less than a statement that takes them as arrays."""

PASSING_FAULTS = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg says of a connection that the server ended while it was idle
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    ConnectionError,
    TimeoutError,
    OSError,
)
"""What may well work when it is done again."""


def is_passing(error: BaseException) -> bool:
    """Whether the same work may well succeed later; a value that Postgres' protocol cannot carry never will."""
    return isinstance(error, PASSING_FAULTS) and not isinstance(error, ValueError)


def is_too_slow(error: BaseException) -> bool:
    """Whether a statement took longer than STATEMENT_TIMEOUT_MS, or waited for a lock beyond LOCK_TIMEOUT_MS."""
    return isinstance(error, asyncpg.QueryCanceledError | asyncpg.LockNotAvailableError)


class Database:
    """A pool of connections as the service's own role."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection on which every statement commits by itself."""
        async with self.pool.acquire(timeout=ACQUIRE_TIMEOUT_SECONDS) as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        async with self.pool.acquire(timeout=ACQUIRE_TIMEOUT_SECONDS) as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """A read-only transaction in which every statement sees the same state."""
        async with (
            self.pool.acquire(timeout=ACQUIRE_TIMEOUT_SECONDS) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection

    async def now(self) -> datetime:
        """The time by the database's clock, which all processes of a service share and none can set.

        Whatever is judged by how long ago the database noted it is judged by this one: a machine whose own clock jumps
        must not find a day's patience used up.
        """
        async with self.pool.acquire(timeout=ACQUIRE_TIMEOUT_SECONDS) as connection:
            now: datetime = await connection.fetchval(load_queries("chassis").clock)
        return now

    async def is_reachable(self) -> bool:
        """Whether a statement gets through."""
        try:
            async with self.pool.acquire(timeout=2.0) as connection:
                await connection.execute("SELECT", timeout=2.0)
        except PASSING_FAULTS:
            return False
        return True

    async def close(self) -> None:
        """Wait a little for what is running, then close every connection."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()


def server_settings(schema: str, application: str) -> dict[str, str]:
    """Session settings of every connection of a service."""
    return {
        "search_path": schema,
        "application_name": application,
        "timezone": "UTC",
        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
        "lock_timeout": str(LOCK_TIMEOUT_MS),
        "jit": "off",
    }


async def connect(settings: Settings) -> OwnConnection:
    """One connection of its own, for what must live and die with it (the relay's lock)."""
    return await asyncpg.connect(
        settings.database_url.get_secret_value(),
        server_settings=server_settings(settings.schema_name, f"openitems-{settings.service}-relay"),
        command_timeout=COMMAND_TIMEOUT_SECONDS,
    )


async def _leave_as_it_is(_connection: Connection) -> None:
    """Nothing of ours outlives its transaction, so a connection that is given back needs no round trip of cleaning."""


async def open_database(settings: Settings) -> Database:
    """Open the service's pool; Retry when the database cannot be reached yet."""
    try:
        pool = await asyncpg.create_pool(
            settings.database_url.get_secret_value(),
            min_size=1,
            max_size=settings.database_pool_size,
            server_settings=server_settings(settings.schema_name, f"openitems-{settings.service}"),
            command_timeout=COMMAND_TIMEOUT_SECONDS,
            max_cached_statement_lifetime=PLANNED_FOR_SECONDS,
            reset=_leave_as_it_is,
        )
    except PASSING_FAULTS as error:
        raise Retry(f"the database cannot be reached: {type(error).__name__}") from error
    return Database(pool)


def columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows turned into `width` arrays, one a column, as a statement's `unnest` takes them; also when there are none."""
    turned = [list(column) for column in zip(*rows, strict=True)]
    return turned or [[] for _ in range(width)]


def joined_texts(rows: Iterable[Sequence[str]], width: int) -> list[str]:
    """Rows of ids turned into `width` texts, one a column, for a statement that parts them by chr(31).

    An array of tens of thousands costs asyncpg more than parting a text costs PostgreSQL; no id has that character.
    """
    turned = ["\x1f".join(column) for column in zip(*rows, strict=True)]
    return turned or [""] * width


def joined_numbers(numbers: Iterable[int]) -> str:
    """Numbers as one text, for a statement that parts them by commas."""
    return ",".join(map(str, numbers))


class KeyTaken(Retry):
    """A row with the same key is there already."""


async def copy_new(
    connection: Connection, table: str, columns: Sequence[str], records: Sequence[tuple[Any, ...]]
) -> None:
    """COPY rows whose keys are not there; raises KeyTaken when one of them is."""
    if not records:
        return
    try:
        await connection.copy_records_to_table(table, columns=columns, records=records)
    except asyncpg.UniqueViolationError as error:
        raise KeyTaken(f"a row of {table} is there already: {error.detail}") from error


async def all_new(connection: Connection, copy: Callable[[], Awaitable[None]]) -> bool:
    """Have rows copied; False, and nothing is copied, when one of them was there already.

    Events are seldom told twice: trying costs less than asking first which of them are known.
    """
    try:
        async with connection.transaction():
            await copy()
    except KeyTaken:
        return False
    return True
