"""roles.sql, run by psql as the database's image runs it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from chassis.migrations import migrate
from chassis.settings import Settings
from deploy.embedded.postgres.account import server_programs, unprivileged_account
from deploy.embedded.postgres.databases import OWNER, service_role
from deploy.embedded.postgres.server import Postgres
from tests.declared import SERVICES

ROLES = Path(__file__).resolve().parents[3] / "deploy" / "compose" / "roles.sql"


def run(sql: str, url: str, environment: dict[str, str]) -> None:
    psql = server_programs(unprivileged_account()) / "psql"
    command: list[str | Path] = [psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", url]
    subprocess.run(command, check=True, env=os.environ | environment, input=sql, text=True)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    """A server of its own: roles belong to a whole server."""
    with Postgres(tmp_path) as started:
        names = {f"OPENITEMS_{name.upper()}_PASSWORD": service_role(name) for name in SERVICES}
        names["OPENITEMS_OWNER_PASSWORD"] = OWNER
        passwords = {variable: started.credentials.password(role) for variable, role in names.items()}
        run("CREATE DATABASE openitems", started.url(), {})
        run(ROLES.read_text(encoding="utf-8"), started.url(database="openitems"), passwords)
        yield started


def migration(server: Postgres) -> Settings:
    return Settings(
        service="matching",
        database_url=SecretStr(server.url(service_role("matching"), "openitems")),
        migration_database_url=SecretStr(server.url(OWNER, "openitems")),
    )


async def test_the_owner_can_migrate_and_a_service_can_only_use_what_is_its_own(server: Postgres) -> None:
    await migrate(migration(server), ())
    own = await asyncpg.connect(server.url(service_role("matching"), "openitems"))
    other = await asyncpg.connect(server.url(service_role("writeoff"), "openitems"))

    try:
        assert await own.fetchval("SELECT count(*) FROM matching.outbox") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await own.execute("CREATE TABLE matching.another (id bigint)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await other.fetchval("SELECT count(*) FROM matching.outbox")
    finally:
        await own.close()
        await other.close()
