"""The stack's smaller parts, each by itself."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from chassis.errors import Unauthenticated
from chassis.identity import Role, SigningKeys, TokenVerifier, Trust, jwks_from_file
from deploy.embedded.broker.server import PACKAGE, broker_program
from deploy.embedded.errors import StackError
from deploy.embedded.folder.logs import LOGS_KEPT, log_tail, rotate_log
from deploy.embedded.folder.status import ProcessIdentity
from deploy.embedded.postgres.account import INSTALLATION, copy_server, server_programs, unprivileged_account
from deploy.embedded.processes.child import Child, Command
from deploy.embedded.processes.ports import PortBook
from deploy.embedded.supervisor.leftovers import end_leftovers, living
from deploy.embedded.supervisor.supervised import PAUSE_FIRST_SECONDS, PAUSE_MAX_SECONDS, Backoff
from deploy.embedded.tokens import AUDIENCE, ISSUER, LIFETIME, ensure_keys, issue_token


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Child]:
    child = Child(Command(("sleep", "60"), tmp_path / "sleep.log", {"PATH": os.defpath}))
    child.launch()
    yield child
    child.stop(5)


def identity(child: Child, *, born_later_seconds: float = 0.0) -> ProcessIdentity:
    assert child.pid is not None
    return ProcessIdentity(pid=child.pid, created_at=child.created_at + born_later_seconds)


async def test_services_accept_the_tokens_of_their_stack(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    keys = SigningKeys(jwks_from_file(tmp_path / "jwks.json"))

    token = issue_token(tmp_path, "anna", {"1"}, {Role.CLERK}, datetime.now(UTC))
    actor = await TokenVerifier(keys, Trust(ISSUER, AUDIENCE)).verify(token)

    assert actor.employee == "anna"
    assert actor.administrations == {"1"}
    assert actor.roles == {Role.CLERK}


async def test_a_role_is_issued_for_one_administration(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    keys = SigningKeys(jwks_from_file(tmp_path / "jwks.json"))

    token = issue_token(tmp_path, "anna", {"1", "2"}, ["clerk", "2:approver"], datetime.now(UTC))
    actor = await TokenVerifier(keys, Trust(ISSUER, AUDIENCE)).verify(token)

    assert set(actor.within("1").roles) == {Role.CLERK}
    assert set(actor.within("2").roles) == {Role.CLERK, Role.APPROVER}


async def test_services_refuse_a_token_after_its_lifetime_and_one_of_another_stack(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    ensure_keys(mine)
    ensure_keys(other)
    verifier = TokenVerifier(SigningKeys(jwks_from_file(mine / "jwks.json")), Trust(ISSUER, AUDIENCE))

    past = datetime.now(UTC) - LIFETIME - timedelta(minutes=1)

    with pytest.raises(Unauthenticated, match="expired"):
        await verifier.verify(issue_token(mine, "anna", {"1"}, {Role.CLERK}, past))
    with pytest.raises(Unauthenticated):
        await verifier.verify(issue_token(other, "anna", {"1"}, {Role.CLERK}, datetime.now(UTC)))


def test_the_keys_of_a_stack_stay_the_same_and_only_the_public_one_is_told(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    before = (tmp_path / "jwks.json").read_text()

    ensure_keys(tmp_path)

    assert (tmp_path / "jwks.json").read_text() == before
    assert '"d"' in (tmp_path / "token-key.json").read_text()
    assert '"d"' not in before


def test_no_token_is_issued_where_no_stack_was_started(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="start it first"):
        issue_token(tmp_path, "anna", {"1"}, {Role.CLERK}, datetime.now(UTC))


def test_a_port_is_kept_while_it_is_free(tmp_path: Path) -> None:
    port = PortBook(tmp_path / "ports.json").port("matching")

    assert PortBook(tmp_path / "ports.json").port("matching") == port
    with socket.create_server(("127.0.0.1", port)):
        assert PortBook(tmp_path / "ports.json").port("matching") != port


def test_no_two_names_get_the_same_port(tmp_path: Path) -> None:
    book = PortBook(tmp_path / "ports.json")

    ports = [book.port(str(number)) for number in range(50)]

    assert len(set(ports)) == 50


def test_a_log_is_put_aside_past_its_limit_and_not_at_it(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    with log.open("ab") as writer:
        writer.write(b"12345")
        writer.flush()
        rotate_log(log, limit_bytes=5)
        at_limit = log.read_bytes()
        for number in range(LOGS_KEPT + 2):
            writer.write(b"%d 6789" % number)
            writer.flush()
            rotate_log(log, limit_bytes=5)
        writer.write(b"last")

    assert at_limit == b"12345"
    assert log.read_bytes() == b"last"
    assert (tmp_path / "x.log.1").read_bytes() == b"%d 6789" % (LOGS_KEPT + 1)
    assert len(list(tmp_path.iterdir())) == LOGS_KEPT + 1


def test_the_end_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text("".join(f"line {number}\n" for number in range(1000)))

    assert log_tail(tmp_path / "x.log", 2) == "line 998\nline 999"
    assert log_tail(tmp_path / "none.log") == ""


def test_pauses_double_up_to_a_limit() -> None:
    backoff = Backoff()
    pauses = []
    for _ in range(12):
        backoff.note_failure(now=0.0)
        pauses.append(backoff.not_before)

    assert pauses[:3] == [PAUSE_FIRST_SECONDS, 2 * PAUSE_FIRST_SECONDS, 4 * PAUSE_FIRST_SECONDS]
    assert pauses[-1] == PAUSE_MAX_SECONDS
    assert not backoff.is_due(PAUSE_MAX_SECONDS - 0.1)
    assert backoff.is_due(PAUSE_MAX_SECONDS)
    backoff.forget()
    assert backoff.is_due(0.0)


def test_what_a_supervisor_left_behind_is_ended(sleeper: Child) -> None:
    left = [identity(sleeper)]

    assert end_leftovers(left) == 1
    assert not living(left)


def test_a_stranger_with_a_recorded_process_id_is_left_alone(sleeper: Child) -> None:
    assert end_leftovers([identity(sleeper, born_later_seconds=-60.0)]) == 0
    assert sleeper.is_running


def test_a_child_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from deploy.embedded.processes.child import Child, Command\n"
        "child = Child(Command(('sleep', '60'), Path(sys.argv[1]), dict(os.environ))); child.launch()\n"
        "print(child.pid, flush=True); os.kill(os.getpid(), 9)"
    )

    starter = subprocess.run([sys.executable, "-c", code, str(tmp_path / "log")], capture_output=True, check=False)

    process = int(starter.stdout)
    _, left = psutil.wait_procs([psutil.Process(process)] if psutil.pid_exists(process) else [], timeout=60)
    assert starter.returncode == -9
    assert not left


def test_the_wheels_carry_their_programs() -> None:
    assert os.access(server_programs(unprivileged_account()) / "initdb", os.X_OK)
    assert os.access(broker_program(), os.X_OK), f"{PACKAGE} lost its program's mode"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has the server run under another account")
def test_an_environment_closed_to_the_servers_account_is_copied_once() -> None:
    account = unprivileged_account()
    assert account is not None
    site_packages = server_programs(None).parents[2]
    folder = Path(tempfile.mkdtemp(prefix="openitems-"))
    folder.chmod(0o755)
    try:
        copy_server(site_packages, folder / "copy")
        copy_server(site_packages, folder / "copy")
        program = folder / "copy" / INSTALLATION / "bin" / "postgres"
        version = subprocess.run([program, "--version"], capture_output=True, check=True, user=account.uid, text=True)
    finally:
        shutil.rmtree(folder)

    assert version.stdout.startswith("postgres (PostgreSQL) 18.")
