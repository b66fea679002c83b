"""Migrations can be applied while the previous version still runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.gates.tree import ROOT, migrations, named

SQUAWK = Path(sys.executable).with_name("squawk")


def squawk(path: Path) -> str:
    command: list[str | Path] = [SQUAWK, "--config", ROOT / ".squawk.toml", "--reporter", "gcc", path]
    return subprocess.run(command, capture_output=True, check=False, cwd=ROOT, text=True).stdout


@pytest.mark.parametrize("path", migrations(), ids=named)
def test_every_migration_is_safe(path: Path) -> None:
    assert squawk(path) == ""


def test_an_unsafe_migration_is_noticed(tmp_path: Path) -> None:
    unsafe = tmp_path / "0002_unsafe.sql"
    unsafe.write_text("ALTER TABLE item ADD COLUMN colour text NOT NULL;\n", encoding="utf-8")

    assert "adding-required-field" in squawk(unsafe)


def test_the_files_of_a_folder_are_numbered_without_a_gap() -> None:
    numbers: dict[Path, list[int]] = {}
    for path in migrations():
        numbers.setdefault(path.parent, []).append(int(path.name[:4]))

    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in numbers.values())
