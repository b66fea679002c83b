"""A folder in memory for the tests' PostgreSQL: copying a database of many small files takes a fifth of the time."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from tests.locking import locked

MEMORY = Path("/dev/shm")  # noqa: S108 - it is the memory that is wanted
NEEDED_BYTES = 2 * 1024**3
"""Of which one run takes a tenth: what is shared is never filled up."""
PREFIX = "openitems-tests-"


@contextmanager
def folder_in_memory(otherwise: Path, memory: Path = MEMORY) -> Iterator[Path]:
    """A new folder in memory, removed on exit; `otherwise`, which is on disk, where there is not enough memory.

    Whoever uses one holds a lock on it, so that what a killed run left behind is known, and removed by the next.
    """
    if not (os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= NEEDED_BYTES):
        yield otherwise
        return
    with ExitStack() as held:
        with locked(memory):
            _remove_orphans(memory)
            folder = Path(mkdtemp(prefix=PREFIX, dir=memory))
            held.enter_context(locked(folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


def _remove_orphans(memory: Path) -> None:
    for folder in memory.glob(f"{PREFIX}*"):
        with suppress(BlockingIOError), locked(folder, wait=False):
            shutil.rmtree(folder)
