"""Somebody who types commands of `openitems`: in this process, or as a person does, each in a process of its own.

`Clerk` types against services that the test itself runs, and gets what a command raises. `Openitems` types against the
stack of a folder, and gets what a command printed and how it ended.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from typer.testing import CliRunner

from console.app import build_app
from console.caller import SERVICES, Target
from tests.chassis.issuer import Issuer

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 300
ABOVE = {"configure", "import", "publish"}
"""Commands that stand above every group."""


@dataclass
class Clerk:
    """Types commands of one group in one administration, as an employee with roles who reads a language."""

    issuer: Issuer
    urls: Mapping[str, str]
    administration: str
    group: str
    employee: str = "e.maes"
    roles: tuple[str, ...] = ("clerk",)
    language: str = "en"
    told: str = field(default="", init=False)
    """What the last command said on standard error, on one line."""

    def as_employee(self, employee: str, *roles: str) -> Self:
        """Somebody else, with the same roles or others."""
        return replace(self, employee=employee, roles=roles or self.roles)

    def in_language(self, language: str) -> Self:
        """Somebody who reads this language."""
        return replace(self, language=language)

    async def __call__(self, *words: object) -> Any:
        """What the command printed, with --json."""
        return json.loads(await self.reads(*words, "--json"))

    async def confirmed(self, *words: object, more: tuple[str, ...] = ()) -> Any:
        """What the command does, confirmed by the fingerprint that it printed; `more` is for the second time only."""
        shown = await self(*words)
        return await self(*words, "--confirm", shown["fingerprint"], *more)

    async def reads(self, *words: object) -> str:
        """What the command wrote to standard output; raises CommandFailed or BadParameter as the command does."""
        place = [] if words[0] in ABOVE else [self.group]
        given = ["--as", self.employee, "--administration", self.administration, "--language", self.language]
        typed = [*given, *place, *map(str, words)]
        result = await asyncio.to_thread(CliRunner().invoke, build_app(self._connect), typed, standalone_mode=False)
        self.told = " ".join(result.stderr.split())
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    def _connect(self, employee: str) -> Target:
        token = self.issuer.token(sub=employee, administrations=[self.administration], roles=list(self.roles))
        return Target(self.urls, token)


def everywhere(url: str) -> dict[str, str]:
    """One address for all services: the one service that a test runs."""
    return dict.fromkeys(SERVICES, url)


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

    def confirmed(self, *arguments: str | Path) -> Answer:
        """Run a command that shows first what it does, and confirm it."""
        shown = self(*arguments, "--json").json
        return self(*arguments, "--json", "--confirm", shown["fingerprint"])


Demonstration = tuple[Openitems, dict[str, Any]]
"""The program in the demonstration's books, and the summary that the demonstration told."""
