"""A stack of small real services: it starts, says where it is, stops, and leaves nothing behind."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.embedded import stack
from deploy.embedded.errors import StackError
from deploy.embedded.folder.ownership import StackFolder
from deploy.embedded.folder.status import StackState, StackStatus
from deploy.embedded.supervisor.leftovers import living
from tests.deploy.embedded.fake_stack import NAMES, fake_plan, published_events

EVERYTHING = ("postgres", "broker", *NAMES)


def tree(now: StackStatus) -> list[psutil.Process]:
    """The supervisor and everything below it, PostgreSQL's own children too."""
    assert now.supervisor is not None
    supervisor = psutil.Process(now.supervisor.pid)
    return [supervisor, *supervisor.children(recursive=True)]


def ports(now: StackStatus) -> dict[str, int | None]:
    return {child.name: child.port for child in now.children}


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that have not ended; one that only waits to be buried has."""
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One folder for these tests, as making a cluster takes a while; its stack may run or not."""
    folder = tmp_path_factory.mktemp("stacks") / "stack"
    yield folder
    stack.stop(folder)


@pytest.fixture
def stopped(folder: Path) -> Path:
    """The same folder, where nothing runs."""
    stack.stop(folder)
    return folder


def test_a_started_stack_is_ready_and_a_stopped_one_leaves_nothing_running(stopped: Path) -> None:
    told: list[str] = []

    started = stack.start(stopped, fake_plan(), progress=told.append)
    processes = tree(started)
    after = stack.stop(stopped)

    assert started.state is StackState.READY
    assert [child.name for child in started.children] == list(EVERYTHING)
    assert f"two is ready on port {started.child('two').port}" in told
    assert len(processes) > len(EVERYTHING)
    assert not alive(processes)
    assert after.state is StackState.STOPPED
    assert not after.processes()


def test_it_listens_on_this_machine_only(folder: Path) -> None:
    started = stack.start(folder, fake_plan())

    addresses = {
        connection.laddr.ip
        for process in tree(started)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert addresses == {"127.0.0.1"}


def test_its_ports_are_the_same_after_a_restart(folder: Path) -> None:
    before = stack.start(folder, fake_plan())
    stack.stop(folder)

    after = stack.start(folder, fake_plan())

    assert ports(after) == ports(before)


def test_outboxes_are_not_published_again_when_every_event_had_been_applied(stopped: Path) -> None:
    stack.start(stopped, fake_plan())
    stack.stop(stopped)

    stack.start(stopped, fake_plan())

    assert published_events(stopped) >= len(NAMES)
    assert not (stopped / "drained").exists()


def test_a_port_taken_meanwhile_is_replaced(folder: Path) -> None:
    before = stack.start(folder, fake_plan())
    stack.stop(folder)

    with socket.create_server(("127.0.0.1", before.child("one").port or 0)):
        after = stack.start(folder, fake_plan())

    assert after.child("one").port != before.child("one").port
    assert after.child("two").port == before.child("two").port


def test_two_run_side_by_side(tmp_path: Path) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    try:
        first, second = (stack.start(folder, fake_plan()) for folder in folders)

        assert not set(ports(first).values()) & set(ports(second).values())
        assert stack.stop(folders[0]).state is StackState.STOPPED
        assert stack.status(folders[1]).state is StackState.READY
    finally:
        for folder in folders:
            stack.stop(folder)


def test_starting_what_runs_already_changes_nothing(folder: Path) -> None:
    first = stack.start(folder, fake_plan())

    second = stack.start(folder, fake_plan())

    assert second.processes() == first.processes()


def test_two_supervisors_cannot_own_one_folder(folder: Path) -> None:
    stack.start(folder, fake_plan())

    with pytest.raises(StackError, match="another supervisor"), StackFolder(folder).owned():
        pass


def test_its_secrets_are_for_their_owner_only(folder: Path) -> None:
    stack.start(folder, fake_plan())

    assert folder.stat().st_mode & 0o077 == 0
    for secret in (folder / "token-key.json", folder / "postgres" / "passwords.json"):
        assert secret.stat().st_mode & 0o077 == 0
    passwords = json.loads((folder / "postgres" / "passwords.json").read_text()).values()
    told = [path.read_text() for path in (folder / "stack.json", *folder.glob("log/*"))]
    assert not [password for password in passwords for text in told if password in text]


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")

    with pytest.raises(StackError, match="not a stack's"):
        stack.start(tmp_path, fake_plan())

    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_migration_that_fails_fails_the_start_names_its_log_and_leaves_nothing_running(stopped: Path) -> None:
    plan = fake_plan()
    failing = plan.services[0].model_copy(
        update={"migrate": (sys.executable, "-c", "raise SystemExit('no such table')")}
    )

    with pytest.raises(StackError, match=r"one migrate failed with exit code 1; see .*one\.log"):
        stack.start(stopped, plan.model_copy(update={"services": (failing,)}))

    assert "no such table" in (stopped / "log" / "one.log").read_text()
    assert stack.status(stopped).state is StackState.STOPPED


def test_a_service_that_never_gets_ready_fails_the_start_and_is_named(stopped: Path) -> None:
    plan = fake_plan()
    deaf = plan.services[1].model_copy(update={"run": (sys.executable, "-c", "import time; time.sleep(600)")})

    with pytest.raises(StackError, match=r"not ready after 5 s: .*two \(running; see .*two\.log\)"):
        stack.start(stopped, plan.model_copy(update={"services": (plan.services[0], deaf)}), limit_seconds=5)

    assert stack.status(stopped).state is StackState.STOPPED


def test_a_service_that_ignores_the_request_to_stop_is_killed(stopped: Path) -> None:
    plan = fake_plan()
    stubborn = plan.services[0].model_copy(update={"run": (*plan.services[0].run, "stubborn")})
    started = stack.start(stopped, plan.model_copy(update={"services": (stubborn,)}))

    begun = time.monotonic()
    stack.stop(stopped, limit_seconds=3)

    assert time.monotonic() - begun < 60
    assert not living(started.processes())


def test_the_command_line_tells_the_state_by_its_exit_code(stopped: Path) -> None:
    status = [sys.executable, "-m", "deploy.embedded", "status", "--json", "--folder", str(stopped)]

    not_running = subprocess.run(status, capture_output=True, check=False)
    stack.start(stopped, fake_plan())
    running = subprocess.run(status, capture_output=True, check=False)
    down = subprocess.run([*status[:3], "down", *status[4:]], capture_output=True, check=False)

    assert not_running.returncode == 1
    assert running.returncode == 0
    assert json.loads(running.stdout)["state"] == "ready"
    assert down.returncode == 0
    assert json.loads(down.stdout)["state"] == "stopped"
