"""A recipe of docs/recipes: its steps, what each changes, and what its check says when a step is left out."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
BLOCK = re.compile(r"(?P<said>[^\n]+)\n\n```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^```sh\n(?P<text>[^\n]+)\n```$", re.MULTILINE)
NEW = re.compile(r"A new file `(?P<path>[^`]+)`:")
AT_THE_END = re.compile(r"At the end of `(?P<path>[^`]+)`:")
AFTER = re.compile(r"In `(?P<path>[^`]+)`, after `(?P<line>[^`]+)`:")
TRANSLATE = re.compile(r"Translate every text of `(?P<path>[^`]+)`, with the locale `(?P<locale>[^`]+)`")
LEFT_OUT = re.compile(r"^Left out, the check says: `(?P<told>[^`]+)`$", re.MULTILINE)
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
UNTRANSLATED = ("locale", "date_pattern")
CHECK_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Step:
    """A section of a recipe; `told` is what the check says of a tree in which only this was not done."""

    title: str
    section: str
    told: str

    def follow(self, tree: Path) -> None:
        """Do what the section says to a copy of the tree."""
        for block in BLOCK.finditer(self.section):
            self._change(tree, block["said"], block["text"])
        for wanted in TRANSLATE.finditer(self.section):
            translate(tree / wanted["path"], wanted["locale"])

    def _change(self, tree: Path, said: str, text: str) -> None:
        if said == "Run:":
            subprocess.run(shlex.split(text), check=True, cwd=tree)
        elif new := NEW.fullmatch(said):
            assert not (tree / new["path"]).exists(), f"{new['path']} is there already"
            (tree / new["path"]).write_text(text, "utf-8")
        elif end := AT_THE_END.fullmatch(said):
            file = tree / end["path"]
            file.write_text(file.read_text("utf-8") + text, "utf-8")
        elif after := AFTER.fullmatch(said):
            insert(tree / after["path"], after["line"], text)
        else:
            raise AssertionError(f"{self.title}: {said!r} does not say where the block goes")


@dataclass(frozen=True, slots=True)
class Recipe:
    """The steps in their order, and the words of the command that checks them."""

    steps: Sequence[Step]
    check: Sequence[str]

    def follow(self, tree: Path, *, without: Step | None = None) -> None:
        """Do all steps, or all but one."""
        for step in self.steps:
            if step != without:
                step.follow(tree)

    def outcome(self, tree: Path) -> subprocess.CompletedProcess[str]:
        """Run the check in a copy of the tree."""
        assert self.check[0] == "python"
        command = [sys.executable, *self.check[1:], "-p", "no:cacheprovider"]
        return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=CHECK_SECONDS)


def read_recipe(file: Path) -> Recipe:
    """Read a page; each of its numbered sections is a step."""
    parts = SECTION.split(file.read_text("utf-8"))
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    command = COMMAND.search(sections.pop("The check"))
    assert command is not None, f"{file.name} has no check"
    steps = []
    for title, section in sections.items():
        told = LEFT_OUT.search(section)
        assert told is not None, f"{file.name}, {title}: what does the check say when it is left out?"
        steps.append(Step(title, section, told["told"]))
    return Recipe(steps, command["text"].split())


def insert(file: Path, line: str, text: str) -> None:
    """Put lines after the one line that reads so."""
    lines = file.read_text("utf-8").splitlines(keepends=True)
    places = [number for number, found in enumerate(lines, 1) if found.rstrip("\n") == line]
    assert len(places) == 1, f"{file.name} has {len(places)} lines {line!r}"
    lines[places[0] : places[0]] = [text]
    file.write_text("".join(lines), "utf-8")


def translate(file: Path, locale: str) -> None:
    """Stand in for a translator: each text is marked as another's; who left out the file has nothing to translate."""
    if not file.exists():
        return
    marked = []
    for line in file.read_text("utf-8").splitlines(keepends=True):
        if line.startswith("locale"):
            marked.append(f'locale = "{locale}"\n')
        elif line.startswith((*UNTRANSLATED, "#", "[")):
            marked.append(line)
        else:
            marked.append(QUOTED.sub(rf'"{locale}: \1"', line))
    file.write_text("".join(marked), "utf-8")
    assert tomllib.loads(file.read_text("utf-8"))["locale"] == locale
