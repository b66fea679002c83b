"""The program as a person runs it: another process, its output, its exit code."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


Started = Callable[[list[str], dict[str, str], int], subprocess.CompletedProcess[str]]
"""Runs the program with these arguments, in this environment, for so many seconds at most."""


def started_anew(
    arguments: list[str], environment: dict[str, str], limit_seconds: int
) -> subprocess.CompletedProcess[str]:
    """Run it as a shell does."""
    return subprocess.run(
        [sys.executable, "-m", "deploy.entry", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=limit_seconds,
        check=False,
    )


@dataclass(frozen=True, slots=True)
class Openitems:
    """`openitems` on the stack of one folder, in one administration."""

    folder: Path
    administration: str | None = None
    employee: str = "e.maes"
    started: Started = started_anew

    def __call__(self, *arguments: str | Path, code: int = 0) -> Answer:
        """Run a command; it has to end with this exit code."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OPENITEMS_")},
            "OPENITEMS_FOLDER": str(self.folder),
            "OPENITEMS_EMPLOYEE": self.employee,
            "PYTHONPATH": str(ROOT),
        }
        if self.administration:
            environment["OPENITEMS_ADMINISTRATION"] = self.administration
        done = self.started(list(map(str, arguments)), environment, LIMIT_SECONDS)
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return Answer(done.returncode, done.stdout, done.stderr)


Demonstration = tuple[Openitems, dict[str, Any]]
"""The program in the demonstration's books, and the summary that the demonstration told."""
