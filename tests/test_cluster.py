"""The server of a run: made and migrated once per state of the migrations, then copied."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import pytest

from chassis.service import Service
from chassis.settings import ServiceName
from tests import cluster
from tests.cluster import migrated_server
from tests.databases import TEMPLATE
from tests.declared import SERVICES


def schemas(folder: Path, cache: Path) -> set[str]:
    """The services' schemas in the migrated database of a server in this new folder."""

    async def look(url: str) -> set[str]:
        connection = await asyncpg.connect(url)
        try:
            return {row["nspname"] for row in await connection.fetch("SELECT nspname FROM pg_namespace")}
        finally:
            await connection.close()

    folder.mkdir()
    with migrated_server(folder, cache) as server:
        return asyncio.run(look(server.url(database=TEMPLATE))) & set(SERVICES)


def none_declared() -> Mapping[ServiceName, Service]:
    return {}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


def test_what_was_migrated_before_is_copied(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = schemas(tmp_path / "first", cache)
    monkeypatch.setattr(cluster, "declared_services", none_declared)

    copied = schemas(tmp_path / "second", cache)

    assert copied == made == set(SERVICES)


def test_other_migrations_are_applied_anew_and_replace_what_was_kept(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cache / "earlier").mkdir()
    monkeypatch.setattr(cluster, "_digest", lambda: "later")

    schemas(tmp_path / "server", cache)

    assert [kept.name for kept in cache.iterdir()] == ["later"]


def test_a_server_that_lacks_a_service_is_not_kept(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "declared_services", none_declared)

    found = schemas(tmp_path / "server", cache)

    assert found == set()
    assert list(cache.iterdir()) == []
