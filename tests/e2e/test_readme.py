"""The README's commands run as they are printed, on the demonstration's books."""

import re
import shlex
from pathlib import Path
from string import Template
from typing import Any

import pytest

from tests.e2e.program import ROOT, Answer, Demonstration

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = {"set_id": "SET", "batch_id": "BATCH", "run_id": "RUN", "match_id": "MATCH"}
SAID = {"fingerprint": "FINGERPRINT", "items": "ITEMS"}


def blocks() -> list[list[str]]:
    text = (ROOT / "README.md").read_text("utf-8")
    return [[line[2:] for line in block.splitlines() if line.startswith("$ ")] for block in BLOCK.findall(text)]


def told(answer: Answer, known: dict[str, str]) -> dict[str, str]:
    """What a command printed, under the names by which the next one calls it."""
    said: Any = answer.json
    if not isinstance(said, dict):
        return known
    found = {name: str(said[field]) for field, name in (NAMED | SAID).items() if isinstance(said.get(field), str | int)}
    if "batch_id" in said and "totals" in said:
        found["TOTALS"] = " ".join(f"--total {total['currency']}:{total['amount']}" for total in said["totals"])
    return known | found


@pytest.mark.slow
@pytest.mark.requirement("S0.7", "S0.9", "S0.11", "S0.12", "S3.12", "S3.13")
@pytest.mark.parametrize("commands", blocks(), ids=lambda commands: " ".join(commands[0].split()[:3]))
def test_the_commands_of_the_readme_work_as_printed(
    demonstration: Demonstration,
    commands: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    known: dict[str, str] = {}
    for command in commands:
        words = shlex.split(Template(command).substitute(known))
        assert words[0] == "openitems"
        arguments = [str(ROOT / word) if word.startswith("deploy/") else word for word in words[1:]]
        known = told(demonstration[0](*arguments, "--json"), known)
