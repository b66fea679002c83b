"""The one folder of a stack: what is recorded in it, and whose it is now."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.embedded.errors import StackError
from deploy.embedded.folder.layout import StackLayout
from deploy.embedded.folder.private_files import private_folder, write_private
from deploy.embedded.folder.status import StackStatus
from deploy.embedded.plan import StackPlan

LOCK_ATTEMPTS = 20
LOCK_PAUSE_SECONDS = 0.05
"""Someone who only asks whether the folder is owned holds the lock for a moment too."""


class StackFolder(StackLayout):
    """A stack's folder: what is recorded in it, and whose it is.

    A supervisor owns it while it holds the lock on `supervisor.lock`; the kernel gives the lock back when the
    supervisor ends in whatever way, so it is never stale.
    """

    def make(self) -> None:
        """Make the folder for its owner only. Raises StackError if it is a folder that holds something else."""
        if self.root.exists() and not self.lock_file.exists() and any(self.root.iterdir()):
            raise StackError(f"{self.root} holds files that are not a stack's; name a new or an empty folder")
        try:
            for path in (self.root, self.documents, self.logs):
                private_folder(path)
            self.lock_file.touch(mode=0o600)
        except OSError as error:
            raise StackError(f"{self.root} cannot be used for a stack: {error.strerror}") from error

    def is_owned(self) -> bool:
        """Whether a supervisor runs this stack now."""
        if not self.lock_file.exists():
            return False
        with self.lock_file.open("rb") as lock:
            return not _try_lock(lock.fileno(), fcntl.LOCK_SH)

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Own the folder within the block. Raises StackError if another supervisor does."""
        descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            for attempt in range(LOCK_ATTEMPTS):
                if _try_lock(descriptor, fcntl.LOCK_EX):
                    break
                if attempt == LOCK_ATTEMPTS - 1:
                    raise StackError(f"another supervisor runs the stack in {self.root}")
                time.sleep(LOCK_PAUSE_SECONDS)
            yield
        finally:
            os.close(descriptor)

    def take_drained(self) -> bool:
        """Say whether every event had been applied when the stack was stopped, and forget it."""
        was_drained = self.drained_file.exists()
        self.drained_file.unlink(missing_ok=True)
        return was_drained

    def write_status(self, status: StackStatus) -> None:
        """Replace the record of how the stack stands."""
        write_private(self.status_file, status.model_dump_json(indent=1))

    def write_plan(self, plan: StackPlan) -> None:
        """Leave for the next supervisor what it shall run."""
        write_private(self.plan_file, plan.model_dump_json(indent=1))

    def read_plan(self) -> StackPlan:
        """Return what was left for the supervisor to run."""
        return StackPlan.model_validate_json(self.plan_file.read_bytes())


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
