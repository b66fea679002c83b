"""PostgreSQL out of the wheel: its own process, its own folder, passwords, durable."""

import os
import signal
import stat
from pathlib import Path

import asyncpg
import pytest

from deploy.embedded.postgres.server import Postgres
from deploy.embedded.processes.child import created_at
from tests.support.patience import start_again


async def fetch(postgres: Postgres, query: str) -> object:
    connection = await asyncpg.connect(postgres.url())
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_it_is_version_18_and_durable(tmp_path: Path) -> None:
    with Postgres(tmp_path) as postgres:
        assert str(await fetch(postgres, "SHOW server_version")).startswith("18.")
        assert await fetch(postgres, "SHOW fsync") == "on"
        assert await fetch(postgres, "SHOW synchronous_commit") == "on"


async def test_rows_outlive_a_kill_of_the_server(tmp_path: Path) -> None:
    with Postgres(tmp_path) as postgres:
        await fetch(postgres, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert postgres.child.pid is not None
        os.kill(postgres.child.pid, signal.SIGKILL)
        postgres.child.wait(60)

        await start_again(postgres)

        assert await fetch(postgres, "SELECT answer FROM kept") == 42


async def test_nobody_connects_without_the_password(tmp_path: Path) -> None:
    with Postgres(tmp_path) as postgres, pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(host="127.0.0.1", port=postgres.port, user="openitems_admin", password="guess")

    assert stat.S_IMODE((tmp_path / "passwords.json").stat().st_mode) == 0o600


async def test_it_starts_after_a_reboot_that_left_its_lock_with_a_process_id_now_in_use(tmp_path: Path) -> None:
    with Postgres(tmp_path) as postgres:
        lock = tmp_path / "cluster" / "data" / "postmaster.pid"
        left_behind = lock.read_text().splitlines()
    left_behind[0] = str(os.getpid())
    lock.write_text("\n".join(left_behind) + "\n")

    with postgres:
        assert await fetch(postgres, "SELECT 1") == 1


def test_a_cluster_half_made_when_its_maker_died_is_made_anew(tmp_path: Path) -> None:
    half_made = tmp_path / "cluster" / "data"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")

    with Postgres(tmp_path) as postgres:
        assert postgres.is_ready


def test_it_is_gone_after_stop(tmp_path: Path) -> None:
    with Postgres(tmp_path) as postgres:
        pid = postgres.child.pid

    assert pid is not None
    assert created_at(pid) is None
