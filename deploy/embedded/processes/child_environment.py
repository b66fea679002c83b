"""What every process of a stack takes over from the one that started it."""

import os
from pathlib import Path

DECIDED_HERE = ("OPENITEMS_KAFKA_", "OPENITEMS_JWKS_", "OPENITEMS_TOKEN_", "OPENITEMS_HTTP_", "OPENITEMS_MIGRATION_")
"""Settings of other deployments that must not reach this one; the rest, such as the log level, is passed on."""


def inherited() -> dict[str, str]:
    """Return our own environment for a process of the stack, which finds our packages wherever it is started."""
    passed = {name: value for name, value in os.environ.items() if not name.startswith(DECIDED_HERE)}
    path = [str(packages_root()), *filter(None, [os.environ.get("PYTHONPATH")])]
    return passed | {"PYTHONPATH": os.pathsep.join(path), "PYTHONUNBUFFERED": "1"}


def packages_root() -> Path:
    """Return the folder from which the product's packages are imported."""
    return Path(__file__).resolve().parents[3]
