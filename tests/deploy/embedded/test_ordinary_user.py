"""The stack runs for an ordinary user just as for root."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
COMMAND = Path(__file__).with_name("fake_stack.py")
USER = "nobody"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the ordinary user owns, where it can reach it."""
    folder = Path(tempfile.mkdtemp(prefix="openitems-"))
    account = pwd.getpwnam(USER)
    os.chown(folder, account.pw_uid, account.pw_gid)
    yield folder
    shutil.rmtree(folder)


def as_user(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join([str(ROOT), sysconfig.get_paths()["purelib"]]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    account = pwd.getpwnam(USER)
    return subprocess.run(
        arguments,
        capture_output=True,
        check=False,
        cwd="/",
        env=environment,
        extra_groups=[],
        group=account.pw_gid,
        text=True,
        user=account.pw_uid,
    )


def python_for_user() -> str:
    """An interpreter of our version that the user may run and that finds our packages; skips if there is none."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, shutil.which(version, path="/usr/local/bin:/usr/bin")):
        try:
            if candidate and as_user(candidate, "-c", "import deploy.embedded.stack").returncode == 0:
                return candidate
        except PermissionError:
            continue
    pytest.skip(f"no {version} that {USER} may run")


@pytest.mark.skipif(os.geteuid() != 0, reason="not run by root, so the other tests show it")
def test_an_ordinary_user_starts_and_stops_it(open_folder: Path) -> None:
    python = python_for_user()

    up = as_user(python, str(COMMAND), "up", str(open_folder / "stack"))
    owners = {path.stat().st_uid for path in open_folder.rglob("*")}
    down = as_user(python, str(COMMAND), "down", str(open_folder / "stack"))

    assert up.returncode == 0, up.stderr
    assert json.loads(up.stdout)["state"] == "ready"
    assert owners == {pwd.getpwnam(USER).pw_uid}
    assert json.loads(down.stdout)["state"] == "stopped"
