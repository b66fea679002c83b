"""Processes of the program that need not import it first: children of one that has.

    with Forks() as forks:
        done = forks.run(["audit", "--json"], environment={}, limit_seconds=60)

Every command is a process of its own with its arguments, environment, output and exit code; only what the program
imports, most of a short command's time, is there already.
"""

import json
import os
import pkgutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import console
from deploy import entry
from tests.support.terminal import terminal

ROOT = Path(__file__).parents[2]


class Forks:
    """The process that has imported the program, as whoever wants a command run sees it."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.support.forks"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._process.communicate()

    def run(
        self, arguments: list[str], environment: Mapping[str, str], limit_seconds: int
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the current folder, as `subprocess.run` does; after the limit it is killed by SIGALRM."""
        with TemporaryDirectory() as folder:
            out, errors = Path(folder) / "out", Path(folder) / "errors"
            code = self._run(arguments, environment, [str(out), str(errors)], limit_seconds)
            return subprocess.CompletedProcess(arguments, code, out.read_text("utf-8"), errors.read_text("utf-8"))

    def run_on_terminal(
        self, arguments: list[str], environment: Mapping[str, str], limit_seconds: int, *, columns: int
    ) -> subprocess.CompletedProcess[str]:
        """The same, with a terminal of so many columns as standard output."""
        seen = {name: value for name, value in environment.items() if name != "COLUMNS"} | {"TERM": "xterm"}
        with TemporaryDirectory() as folder, terminal(columns) as out:
            errors = Path(folder) / "errors"
            code = self._run(arguments, seen, [out.name, str(errors)], limit_seconds)
            return subprocess.CompletedProcess(arguments, code, out.text(), errors.read_text("utf-8"))

    def _run(self, arguments: list[str], environment: Mapping[str, str], files: list[str], limit_seconds: int) -> int:
        assert self._process.stdin
        assert self._process.stdout
        wanted = {
            "arguments": ["openitems", *arguments],
            "environment": dict(environment),
            "folder": str(Path.cwd()),
            "files": files,
            "limit_seconds": limit_seconds,
        }
        self._process.stdin.write(f"{json.dumps(wanted)}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def main() -> None:
    """Import the program, then start a child for every line that comes."""
    for module in pkgutil.walk_packages(console.__path__, "console."):
        import_module(module.name)
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            _become(json.loads(line))
            entry.main()
            return
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(wanted: Mapping[str, Any]) -> None:
    """Be the process that was asked for: nothing of its parent's is read or written any more."""
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    for number, file in enumerate(wanted["files"], start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOCTTY, 0o600), number)
    sys.argv = wanted["arguments"]
    signal.alarm(wanted["limit_seconds"])


if __name__ == "__main__":
    main()
