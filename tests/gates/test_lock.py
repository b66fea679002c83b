"""The lock pins all that pyproject.toml asks for, by hash, and tells nothing of the machine it was made on."""

import re
import tomllib
from itertools import chain

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.gates.tree import ROOT

PINNED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)", re.MULTILINE)


def lock() -> str:
    return (ROOT / "requirements.lock").read_text(encoding="utf-8")


def asked_for() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = chain(project["dependencies"], *project["optional-dependencies"].values())
    return [Requirement(line) for line in lines]


def test_every_dependency_is_locked_within_what_the_project_allows() -> None:
    pinned = {canonicalize_name(match["name"]): match["version"] for match in PINNED.finditer(lock())}

    outside = [
        str(asked) for asked in asked_for() if pinned.get(canonicalize_name(asked.name), "0") not in asked.specifier
    ]

    assert not outside, "make lock"


def test_every_locked_package_has_hashes() -> None:
    entries = re.split(r"\n(?=[\w.-]+==)", lock())[1:]

    assert entries
    assert not [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]


def test_the_lock_names_no_index() -> None:
    assert not re.search(r"://|index-url|find-links|trusted-host", lock())
