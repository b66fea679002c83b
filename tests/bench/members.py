"""Taking `item-posted` with several members of a service's group, each a process as in production.

A lock on the table holds all of them until each has its partitions; the clock goes from the first batch that was
applied to the last one, as for the service in one process.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
from prometheus_client.parser import text_string_to_metric_families

from chassis.service import Service
from deploy.embedded.postgres.databases import DATABASE, service_role
from deploy.embedded.processes.child import Child, Command
from deploy.embedded.processes.child_environment import inherited
from deploy.embedded.processes.ports import HOST, free_port
from tests.bench.stage import Stage, all_seconds
from tests.chassis.issuer import AUDIENCE, ISSUER, Issuer

LIMIT_SECONDS, STOP_SECONDS = 300.0, 10.0
POLL_SECONDS = 0.05
SETTLED_SECONDS = 2.0
"""A member that joins takes partitions from those before it: so long all of them must have some."""


async def members_seconds(at: Stage, service: Service, events: int, members: int) -> float:
    """From the first batch that was applied to the last one committed; the first is not counted, nor its events."""
    with tempfile.TemporaryDirectory(prefix="openitems-members-") as folder:
        ports = [free_port() for _ in range(members)]
        processes = [member(at, service, Path(folder), port) for port in ports]
        try:
            async with httpx.AsyncClient() as client, asyncio.timeout(LIMIT_SECONDS):
                async with _held(at, service):
                    for process in processes:
                        process.launch()
                    await _all_joined(client, [f"http://{HOST}:{port}/readyz" for port in ports])
                released = time.perf_counter()
                urls = [f"http://{HOST}:{port}/metrics" for port in ports]
                first = await _applied_beyond(client, urls, 0)
                begun = time.perf_counter()
                await _applied_beyond(client, urls, events - 1)
                ended = time.perf_counter()
                shares = [await applied_by(client, url) for url in urls]
        finally:
            for process in processes:
                process.stop(STOP_SECONDS)
    assert min(shares) > 0, f"a member had nothing to do: {shares}"
    return all_seconds(events, first, ended - begun, ended - released)


def member(at: Stage, service: Service, folder: Path, port: int) -> Child:
    """A process of the service, not started yet; it trusts the tokens of the issuer whose keys are in the folder."""
    jwks = folder / "jwks.json"
    if not jwks.exists():
        Issuer(jwks)
    kafka = {name: value for name, value in os.environ.items() if name.startswith("OPENITEMS_KAFKA_")}
    own = {
        "OPENITEMS_DATABASE_URL": at.postgres.url(service_role(service.name), DATABASE),
        "OPENITEMS_HTTP_PORT": str(port),
        "OPENITEMS_JWKS_FILE": str(jwks),
        "OPENITEMS_TOKEN_ISSUER": ISSUER,
        "OPENITEMS_TOKEN_AUDIENCE": AUDIENCE,
        "OPENITEMS_LOG_LEVEL": "WARNING",
    }
    command = (sys.executable, "-m", f"services.{service.name}")
    return Child(Command(command, folder / f"{port}.log", inherited() | kafka | own))


@asynccontextmanager
async def _held(at: Stage, service: Service) -> AsyncIterator[None]:
    connection = await asyncpg.connect(
        at.postgres.url(database=DATABASE), server_settings={"search_path": service.name}
    )
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE item IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def _all_joined(client: httpx.AsyncClient, urls: Sequence[str]) -> None:
    """Wait until every member has had partitions for SETTLED_SECONDS; all of them wait at the lock meanwhile."""
    since = time.perf_counter()
    while time.perf_counter() - since < SETTLED_SECONDS:
        if not all([await _is_ready(client, url) for url in urls]):
            since = time.perf_counter()
        await asyncio.sleep(POLL_SECONDS)


async def _is_ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).is_success
    except httpx.TransportError:
        return False


async def _applied_beyond(client: httpx.AsyncClient, urls: Sequence[str], number: float) -> float:
    while (now := sum([await applied_by(client, url) for url in urls])) <= number:  # noqa: ASYNC110 - processes of their own
        await asyncio.sleep(POLL_SECONDS)
    return now


async def applied_by(client: httpx.AsyncClient, url: str) -> float:
    """How many events a process applied; it counts them itself, after their transaction."""
    answer = await client.get(url)
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            if sample.name == "openitems_events_total" and sample.labels.get("outcome") == "applied":
                return sample.value
    return 0.0
