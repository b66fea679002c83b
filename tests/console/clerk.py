"""A clerk who types commands of `openitems matching`."""

import asyncio
import json
from typing import Any

import typer
from typer.testing import CliRunner

from console.matching import app as commands
from console.session import SERVICES, Opener, Target
from tests.services.matching.desk import Desk
from tests.services.matching.library import ADMINISTRATION, EMPLOYEE


class Clerk:
    """Types commands while the service's runs go on."""

    def __init__(self, url: str, desk: Desk) -> None:
        token = desk.issuer.token(sub=EMPLOYEE, administrations=[ADMINISTRATION], roles=["clerk"])
        target = Target(dict.fromkeys(SERVICES, url), token)
        self.opener = Opener(lambda _employee: target, EMPLOYEE, ADMINISTRATION, "en")
        self.app = typer.Typer()
        self.app.add_typer(commands, name="matching")
        self.told = ""
        """What the last command said on standard error."""

    async def __call__(self, *words: object) -> Any:
        """What the command printed, with --json."""
        return json.loads(await self.reads(*words, "--json"))

    async def reads(self, *words: object) -> str:
        """What the command wrote to standard output; raises CommandFailed as the command does."""
        typed = ["matching", *map(str, words)]
        result = await asyncio.to_thread(CliRunner().invoke, self.app, typed, obj=self.opener)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        self.told = " ".join(result.stderr.split())
        return result.stdout
