"""The program as it starts: what it imports, lists and completes before a command is known."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner, Result

from console.app import COMMANDS, GROUPS
from console.exits import CommandFailed
from deploy.connecting import connect
from deploy.entry import EMBEDDED, openitems

SECONDS_MAX = 60
HEAVY = ("httpx", "pydantic", "rich.table", "babel", "joserfc", "yaml", "contracts", "services")
LOADED = """
import sys
from deploy.entry import main
try:
    main()
except SystemExit:
    print(*sys.modules, file=sys.stderr)
"""


def typed(*words: str) -> Result:
    return CliRunner().invoke(openitems(), words, prog_name="openitems")


def completed(line: str) -> list[str]:
    """What bash is offered at the end of a line."""
    words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    result = CliRunner().invoke(
        openitems(), env={"_OPENITEMS_COMPLETE": "complete_bash", **words}, prog_name="openitems"
    )
    return result.stdout.split()


def test_help_imports_no_command_and_nothing_that_only_commands_need() -> None:
    program = [sys.executable, "-c", LOADED, "--help"]
    told = subprocess.run(program, capture_output=True, check=True, text=True, timeout=SECONDS_MAX)

    assert "Write off what will never be received" in told.stdout
    assert {"typer", "console.app"} <= set(told.stderr.split())
    assert not set(HEAVY) & set(told.stderr.split())


@pytest.mark.parametrize("name", [*COMMANDS, *GROUPS, *EMBEDDED])
def test_the_line_that_stands_for_a_command_is_the_beginning_of_its_own_help(name: str) -> None:
    group = get_command(openitems())
    assert isinstance(group, TyperGroup)
    context = group.make_context("openitems", [name], resilient_parsing=True)

    _, loaded, rest = group.resolve_command(context, [name])

    assert loaded is not None
    assert loaded is not group.commands[name]
    assert loaded.get_short_help_str(1_000) == group.commands[name].get_short_help_str(1_000)
    assert rest == []


def test_a_command_takes_its_own_options_and_says_them() -> None:
    assert "--party-from" in typed("matching", "settle", "--help").stdout
    assert "Usage: openitems matching settle [OPTIONS]" in typed("matching", "settle", "--help").stdout
    assert "--folder" in typed("status", "--help").stdout


def test_an_unknown_command_is_wrong_usage_and_the_nearest_one_is_named() -> None:
    result = typed("machting")

    assert result.exit_code == 2
    assert "Did you mean 'matching'" in result.stderr


@pytest.mark.parametrize("language", ["fr", "nlx", "nl_NL.UTF-8", "english", ""])
def test_a_language_that_is_not_spoken_is_wrong_usage_and_those_that_are_get_named(language: str) -> None:
    asked, set_up = typed("--language", language, "status"), {"OPENITEMS_LANGUAGE": language or "fr"}

    assert asked.exit_code == 2
    assert "is none of the languages spoken here: nl, nl-BE, da, en." in " ".join(asked.stderr.split())
    assert CliRunner().invoke(openitems(), ["status"], env=set_up).exit_code == 2


@pytest.mark.parametrize("language", ["nl", "nl-BE", "nl-NL", "da-DK", "en"])
def test_the_languages_of_clerks_and_their_regions_are_taken(language: str) -> None:
    assert typed("--language", language, "status", "--help").exit_code == 0


def test_commands_their_commands_and_options_are_completed() -> None:
    assert completed("openitems re") == ["reminders"]
    assert completed("openitems matching sett") == ["settle", "settlement-information"]
    assert completed("openitems matching settle --party-f") == ["--party-from"]


def test_a_stack_whose_record_cannot_be_read_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENITEMS_TOKEN", raising=False)
    monkeypatch.setenv("OPENITEMS_FOLDER", str(tmp_path))
    (tmp_path / "stack.json").write_text(json.dumps({"children": 3}), "utf-8")

    with pytest.raises(CommandFailed, match="cannot be read; remove it and start the stack again"):
        connect("e.maes")


def test_where_there_is_no_stack_the_environment_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENITEMS_TOKEN", raising=False)
    monkeypatch.setenv("OPENITEMS_FOLDER", str(tmp_path))

    with pytest.raises(CommandFailed, match=r"The services are not known\. Set .*OPENITEMS_TOKEN"):
        connect("e.maes")
