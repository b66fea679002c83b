"""What holds for every command, found by walking the whole tree of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from console.caller import SERVICES
from deploy.entry import openitems


def commands_below(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that it is typed by."""
    for name, command in group.commands.items():
        found = command.load() if hasattr(command, "load") else command
        if hasattr(found, "commands"):
            yield from commands_below(found, (*words, name))
        else:
            yield (*words, name), found


EVERY = dict(commands_below(get_command(openitems())))


def test_every_command_is_found() -> None:
    groups = {words[0] for words in EVERY}

    assert groups >= {*SERVICES, "publish", "configure", "audit", "token", "demo", "import", "items", "party"}
    assert len(EVERY) > 80


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_takes_json(words: tuple[str, ...]) -> None:
    options = {option for parameter in EVERY[words].params for option in parameter.opts}

    assert "--json" in options


def test_help_says_where_the_services_are_found() -> None:
    told = " ".join(CliRunner().invoke(openitems(), ["--help"]).output.split())

    named = {"OPENITEMS_TOKEN", "OPENITEMS_FOLDER", *(f"OPENITEMS_URL_{service.upper()}" for service in SERVICES)}
    assert {name for name in named if name not in told} == set()
