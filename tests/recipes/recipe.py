"""A recipe of docs/recipes: its steps, what each changes, and what its check says when a step is left out."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.gates.tree import ROOT

SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
BLOCK = re.compile(r"(?P<said>[^\n]+)\n\n```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"^```sh\n(?P<text>(?:[^\n]+\n)+)```$", re.MULTILINE)
NEW = re.compile(r"A new file `(?P<path>[^`]+)`:")
AT_THE_END = re.compile(r"At the end of `(?P<path>[^`]+)`:")
AFTER = re.compile(r"In `(?P<path>[^`]+)`, after `(?P<line>[^`]+)`:")
TRANSLATE = re.compile(r"Translate every text of `(?P<path>[^`]+)`, with the locale `(?P<locale>[^`]+)`")
LEFT_OUT = re.compile(r"^Left out, the check says: `(?P<told>[^`]+)`$", re.MULTILINE)
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
UNTRANSLATED = ("locale", "date_pattern")
CHECK_SECONDS = 120
UNCACHED = ("-p", "no:cacheprovider")
READ_BY = {
    "contracts.generate": ("contracts/*.py",),
    "tests.contracts.promise": ("contracts/*.py",),
    "tests.gates.schema": ("*/**/migrations/*.sql", "*/*schema/*.sql"),
}
"""Generators that recipes ask to be run, and the files that decide on what they write."""
WRITTEN: dict[tuple[str, str], dict[Path, bytes]] = {}
"""What a generator wrote, by its name and the digest of what it read."""


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
            for line in text.splitlines():
                run(tree, shlex.split(line))
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
    """The steps in their order, and the commands that check them; the first has to notice what was left out."""

    steps: Sequence[Step]
    checks: Sequence[Sequence[str]]

    def follow(self, tree: Path, *, without: Step | None = None) -> None:
        """Do all steps, or all but one."""
        for step in self.steps:
            if step != without:
                step.follow(tree)

    def outcome(self, tree: Path) -> subprocess.CompletedProcess[str]:
        """Run the checks in a copy of the tree, up to the first that fails."""
        first, *rest = self.checks
        done = outcome_of(tree, [*first, *UNCACHED])
        for check in rest:
            if done.returncode == 0:
                done = outcome_of(tree, [*check, *UNCACHED])
        return done


def read_recipe(file: Path) -> Recipe:
    """Read a page; each of its numbered sections is a step."""
    parts = SECTION.split(file.read_text("utf-8"))
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    commands = COMMANDS.search(sections.pop("The check"))
    assert commands is not None, f"{file.name} has no check"
    steps = []
    for title, section in sections.items():
        told = LEFT_OUT.search(section)
        assert told is not None, f"{file.name}, {title}: what does the check say when it is left out?"
        steps.append(Step(title, section, told["told"]))
    return Recipe(steps, [line.split() for line in commands["text"].splitlines()])


def run(tree: Path, command: Sequence[str]) -> None:
    """Run a command of a step; whether it worked is what the check says.

    What a generator wrote is kept, since most of a recipe's trials ask for it once more.
    """
    generator = command[-1] if command[0] == "python" else ""
    if generator not in READ_BY:
        done = outcome_of(tree, command)
        assert done.returncode == 0, done.stderr
        return
    asked = (generator, digest(tree, READ_BY[generator]))
    if asked[1] == digest(ROOT, READ_BY[generator]):
        return
    if asked not in WRITTEN:
        began = time.time_ns()
        outcome_of(tree, command)
        changed = [path for path in tree.glob("[!.]*/**/*") if path.is_file() and path.stat().st_mtime_ns >= began]
        kept = [path for path in changed if path.suffix != ".pyc"]
        WRITTEN[asked] = {path.relative_to(tree): path.read_bytes() for path in kept}
    for name, content in WRITTEN[asked].items():
        (tree / name).write_bytes(content)


def outcome_of(tree: Path, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command in the copy, with the Python that we run in."""
    words = [sys.executable if word == "python" else word for word in command]
    return subprocess.run(words, cwd=tree, capture_output=True, text=True, check=False, timeout=CHECK_SECONDS)


def digest(tree: Path, patterns: Sequence[str]) -> str:
    """What stands in the files of a tree, as one name."""
    whole = sha256()
    for path in sorted(path for pattern in patterns for path in tree.glob(pattern)):
        whole.update(f"{path.relative_to(tree)}\0{sha256(path.read_bytes()).hexdigest()}\0".encode())
    return whole.hexdigest()


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
