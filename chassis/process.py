"""A service's life as a process: it serves, or has its outbox published again."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from fastapi import FastAPI

from chassis.background import keep_up
from chassis.command import EXIT_FAILED
from chassis.database import Database, is_passing, open_database
from chassis.errors import Retry
from chassis.http import OperatorPorts, Readiness, ServiceApi, create_app, drop_expired_keys, web_server
from chassis.http.health import Check
from chassis.identity import open_verifier
from chassis.migrations import CHASSIS_SCHEMA, find_definitions, find_migrations, missing
from chassis.outbox import replay
from chassis.queries import load_queries
from chassis.service import Runtime, Service, assemble
from chassis.settings import Settings
from chassis.telemetry import configure_logging, configure_tracing

log = structlog.get_logger(__name__)

START_ATTEMPTS = 60
START_PAUSE_SECONDS = 1.0
STOP_SECONDS = 30.0
HOUSEKEEPING_SECONDS = 3_600.0
GARBAGE_THRESHOLD = 500_000


def run(service: Service, command: str) -> None:
    """Serve, or replay. Raises OpenItemsError, which says what is in the way."""
    settings = service.settings(service=service.name)
    configure_logging(service.name, settings.log_level)
    asyncio.run({"serve": serve, "replay": replay_outbox}[command](service, settings))


async def replay_outbox(_service: Service, settings: Settings) -> None:
    """Queue everything that is still kept in the outbox once more, after a broker was lost."""
    database = await _opened(settings)
    try:
        async with database.transaction() as connection:
            sys.stdout.write(f"queued {await replay(connection)} events again\n")
    finally:
        await database.close()


async def serve(service: Service, settings: Settings) -> None:
    """Serve HTTP and take events until told to stop; consumer, relay, sweeper or worker that fails ends the process."""
    end_tracing = configure_tracing(service.name, os.environ)
    database = await _opened(settings)
    runtime = assemble(service, settings, database)
    readiness = Readiness(readiness_checks(service, runtime))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with _background(service, runtime):
            yield
            readiness.drain()

    app = create_app(
        ServiceApi(
            title=service.title,
            version="1",
            routers=[service.api(runtime)],
            translations=service.translations,
        ),
        verifier=open_verifier(settings),
        readiness=readiness,
        ports=OperatorPorts(
            service=service.name,
            database=database,
            lag=runtime.subscriber.lag,
            group_lag=runtime.subscriber.group_lag,
            group_positions=runtime.subscriber.group_positions,
            retry_dead=runtime.dispatcher.retry_dead,
            wait_limit_seconds=settings.wait_limit_seconds,
        ),
        lifespan=lifespan,
    )
    tend_garbage()
    try:
        await web_server(app, host=settings.http_host, port=settings.http_port).serve()
    finally:
        await database.close()
        end_tracing()


def tend_garbage() -> None:
    """Let the collector leave what is loaded alone, and come less often: a batch makes tens of thousands of objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD, 20, 100)


async def _opened(settings: Settings) -> Database:
    for _ in range(START_ATTEMPTS):
        try:
            return await open_database(settings)
        except Retry as error:
            log.info("database not there yet", error=str(error))
            await asyncio.sleep(START_PAUSE_SECONDS)
    return await open_database(settings)


async def _consume(runtime: Runtime) -> None:
    """Join the group, as soon as there is a broker, and take events until cancelled; what is in flight is finished."""
    for attempt in range(START_ATTEMPTS):
        try:
            await runtime.subscriber.start()
            break
        except Exception as error:
            if attempt == START_ATTEMPTS - 1:
                raise
            log.info("broker not there yet", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(START_PAUSE_SECONDS)
    try:
        await asyncio.Event().wait()
    finally:
        async with asyncio.timeout(STOP_SECONDS):
            await runtime.subscriber.stop()


@asynccontextmanager
async def _background(service: Service, runtime: Runtime) -> AsyncIterator[None]:
    works: dict[str, Coroutine[Any, Any, None]] = {
        "consumer": _consume(runtime),
        "relay": runtime.relay.run(),
        "sweeper": runtime.sweeper.run(),
        "jobs": runtime.jobs.run(),
    }
    # What is done by the clock may fail by a fault of ours without keeping events and people waiting.
    for work in (_keep_house, *service.background):
        name = getattr(work, "__name__", repr(work)).lstrip("_")
        works[name] = keep_up(partial(work, runtime), name, runtime.dispatcher.standstill)
    tasks = [asyncio.create_task(work, name=name) for name, work in works.items()]
    for task in tasks:
        task.add_done_callback(_end_process_on_failure)
    try:
        yield
    finally:
        await end_all(tasks)


async def end_all(tasks: Iterable[asyncio.Task[None]], again_seconds: float = STOP_SECONDS) -> None:
    """Cancel tasks until all have ended.

    A cancellation that meets a broken connection may get lost: the rollback fails too, and what the task sees is a
    passing fault, after which it goes on. Therefore who has not ended in good time is told again.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=again_seconds)


def _end_process_on_failure(task: asyncio.Task[None]) -> None:
    """A service without its relay or worker must not look alive: end it, the supervisor begins it anew."""
    if task.cancelled() or task.exception() is None:
        return
    log.critical("background task failed", task=task.get_name(), exc_info=task.exception())
    os._exit(EXIT_FAILED)


async def _keep_house(runtime: Runtime) -> None:
    while True:
        try:
            await drop_expired_keys(runtime.database, await runtime.database.now())
        except Exception as error:
            if not is_passing(error):
                raise
        await asyncio.sleep(HOUSEKEEPING_SECONDS)


def readiness_checks(service: Service, runtime: Runtime) -> dict[str, Check]:
    """What a serving process must have: its database and topics, partitions, and nothing that stands still."""
    packages = (CHASSIS_SCHEMA, *service.migrations)
    expected = (*find_migrations(packages), *find_definitions(packages))

    async def database() -> str | None:
        return None if await runtime.database.is_reachable() else "the database does not answer"

    async def migrations() -> str | None:
        async with runtime.database.snapshot() as connection:
            rows = await connection.fetch(load_queries("chassis").applied_migrations)
        lacking = missing({row["name"]: row["digest"] for row in rows}, expected)
        return f"{len(lacking)} migrations are missing" if lacking else None

    async def topics() -> str | None:
        return "; ".join(runtime.subscriber.unexpected_topics()) or None

    async def consumer() -> str | None:
        if not runtime.subscriber.is_assigned():
            return "no partitions are assigned yet"
        still = runtime.subscriber.still()
        return "; ".join(f"partition {n} stands still for {seconds:.0f} s" for n, seconds in still.items()) or None

    async def faults() -> str | None:
        return runtime.dispatcher.limit.told() or runtime.dispatcher.standstill.told()

    async def relay() -> str | None:
        return None if runtime.relay.is_alive else "the relay is not connected"

    return {
        "database": database,
        "migrations": migrations,
        "topics": topics,
        "consumer": consumer,
        "faults": faults,
        "relay": relay,
    }
