"""One operating-system process that the stack owns: how it is started, watched and ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")
KILL_WAIT_SECONDS = 10.0
"""How long a killed process may take to disappear; longer means the kernel holds it in I/O."""
LAUNCH_CHECK_SECONDS = 30.0
"""How long a program may take to print its version, on a machine that is busy."""


@dataclass(frozen=True)
class Command:
    """How a process is started.

    `directory` is opened for the process at descriptor `die_with_parent.DIRECTORY_FD`; `user` is the account it runs
    under, ours if None. `death_signal` reaches it when the process that started it dies.
    """

    arguments: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    user: str | None = None
    directory: Path | None = None

    def bound_to_us(self) -> list[str]:
        """Return the argument list that runs this command bound to the life of the calling process."""
        bound = [sys.executable, "-I", "-S", str(DIE_WITH_PARENT), "--parent", str(os.getpid())]
        bound += ["--death-signal", str(int(self.death_signal))]
        if self.user is not None:
            bound += ["--user", self.user]
        if self.directory is not None:
            bound += ["--directory", str(self.directory)]
        return [*bound, "--", *self.arguments]


class Child:
    """A process started from a command.

    Start it from a thread that lives as long as the child shall: Linux ends the child with that thread.
    """

    def __init__(self, command: Command) -> None:
        self.command = command
        self._process: subprocess.Popen[bytes] | None = None
        self.created_at = 0.0

    def launch(self) -> None:
        """Start the process; its output goes to the end of the command's log."""
        assert not self.is_running, "a child is started once at a time"
        self.command.log.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.command.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the command is ours
                self.command.bound_to_us(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.command.environment),
                cwd="/",
            )
        self.created_at = created_at(self._process.pid) or 0.0

    @property
    def pid(self) -> int | None:
        """The process id while it runs, else None."""
        return self._process.pid if self._process is not None and self.is_running else None

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended: its exit code, minus the signal that ended it, or None if it runs or never ran."""
        return None if self._process is None else self._process.poll()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self._process is not None:
            self._process.send_signal(number)

    def ask_to_stop(self) -> None:
        """Send the signal on which it ends in good order."""
        self.signal(self.command.stop_signal)

    def wait(self, limit_seconds: float) -> int:
        """Wait until it ends by itself and return its exit code; past the limit it is killed."""
        assert self._process is not None, "only what was started can end"
        try:
            return self._process.wait(limit_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait(KILL_WAIT_SECONDS)

    def stop(self, grace_seconds: float) -> None:
        """End it: in good order within the grace, else by force."""
        if self._process is None or not self.is_running:
            return
        self.ask_to_stop()
        self.wait(grace_seconds)


def is_program(pid: int, name: str, folder: Path) -> bool:
    """Whether a live process of that id runs the program of that name in that folder; so if that may not be known."""
    try:
        process = psutil.Process(pid)
        return process.name() == name and folder.samefile(process.cwd())
    except psutil.AccessDenied:
        return True
    except (psutil.NoSuchProcess, FileNotFoundError):
        return False


def created_at(pid: int) -> float | None:
    """When a process began, in seconds since the epoch; with its id it names a process for good. None if it is gone."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None
