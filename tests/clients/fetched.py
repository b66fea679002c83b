"""The official SDKs of CloudEvents as clients: fetched into the user's cache once, by each language's own tool."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.locking import locked

HERE = Path(__file__).parent
FETCH_LIMIT_SECONDS = 600.0
RUN_LIMIT_SECONDS = 120.0
TOLD_CHARACTERS = 600


class ClientMissing(Exception):
    """A client cannot run here; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Client:
    """A folder with sources in one language: how what they need is fetched into a copy of it, and how they are run."""

    language: str
    tools: tuple[str, ...]
    fetch: tuple[str, ...]
    run: tuple[str, ...]

    def folder(self) -> Path:
        """The copy with all that it needs, fetched if it is not there; raises ClientMissing where it cannot be had."""
        for tool in self.tools:
            if shutil.which(tool) is None:
                raise ClientMissing(f"there is no {tool} on the PATH")
        sources = sorted(path for path in (HERE / self.language).iterdir() if path.is_file())
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "openitems"
        folder = cache / f"client-{self.language}-{digest}"
        if not folder.exists():
            cache.mkdir(parents=True, exist_ok=True)
            with locked(cache):
                if not folder.exists():
                    self._fetch(folder)
        return folder

    def _fetch(self, folder: Path) -> None:
        """Fetch into a folder beside it, then rename: a broken fetch leaves nothing that looks whole."""
        with tempfile.TemporaryDirectory(dir=folder.parent) as fresh:
            copy = Path(fresh) / "client"
            shutil.copytree(HERE / self.language, copy, ignore=shutil.ignore_patterns("node_modules"))
            fetching = subprocess.run(
                self.fetch, cwd=copy, capture_output=True, text=True, check=False, timeout=FETCH_LIMIT_SECONDS
            )
            if fetching.returncode != 0:
                raise ClientMissing(f"{self.fetch[0]}: {(fetching.stdout + fetching.stderr)[-TOLD_CHARACTERS:]}")
            copy.rename(folder)

    def runs(self, environment: Mapping[str, str]) -> str:
        """What is wrong with a run in this environment; empty where it ended well."""
        return _told(self.run, self.folder(), environment)


def _told(command: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> str:
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_LIMIT_SECONDS,
    )
    return "" if ended.returncode == 0 else (ended.stdout + ended.stderr)[-TOLD_CHARACTERS:]


JARS = ("mvn", "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=jars")
JAVA = Client("java", ("java", "mvn"), JARS, ("java", "-cp", "jars/*", "Send.java"))
GO = Client("go", ("go",), ("go", "build", "-o", "send", "."), ("./send",))
JS = Client(
    "js", ("node", "npm"), ("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"), ("node", "send.mjs")
)


def parsed_by_node(document: Path) -> str:
    """What the official parser of AsyncAPI finds wrong with a document; empty where all is well."""
    command = ("node", "parse.mjs", str(document))
    ended = subprocess.run(
        command, cwd=JS.folder(), capture_output=True, text=True, check=False, timeout=RUN_LIMIT_SECONDS
    )
    return ended.stdout + ended.stderr
