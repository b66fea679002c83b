"""The schemas in the tree are those that the contracts generate: their diff is the review of a changed contract."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.gates.tree import ROOT, files, named

SECONDS_MAX = 120


def regenerated(folder: Path) -> dict[str, bytes]:
    """What the generator writes, by path from the root; it runs in a copy of what it belongs to."""
    for name in ("contracts", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.json", "*.yaml", "__pycache__"))
    (folder / "contracts" / "schemas").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "contracts.generate"]
    subprocess.run(command, check=True, cwd=folder, env={"PYTHONPATH": str(folder)}, timeout=SECONDS_MAX)
    written = [path for path in folder.rglob("*") if path.suffix in {".json", ".yaml"}]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in written}


def test_generating_the_schemas_again_changes_nothing(tmp_path: Path) -> None:
    committed = {
        named(path): path.read_bytes()
        for path in files()
        if path.suffix in {".json", ".yaml"} and path.relative_to(ROOT).parts[0] in {"contracts", "docs"}
    }

    generated = regenerated(tmp_path)

    assert generated.keys() == committed.keys(), "make schemas"
    assert [name for name in committed if generated[name] != committed[name]] == [], "make schemas"
