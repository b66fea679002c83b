"""The wheel, which the image installs, holds all that the packages need at run time."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.gates.tree import PACKAGES, ROOT, files, named


def test_it_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    build = [uv, "build", "--quiet", "--offline", "--wheel", "--no-build-isolation", "--python", sys.executable]
    subprocess.run([*build, "--out-dir", tmp_path, ROOT], check=True)
    (wheel,) = tmp_path.glob("*.whl")

    held = set(zipfile.ZipFile(wheel).namelist())

    assert {named(path) for path in files() if path.relative_to(ROOT).parts[0] in PACKAGES} <= held
