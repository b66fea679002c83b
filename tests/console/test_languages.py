"""Who asks for Dutch or Danish reads it: what the services refuse, and what the console itself does."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from console.app import build_app, run
from console.caller import SERVICES, Target, connect_by_environment
from console.exits import FAILED, USAGE, CommandFailed

NOBODY = dict.fromkeys(SERVICES, "http://127.0.0.1:9")


def nowhere(_employee: str) -> Target:
    """Services that nobody has to ask: the command ends before."""
    return Target(NOBODY, "no token")


def failure_of(app: typer.Typer, *words: str) -> Any:
    """What a command line ends with."""
    return CliRunner().invoke(app, words).exception


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "Name the administration: --administration, or OPENITEMS_ADMINISTRATION."),
        ("nl", "Noem de administratie: --administration, of OPENITEMS_ADMINISTRATION."),
        ("nl-BE", "Noem de administratie: --administration, of OPENITEMS_ADMINISTRATION."),
        ("da", "Angiv regnskabet: --administration, eller OPENITEMS_ADMINISTRATION."),
        ("da-DK", "Angiv regnskabet: --administration, eller OPENITEMS_ADMINISTRATION."),
    ],
)
def test_the_consoles_own_refusal_is_in_the_callers_language(
    language: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENITEMS_ADMINISTRATION", raising=False)

    failure = failure_of(build_app(nowhere), "--language", language, "selection", "list")

    assert isinstance(failure, CommandFailed)
    assert failure.message == message
    assert failure.code == USAGE


def test_a_value_with_braces_is_said_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "{file} {0}.json"
    file.write_text("[")

    failure = failure_of(
        build_app(nowhere), "-a", "lib", "--language", "nl", "selection", "count", "--criteria-file", str(file)
    )

    assert failure.message.startswith(f"{file} is niet als JSON te lezen: ")


def test_wrong_usage_is_told_in_the_callers_language() -> None:
    words = ("-a", "lib", "--language", "da", "writeoff", "lines", "--where", "journal")

    answer = CliRunner().invoke(build_app(nowhere), words)

    assert answer.exit_code == USAGE
    assert "'journal' er ikke NAVN=VÆRDI" in " ".join(answer.output.split())


def test_json_keeps_the_code_and_says_the_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for service in SERVICES:
        monkeypatch.delenv(f"OPENITEMS_URL_{service.upper()}", raising=False)
    monkeypatch.delenv("OPENITEMS_TOKEN", raising=False)
    monkeypatch.setattr("sys.argv", ["openitems", "-a", "lib", "--language", "nl", "selection", "list", "--json"])

    with pytest.raises(SystemExit) as ended:
        run(build_app(connect_by_environment))

    printed = capsys.readouterr()
    assert ended.value.code == FAILED
    assert json.loads(printed.out)["exit"] == FAILED
    assert json.loads(printed.out)["error"].startswith("De diensten zijn niet bekend. Vul OPENITEMS_URL_SELECTION, ")
    assert printed.err.startswith("De diensten zijn niet bekend.")


def test_a_command_of_a_group_fails_in_the_callers_language() -> None:
    failure = failure_of(
        build_app(nowhere), "--language", "nl", "-a", "lib", "dead-letters", "list", "--service", "ledger"
    )

    assert failure.message.startswith("Er is geen dienst ledger: gebruik een van selection, ")
