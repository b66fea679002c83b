"""Services for tests of deliveries: the session is short, so that a member that died is missed soon."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.settings import ServiceName
from tests.brokers.choice import TestBroker
from tests.databases import FreshDatabase
from tests.integration.stack import Running, running_together

SESSION_TIMEOUT_MS = "3000"


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENITEMS_KAFKA_SESSION_TIMEOUT_MS", SESSION_TIMEOUT_MS)
    monkeypatch.setenv("OPENITEMS_DOCUMENT_STORE", str(tmp_path / "documents"))


@pytest.fixture
async def services(database: FreshDatabase, broker: TestBroker) -> AsyncIterator[dict[ServiceName, Running]]:
    """All four services, running."""
    assert broker.bootstrap, "the services find it in the environment"
    names: tuple[ServiceName, ...] = ("selection", "matching", "reminders", "writeoff")
    async with running_together(database, names) as services:
        yield services
