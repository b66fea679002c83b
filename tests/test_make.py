"""Every target that `make help` names does what it says: those that .ci/run does not run are run here, by `make smoke`.

Each at its smallest size, in folders of its own.
"""

import json
import os
import re
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploy.embedded import stack
from deploy.embedded.folder.layout import DEFAULT_FOLDER, FOLDER_VARIABLE
from deploy.embedded.folder.status import StackState
from tests.bench.measured import BENCHES
from tests.brokers.jars import KafkaMissing, find_jars, find_java
from tests.contracts.compatibility import PROMISED

ROOT = Path(__file__).parents[1]
LIMIT_SECONDS = 900.0
STOP_SECONDS = 60.0
OF_THE_RUN = ("MAKE", "PYTEST_")
"""Variables of the run that we are part of, which are none of what it starts."""
FEW_EXAMPLES = {"OPENITEMS_TEST_EXAMPLES": "1"}


def surroundings(**more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OF_THE_RUN)}
    return inherited | more


def make(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make in the tree; it has to succeed."""
    done = subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=ROOT,
        env=surroundings(**environment),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"make {' '.join(words)}: {done.stdout[-3_000:]}{done.stderr[-3_000:]}"
    return done


def figures(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def test_every_target_is_named_by_help_and_run_in_ci() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert phony is not None
    by_ci = re.findall(r"^make --no-print-directory (\w+)$", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)
    here = re.findall(r'\bmake\((?:"--dry-run", )?"(\w+)"', Path(__file__).read_text("utf-8"))

    named = re.findall(r"^  make (\w+) ", make("help").stdout, re.MULTILINE)

    assert sorted(named) == sorted(phony[1].split())
    assert set(named) == {*by_ci, *here, "kafka"}


def test_the_demonstration_leaves_the_folder_of_up_alone() -> None:
    demo, up = make("--dry-run", "demo").stdout, make("--dry-run", "up").stdout

    assert f"--folder {DEFAULT_FOLDER}-demo" in demo
    assert "--folder" not in up


def test_integration_takes_what_needs_a_broker_and_what_needs_kafka_itself() -> None:
    assert '-m "(broker or kafka) and not smoke"' in make("--dry-run", "integration").stdout


@pytest.mark.smoke
def test_every_benchmark_runs(tmp_path: Path) -> None:
    make("bench", "SCALE=smoke", f"FIGURES={tmp_path}")

    found = figures(tmp_path / "results.json")

    assert {name: found[name] for name in BENCHES if not found.get(name) or isinstance(found[name], str)} == {}


@pytest.mark.smoke
def test_a_round_of_random_work_runs() -> None:
    done = make("soak", "MINUTES=0.001", **FEW_EXAMPLES)

    assert "\n1 rounds without a violation, SEED=" in done.stdout


@pytest.mark.smoke
def test_a_packages_tests_are_asked_what_they_notice() -> None:
    done = make("mutate", "PACKAGE=chassis/identity", "MUTANTS=0")

    assert "chassis/identity, seed 1: nothing to try" in done.stdout


@pytest.mark.smoke
def test_the_stack_is_loaded(tmp_path: Path) -> None:
    make("load", "RATE=20", "SECONDS=2", "SCALE=smoke", f"FIGURES={tmp_path}")

    found = figures(tmp_path / "load.json")

    assert found["failures"] == []
    assert found["violations"] == {}
    assert sum(row["answered"] for row in found["commands"] if row["command"] == "all") + found["put off"] == 40


@pytest.mark.smoke
def test_the_demonstration_is_told(tmp_path: Path) -> None:
    make("demo", f"DEMO_FOLDER={tmp_path / 'stack'}")

    found = figures(tmp_path / "stack" / "demo" / "summary.json")

    assert found["audit"]["violations"] == []
    assert stack.status(tmp_path / "stack").state is StackState.STOPPED


@pytest.mark.smoke
def test_the_stack_comes_up_empty_and_goes_down(tmp_path: Path) -> None:
    folder = tmp_path / "stack"

    make("up", **{FOLDER_VARIABLE: str(folder)})
    while_up = stack.status(folder)
    make("down", **{FOLDER_VARIABLE: str(folder)})

    assert while_up.state is StackState.READY
    assert not [path for path in (folder / "documents").rglob("*") if path.is_file()]
    assert stack.status(folder).state is StackState.STOPPED


@pytest.mark.smoke
@pytest.mark.kafka
def test_kafka_runs_in_the_foreground_until_it_is_interrupted() -> None:
    try:
        find_java()
        find_jars()
    except KafkaMissing as missing:
        pytest.skip(f"NOT TESTED on Apache Kafka: {missing}")
    words = ["make", "--no-print-directory", "kafka"]
    with subprocess.Popen(
        words, cwd=ROOT, env=surroundings(), stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as kafka:
        assert kafka.stdout is not None
        told = next((line for line in kafka.stdout if line.startswith("OPENITEMS_TEST_BROKER=")), "")
        host, _, port = told.strip().partition("=")[2].partition(":")
        with socket.socket() as probe:
            answered = probe.connect_ex((host, int(port)))
        os.killpg(kafka.pid, signal.SIGINT)
        try:
            kafka.wait(STOP_SECONDS)
        finally:
            if kafka.returncode is None:
                os.killpg(kafka.pid, signal.SIGKILL)
        with socket.socket() as probe:
            answered_later = probe.connect_ex((host, int(port)))

    assert answered == 0
    assert answered_later != 0


@pytest.mark.smoke
def test_schemas_are_generated_as_they_are_committed() -> None:
    generated = [*(ROOT / "contracts" / "schemas").rglob("*.json"), *ROOT.glob("services/*/schema.sql")]
    before = {path: path.read_bytes() for path in generated}

    make("schemas")

    assert [path for path in generated if path.read_bytes() != before[path]] == []


@pytest.mark.smoke
def test_the_contracts_are_promised_as_they_are_committed() -> None:
    before = {path: path.read_bytes() for path in PROMISED.glob("*.json")}

    make("promise")

    assert {path: path.read_bytes() for path in PROMISED.glob("*.json")} == before


@pytest.mark.smoke
def test_requirements_are_counted() -> None:
    assert make("requirements").stdout.strip()


@pytest.mark.smoke
def test_the_lock_would_be_resolved_anew() -> None:
    """Only what would be run: it asks the package index for whatever came out since."""
    assert "--output-file requirements.lock" in make("--dry-run", "lock").stdout
