"""The four services are one house: whoever knows one finds the same thing in the same place in the others."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.declared import SERVICES
from tests.gates.house import (
    CHECKS,
    SHAPE,
    Check,
    files_written_elsewhere,
    misshapen,
    more_than_the_table,
    queries_outside_of_stores,
    routes_outside_of_the_api,
    sql_in_the_domain,
    statements_outside_of_stores,
)
from tests.gates.tree import PACKAGES, ROOT, files, named, parsed, python_files

IMPORT_LINTER = Path(sys.executable).with_name("lint-imports")
SECONDS_MAX = 60


def entries(service: str) -> set[str]:
    """What stands at the top of a service's folder."""
    folder = ROOT / "services" / service
    return {path.relative_to(folder).parts[0] for path in files() if path.is_relative_to(folder)}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_everything_stands_where_it_belongs(check: Check) -> None:
    misplaced = [fault for path in python_files(*PACKAGES) for fault in check(named(path), parsed(path))]

    assert misplaced == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_services_have_one_shape(service: str) -> None:
    assert misshapen(service, entries(service)) == []


@pytest.mark.parametrize(
    ("check", "name", "source"),
    [
        (queries_outside_of_stores, "services/matching/api/runs.py", "load_queries(QUERIES).list_runs"),
        (queries_outside_of_stores, "services/matching/operations/runs.py", "queries.load_queries(QUERIES)"),
        (queries_outside_of_stores, "services/matching/api/runs.py", "from chassis.queries import load_queries as ask"),
        (queries_outside_of_stores, "services/matching/store/runs.py", "load_queries('services.writeoff')"),
        (queries_outside_of_stores, "read_model/items.py", "load_queries('services.writeoff')"),
        (queries_outside_of_stores, "console/app.py", "load_queries('console')"),
        (statements_outside_of_stores, "services/matching/api/runs.py", "await connection.fetch(text)"),
        (statements_outside_of_stores, "services/matching/consumers.py", "await connection.execute(text)"),
        (routes_outside_of_the_api, "services/matching/operations/runs.py", "router = APIRouter()"),
        (routes_outside_of_the_api, "services/matching/app.py", "@router.get('/runs')\ndef runs(): ..."),
        (routes_outside_of_the_api, "services/matching/app.py", "@app.get('/runs')\ndef runs(): ..."),
        (routes_outside_of_the_api, "read_model/items.py", "@router.post('/items')\nasync def post(): ..."),
        (more_than_the_table, "services/matching/consumers.py", "LIMIT = 5"),
        (more_than_the_table, "services/matching/consumers.py", "async def take(): ..."),
        (more_than_the_table, "services/matching/consumers.py", "def handlers():\n    x = {}\n    return x"),
        (sql_in_the_domain, "services/matching/domain/runs.py", "x = f'CASE {y} END'"),
        (sql_in_the_domain, "services/matching/domain/runs.py", "x = 'amount = $1'"),
        (sql_in_the_domain, "services/matching/domain/runs.py", "x = 'amount::bigint'"),
        (files_written_elsewhere, "services/matching/operations/runs.py", "import csv\ncsv.writer(file)"),
        (files_written_elsewhere, "console/runs.py", "import csv\ncsv.DictWriter(file, [])"),
        (files_written_elsewhere, "services/matching/api/runs.py", "from csv import reader, writer"),
        (files_written_elsewhere, "chassis/outbox.py", "import xlsxwriter"),
        (files_written_elsewhere, "services/matching/api/runs.py", "from xlsxwriter.workbook import Workbook"),
        (files_written_elsewhere, "services/matching/api/runs.py", "from openpyxl import Workbook"),
    ],
)
def test_what_is_misplaced_is_noticed(check: Check, name: str, source: str) -> None:
    assert list(check(name, ast.parse(source))) != []


@pytest.mark.parametrize(
    ("check", "name", "source"),
    [
        (queries_outside_of_stores, "services/matching/store/runs.py", "load_queries(QUERIES).list_runs"),
        (statements_outside_of_stores, "services/matching/store/runs.py", "connection.fetch(text)"),
        (routes_outside_of_the_api, "services/matching/api/runs.py", "router = APIRouter()"),
        (more_than_the_table, "services/matching/consumers.py", "'Text.'\ndef handlers():\n    return {'a': take_a}"),
        (sql_in_the_domain, "services/matching/domain/runs.py", "'Ordered as ORDER BY would.'\nx = 'a: b'"),
        (files_written_elsewhere, "chassis/http/files.py", "import csv\ncsv.writer(file)"),
        (files_written_elsewhere, "console/mapping.py", "import csv\ncsv.DictReader(file)"),
    ],
)
def test_what_stands_in_its_place_is_let_be(check: Check, name: str, source: str) -> None:
    assert list(check(name, ast.parse(source))) == []


def test_a_missing_and_a_foreign_part_of_a_service_are_noticed() -> None:
    found = misshapen("matching", (SHAPE - {"store"}) | {"overview_files.py", "letters", "settings.py"})

    assert found == [
        "services/matching has no store",
        "services/matching/letters is found in no other service",
        "services/matching/overview_files.py is found in no other service",
    ]


def import_contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of a tree, by our contracts."""
    command: list[str | Path] = [IMPORT_LINTER, "--no-logo", "--no-cache", "--config", ROOT / "pyproject.toml"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True, timeout=SECONDS_MAX)


@pytest.mark.parametrize(
    ("name", "line", "contract"),
    [
        ("services/matching/domain/booking.py", "from services.matching.store import items", "import downwards"),
        ("services/selection/store/sets.py", "import services.selection.operations.sets", "import downwards"),
        ("services/writeoff/operations/runs.py", "from services.writeoff.api import runs", "import downwards"),
        ("services/writeoff/tables.py", "ROWS = 5", "import downwards"),
        ("services/reminders/letters/page.py", "from services.reminders.store import lists", "the parts of reminders"),
        ("services/matching/domain/booking.py", "import httpx", "does no I/O"),
        ("chassis/errors.py", "def late():\n    import chassis.database", "in a circle"),
        ("chassis/errors.py", "import read_model.items", "imports point down"),
        ("console/words.py", "import read_model.items", "the console has no data"),
        ("services/matching/domain/booking.py", "import services.writeoff.domain.rules", "never import one another"),
    ],
)
def test_an_import_that_points_the_wrong_way_is_noticed(tmp_path: Path, name: str, line: str, contract: str) -> None:
    for path in python_files(*PACKAGES):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    with (tmp_path / name).open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")

    run = import_contracts(tmp_path)

    assert run.returncode == 1
    assert any(contract in kept and "BROKEN" in kept for kept in verdicts(run.stdout)), run.stdout


def verdicts(printed: str) -> list[str]:
    """The contracts' names, each with KEPT or BROKEN, however the lines were wrapped."""
    together = " ".join(printed.rpartition("dependencies.")[2].split())
    return re.findall(r".+?(?:KEPT|BROKEN)", together)
