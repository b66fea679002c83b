"""Migrations can be applied while the previous version still runs."""

import re
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path

import pytest

from chassis.migrations import CHASSIS_SCHEMA, Migration, find_migrations, recorded_as
from chassis.settings import ServiceName
from tests.declared import SERVICES, declared_services
from tests.gates.tree import MIGRATION, ROOT, files

SQUAWK = Path(sys.executable).with_name("squawk")
RELEASED: frozenset[str] = frozenset()
"""The migrations that some installation has applied: tables that they made are in use, all others are new."""

FINDING = re.compile(r"^[^:]*:(?P<line>\d+):\d+: (?P<text>.*)$", re.MULTILINE)


def squawk(migrations: Iterable[Migration]) -> list[str]:
    """What is wrong with migrations that are applied one after the other to tables in use."""
    linted = [migration for migration in migrations if migration.name not in RELEASED]
    texts = [f"{migration.sql}\n" for migration in linted]
    starts = list(accumulate((text.count("\n") for text in texts), initial=0))
    command: list[str | Path] = [SQUAWK, "--config", ROOT / ".squawk.toml", "--reporter", "gcc"]
    run = subprocess.run(command, capture_output=True, check=False, cwd=ROOT, input="".join(texts), text=True)
    assert bool(run.returncode) == bool(FINDING.search(run.stdout)), run.stderr
    found = []
    for match in FINDING.finditer(run.stdout):
        index = bisect_right(starts, int(match["line"])) - 1
        found.append(f"{linted[index].name}:{int(match['line']) - starts[index] + 1}: {match['text']}")
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_a_services_migrations_are_safe(name: ServiceName) -> None:
    migrations = find_migrations((CHASSIS_SCHEMA, *declared_services()[name].migrations))

    assert squawk(migrations) == []


def test_every_migration_belongs_to_a_service() -> None:
    applied = {
        migration.name
        for service in declared_services().values()
        for migration in find_migrations((CHASSIS_SCHEMA, *service.migrations))
    }

    written = [path.relative_to(ROOT) for path in files() if MIGRATION.match(path.name)]

    assert {f"{recorded_as('.'.join(path.parent.parts))}/{path.name}" for path in written} == applied


def test_an_unsafe_migration_is_noticed_where_it_is() -> None:
    made = Migration("a/0001.sql", "CREATE TABLE item (\n    id bigint PRIMARY KEY\n);\n")
    unsafe = Migration("a/0002.sql", "-- Why.\nALTER TABLE other ADD COLUMN colour text NOT NULL;\n")

    (found,) = squawk([made, unsafe])

    assert found.startswith("a/0002.sql:2: warning: adding-required-field")


def test_the_files_of_a_folder_are_numbered_without_a_gap() -> None:
    numbers: dict[Path, list[int]] = {}
    for path in files():
        if MIGRATION.match(path.name):
            numbers.setdefault(path.parent, []).append(int(path.name[:4]))

    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in numbers.values())
