"""A service as a command: what it answers to what is wrong, and how little a migration takes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chassis.command import EXIT_FAILED, EXIT_USAGE
from deploy.embedded.postgres.databases import prepare_database
from deploy.embedded.postgres.server import Postgres
from tests.databases import owner_settings
from tests.declared import SERVICES

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 120
DATABASE_NAME = "chassis_command"
WATCHED_MIGRATION = """
import runpy, sys

sys.argv = ["service", "migrate"]
runpy.run_module("services.matching", run_name="__main__")
print(sorted({"fastapi", "faststream", "httpx", "structlog"} & set(sys.modules)))
"""


def started(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("OPENITEMS_")}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=own | environment, capture_output=True, check=False, text=True, timeout=LIMIT_SECONDS
    )


@pytest.mark.parametrize("name", SERVICES)
def test_an_unknown_command_is_refused_with_those_that_there_are(name: str) -> None:
    done = started("-m", f"services.{name}", "upgrade")

    assert done.returncode == EXIT_USAGE
    assert done.stderr == f"usage: python -m services.{name} [serve|migrate|replay]\n"


def test_a_migration_without_the_owners_address_says_what_is_missing() -> None:
    done = started("-m", "services.matching", "migrate", OPENITEMS_DATABASE_URL="postgresql://127.0.0.1:9/nothing")

    assert done.returncode == EXIT_FAILED
    assert "The owner's database address is missing." in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_migration_imports_neither_the_web_nor_the_broker(postgres: Postgres) -> None:
    await prepare_database(postgres, ["matching"], DATABASE_NAME)
    settings = owner_settings(postgres, "matching", DATABASE_NAME)
    assert settings.migration_database_url

    done = started(
        "-c",
        WATCHED_MIGRATION,
        OPENITEMS_DATABASE_URL=settings.database_url.get_secret_value(),
        OPENITEMS_MIGRATION_DATABASE_URL=settings.migration_database_url.get_secret_value(),
    )

    assert done.returncode == 0, done.stderr
    *applied, imported = done.stdout.splitlines()
    assert "applied services.matching.migrations/0001_ledger.sql" in applied
    assert imported == "[]"
