"""Files that appear whole and that only their owner reads."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Replace a file's content in one step, readable by its owner only; a crash leaves the old content or the new."""
    private_folder(path.parent)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner enters, if there is none, and return it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
