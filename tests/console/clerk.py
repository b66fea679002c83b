"""A clerk who types commands of `openitems matching`, and some of those above it."""

import asyncio
import json
from typing import Any

import typer
from typer.testing import CliRunner

from console.caller import SERVICES, Caller, Target
from console.events import configure
from console.importing import app as imports
from console.matching import app as commands
from console.session import open_session
from tests.services.matching.library import ADMINISTRATION, EMPLOYEE
from tests.support.desk import Desk

ABOVE = {"import", "configure"}


class Clerk:
    """Types commands while the service's runs go on."""

    def __init__(self, url: str, desk: Desk) -> None:
        self.url = url
        self.desk = desk
        self.issuer = desk.issuer
        self.caller = self._caller(EMPLOYEE, "en")
        self.app = typer.Typer()
        self.app.add_typer(commands, name="matching")
        self.app.add_typer(imports, name="import")
        self.app.command("configure")(configure)
        self.told = ""
        """What the last command said on standard error."""

    def become(self, employee: str, role: str = "clerk") -> None:
        """Somebody else sits down."""
        self.leave()
        self.caller = self._caller(employee, "en", role)

    def speak(self, language: str) -> None:
        """From now on in this language."""
        self.leave()
        self.caller = self._caller(self.caller.employee, language)

    def leave(self) -> None:
        """Hang up."""
        for client in open_session(self.caller)._clients.values():
            client.close()

    def _caller(self, employee: str, language: str, role: str = "clerk") -> Caller:
        token = self.issuer.token(sub=employee, administrations=[ADMINISTRATION], roles=[role])
        target = Target(dict.fromkeys(SERVICES, self.url), token)
        return Caller(lambda _employee: target, employee, ADMINISTRATION, language)

    async def __call__(self, *words: object) -> Any:
        """What the command printed, with --json."""
        return json.loads(await self.reads(*words, "--json"))

    async def reads(self, *words: object) -> str:
        """What the command wrote to standard output; raises CommandFailed as the command does."""
        typed = [*(() if words[0] in ABOVE else ("matching",)), *map(str, words)]
        result = await asyncio.to_thread(CliRunner().invoke, self.app, typed, obj=self.caller)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        self.told = " ".join(result.stderr.split())
        return result.stdout
