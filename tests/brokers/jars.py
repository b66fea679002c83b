"""Apache Kafka's jars: found in the user's cache, or fetched into it once by Maven."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.locking import locked

POM = Path(__file__).with_name("pom.xml")
FETCH_LIMIT_SECONDS = 600.0
OLDEST_JAVA = 17
JAVA_LIMIT_SECONDS = 30.0


class KafkaMissing(Exception):
    """Apache Kafka cannot run here; the message says what is missing."""


def kafka_version() -> str:
    """The version that the pom names."""
    found = re.search(r"<artifactId>kafka_2\.13</artifactId>\s*<version>([^<]+)</version>", POM.read_text())
    assert found is not None, "the pom names Kafka's version"
    return found[1]


def jars_folder() -> Path:
    """Where the jars are kept: outside the tree, by version."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "openitems" / f"kafka-{kafka_version()}"


def find_java() -> str:
    """The path of a Java that Kafka runs on. Raises KafkaMissing when there is none."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or not Path(java).exists():
        raise KafkaMissing("there is no Java: set JAVA_HOME, or put java on the PATH")
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=JAVA_LIMIT_SECONDS)
    found = re.search(r'version "(\d+)', told.stderr + told.stdout)
    if found is None or int(found[1]) < OLDEST_JAVA:
        raise KafkaMissing(f"{java} is not Java {OLDEST_JAVA} or newer")
    return java


def find_jars() -> Path:
    """The folder with the jars, fetched if it is not there, by one of those who want them at the same time.

    Raises KafkaMissing when they cannot be had.
    """
    folder = jars_folder()
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(folder.parent):
            if not folder.exists():
                _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    """Fetch into a folder beside it, then rename: a broken fetch leaves nothing that looks whole."""
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaMissing(f"Apache Kafka is not in {folder}, and there is no mvn to fetch it")
    with tempfile.TemporaryDirectory(dir=folder.parent) as fresh:
        copied = Path(fresh) / "jars"
        fetching = subprocess.run(
            [
                *(maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"),
                *("-DincludeScope=runtime", f"-DoutputDirectory={copied}"),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=FETCH_LIMIT_SECONDS,
        )
        if fetching.returncode != 0 or not any(copied.glob("kafka_2.13-*.jar")):
            raise KafkaMissing(f"Maven could not fetch Apache Kafka: {(fetching.stdout + fetching.stderr)[-600:]}")
        copied.rename(folder)
