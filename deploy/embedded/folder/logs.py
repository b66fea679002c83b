"""The logs of a stack: how large they grow, and how they end."""

import os
import shutil
from pathlib import Path

LOG_BYTES_MAX = 16 * 1024 * 1024
LOGS_KEPT = 3


def rotate_log(log: Path, limit_bytes: int = LOG_BYTES_MAX) -> None:
    """Put a log that has grown past the limit aside and empty it, keeping LOGS_KEPT old ones.

    The writer keeps its open file, which it opened for appending; what it writes during the copy may be lost.
    """
    if not log.exists() or log.stat().st_size <= limit_bytes:
        return
    for number in range(LOGS_KEPT - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    log.with_name(f"{log.name}.1").chmod(0o600)
    os.truncate(log, 0)


def log_tail(log: Path, lines: int = 5) -> str:
    """Return the last lines of a log, for an error message; empty if there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - lines * 500))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
