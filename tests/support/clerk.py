"""Somebody who types commands of `openitems`, in this process, against services that run."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from typer.testing import CliRunner

from console.app import build_app
from console.caller import SERVICES, Target
from tests.chassis.issuer import Issuer

ABOVE = {"configure", "import"}
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

    async def reads(self, *words: object) -> str:
        """What the command wrote to standard output; raises CommandFailed or BadParameter as the command does."""
        place = [] if words[0] in ABOVE else [self.group]
        given = ["--as", self.employee, "--administration", self.administration, "--language", self.language]
        typed = [*given, *place, *map(str, words)]
        result = await asyncio.to_thread(CliRunner().invoke, build_app(self._connect), typed, standalone_mode=False)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        self.told = " ".join(result.stderr.split())
        return result.stdout

    def _connect(self, employee: str) -> Target:
        token = self.issuer.token(sub=employee, administrations=[self.administration], roles=list(self.roles))
        return Target(self.urls, token)


def everywhere(url: str) -> dict[str, str]:
    """One address for all services: the one service that a test runs."""
    return dict.fromkeys(SERVICES, url)
