"""The selection service without a broker: events go in as dispatched, and what it publishes is in its outbox."""

from collections.abc import AsyncIterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.received import Outcome, Received, Record
from chassis.consuming.sweeper import Sweeper
from chassis.database import Database, open_database
from chassis.http import OperatorPorts, Readiness, ServiceApi, create_app
from chassis.jobs import JobWorker
from chassis.service import assemble
from contracts.envelope import Envelope, write_headers
from contracts.event import Event
from contracts.topics import TOPICS
from services.selection.app import SERVICE
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.services.selection.library import ADMINISTRATION, NOW

OFFSETS = count(1)
WITHIN = f"/v1/administrations/{ADMINISTRATION}"
MAX_CHUNKS = 1_000


def received(event: Event) -> Received[Any]:
    """An event as it comes from the broker, as strict as there."""
    body = event.model_dump_json(exclude_none=True).encode()
    envelope = Envelope(str(next(OFFSETS)), "library", NOW)
    headers = write_headers(type(event), envelope)
    record = Record(event.topic, 0, int(envelope.event_id), event.key.encode(), body, headers)
    return Received(type(event).model_validate_json(body), envelope, record)


class Selection:
    """The service under test."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.dispatcher = Dispatcher(database, SERVICE.handlers, "selection")
        self.sweeper = Sweeper(self.dispatcher, wait_limit_seconds=86_400)
        self.worker = JobWorker(database, SERVICE.jobs)

    async def take(self, *events: Event) -> Outcome:
        """Apply events in one batch."""
        return await self.dispatcher.apply([received(event) for event in events])

    async def sweep(self) -> None:
        """Try again all that waits."""
        async with self.database.transaction() as connection:
            await connection.execute("UPDATE waiting_event SET next_attempt_at = clock_timestamp()")
        await self.sweeper.sweep(NOW)

    async def work(self) -> int:
        """Do all chunks of all runs; how many there were."""
        for chunks in range(MAX_CHUNKS):
            if not await self.worker.advance_one():
                return chunks
        raise AssertionError("the runs never end")

    async def published(self, topic: str) -> list[Any]:
        """What the service has published on a topic, in order."""
        rows = await self.rows("SELECT body FROM outbox WHERE topic = $1 ORDER BY id", topic)
        return [TOPICS[topic].model_validate_json(row["body"]) for row in rows]

    async def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """What the database holds."""
        async with self.database.transaction() as connection:
            return [dict(row) for row in await connection.fetch(query, *arguments)]


@pytest.fixture
async def selection(database: FreshDatabase) -> AsyncIterator[Selection]:
    """The service on an empty database."""
    opened = await open_database(database.settings("selection"))
    try:
        yield Selection(opened)
    finally:
        await opened.close()


class Desk:
    """The service's API as an employee calls it."""

    def __init__(self, client: AsyncClient, issuer: Issuer) -> None:
        self.client = client
        self.issuer = issuer
        self.keys = count(1)

    async def get(self, path: str, *, roles: Sequence[str] = (), **parameters: Any) -> Response:
        """Read below the administration."""
        return await self.client.get(f"{WITHIN}/{path}", params=parameters, headers=self._headers("e.maes", roles))

    async def read(self, path: str, **parameters: Any) -> Any:
        """Read what must be readable."""
        answer = await self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def send(
        self, path: str, body: Any = None, *, employee: str = "e.maes", roles: Sequence[str] = (), method: str = "POST"
    ) -> Response:
        """Carry out a command below the administration."""
        headers = self._headers(employee, roles) | {"idempotency-key": f"key-{next(self.keys)}"}
        return await self.client.request(method, f"{WITHIN}/{path}", json=body or {}, headers=headers)

    async def do(self, path: str, body: Any = None, **options: Any) -> Any:
        """Carry out a command that must succeed."""
        answer = await self.send(path, body, **options)
        assert answer.is_success, answer.text
        return answer.json()

    async def fixed(self, criteria: Any, name: str = "Old debts", **options: Any) -> Any:
        """Select, and save as a fixed set."""
        made = await self.do("sets", {"criteria": criteria, **options})
        return await self.do(f"sets/{made['set_id']}/fix", {"name": name})

    async def reported(self, criteria: Any, name: str = "Old debts") -> Any:
        """A fixed set whose control report was exported."""
        made = await self.fixed(criteria, name)
        exported = await self.get(f"sets/{made['set_id']}/export", format="csv-nl-BE")
        assert exported.status_code == 200, exported.text
        return made

    async def approved(self, made: Any) -> Any:
        """The write-off of a reported set, confirmed twice."""
        batch = await self.do(f"sets/{made['set_id']}/write-offs")
        await self.do(f"write-offs/{batch['batch_id']}/confirmation", confirmation(batch))
        return batch

    def _headers(self, employee: str, roles: Sequence[str] = ()) -> dict[str, str]:
        return self.issuer.bearer(sub=employee, administrations=[ADMINISTRATION], roles=list(roles or ("clerk",)))


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    """Whoever signs the employees' tokens."""
    return Issuer(tmp_path / "jwks.json")


@pytest.fixture
def app(selection: Selection, database: FreshDatabase, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The application of the service under test; no broker is asked."""
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    runtime = assemble(SERVICE, database.settings("selection"), selection.database)

    async def no_lag() -> dict[str, int]:
        return {}

    return create_app(
        ServiceApi(title=SERVICE.title, version="1", routers=[SERVICE.api(runtime)]),
        verifier=issuer.verifier(),
        readiness=Readiness(),
        ports=OperatorPorts(
            service="selection",
            database=selection.database,
            lag=no_lag,
            retry_dead=selection.dispatcher.retry_dead,
            wait_limit_seconds=86_400,
        ),
    )


@pytest.fixture
async def desk(app: FastAPI, issuer: Issuer) -> AsyncIterator[Desk]:
    """The API of the service under test."""
    async with AsyncClient(transport=ASGITransport(app), base_url="http://selection") as client:
        yield Desk(client, issuer)


def confirmation(batch: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What the second confirmation names of a write-off."""
    return {"items": batch["items"], "totals": batch["totals"], "fingerprint": batch["fingerprint"], **changes}


def refusal(answer: Response) -> str:
    """The code of a refused request, which says what to do instead and where."""
    assert 400 <= answer.status_code < 500, answer.text
    problem = answer.json()
    assert problem["detail"]
    return str(problem["code"])
