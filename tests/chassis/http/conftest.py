"""A service with routes of every kind, on a real web server and a real database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from starlette.types import ASGIApp

from chassis.consuming.handling import Record
from chassis.database import Connection, Database, open_database
from chassis.errors import Poison
from chassis.http import HttpLimits, OperatorPorts, Readiness, ServiceApi, create_app
from chassis.migrations import migrate
from deploy.embedded.postgres.databases import prepare_database
from deploy.embedded.postgres.server import Postgres
from tests.chassis.http.small_service import SmallService, small_router
from tests.chassis.issuer import Issuer
from tests.chassis.serving import serving
from tests.databases import FreshDatabase, owner_settings
from tests.support.desk import client_at

DATABASE_NAME = "chassis_http"
LIMITS = HttpLimits(
    body_bytes=1000,
    header_bytes=4096,
    answer_seconds=1.0,
    send_seconds=2.0,
    head_seconds=0.5,
    concurrent_requests=20,
    requests_per_second=0.1,
    requests_at_once=200,
)
EMPTIED = ("idempotency", "job", "dead_letter", "waiting_event", "outbox")


@dataclass
class Consumer:
    """What the service's consumer would tell and do: as the test sets it."""

    lag: dict[str, int] = field(default_factory=dict)
    lag_of_others: dict[str, int] = field(default_factory=dict)
    poison: Poison | None = None
    retried: list[Record] = field(default_factory=list)

    async def read_lag(self) -> dict[str, int]:
        return self.lag

    async def read_group_lag(self) -> dict[str, int]:
        return self.lag | self.lag_of_others

    async def retry_dead(self, _connection: Connection, record: Record) -> Poison | None:
        self.retried.append(record)
        return self.poison


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_database(postgres: Postgres) -> FreshDatabase:
    await prepare_database(postgres, ["matching"], DATABASE_NAME)
    await migrate(owner_settings(postgres, "matching", DATABASE_NAME), ())
    return FreshDatabase(postgres, DATABASE_NAME)


@pytest.fixture
async def owner(migrated_database: FreshDatabase) -> AsyncIterator[Database]:
    """The database as its owner, with everything emptied, for what a test prepares or looks at."""
    settings = owner_settings(migrated_database.postgres, "matching", DATABASE_NAME)
    assert settings.migration_database_url is not None
    opened = await open_database(settings.model_copy(update={"database_url": settings.migration_database_url}))
    await opened.pool.execute(f"TRUNCATE {', '.join(EMPTIED)} RESTART IDENTITY")
    yield opened
    await opened.close()


@pytest.fixture
async def service_database(migrated_database: FreshDatabase, owner: Database) -> AsyncIterator[Database]:
    """The same under the service's own role, which may only do what it was granted."""
    assert owner.pool.get_size(), "its owner has emptied it"
    opened = await open_database(migrated_database.settings("matching"))
    yield opened
    await opened.close()


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path / "jwks.json")


@pytest.fixture
def consumer() -> Consumer:
    return Consumer()


@pytest.fixture
def readiness() -> Readiness:
    return Readiness()


@pytest.fixture
def service(service_database: Database) -> SmallService:
    return SmallService(service_database)


@pytest.fixture
def app(service: SmallService, issuer: Issuer, consumer: Consumer, readiness: Readiness) -> ASGIApp:
    ports = OperatorPorts(
        service="matching",
        database=service.database,
        lag=consumer.read_lag,
        group_lag=consumer.read_group_lag,
        retry_dead=consumer.retry_dead,
        wait_limit_seconds=3600,
    )
    api = ServiceApi(title="The desk", version="1", routers=[small_router(service)], limits=LIMITS)
    return create_app(api, verifier=issuer.verifier(), readiness=readiness, ports=ports)


@pytest.fixture
async def url(app: ASGIApp) -> AsyncIterator[str]:
    async with serving(app, LIMITS) as address:
        yield address


@pytest.fixture
async def anonymous(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with client_at(url) as client:
        yield client


@pytest.fixture
async def clerk(url: str, issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    async with client_at(url, issuer.bearer()) as client:
        yield client


@pytest.fixture
async def operator(url: str, issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    headers = issuer.bearer(sub="o.hansen", roles=["operator"], administrations=["*"])
    async with client_at(url, headers) as client:
        yield client
