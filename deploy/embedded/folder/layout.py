"""Where everything in a stack's folder is, and what was recorded of it: all that it takes to find a stack, and soon."""

from pathlib import Path

from pydantic import ValidationError

from deploy.embedded.errors import StackError
from deploy.embedded.folder.status import FolderIdentity, StackState, StackStatus

DEFAULT_FOLDER = Path(".openitems")
FOLDER_VARIABLE = "OPENITEMS_FOLDER"


class StackLayout:
    """The files and folders of the stack in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.root = folder.resolve()
        self.status_file = self.root / "stack.json"
        self.plan_file = self.root / "plan.json"
        self.ports_file = self.root / "ports.json"
        self.drained_file = self.root / "drained"
        """Exists while the stack is stopped and every event had been applied when it was."""
        self.lock_file = self.root / "supervisor.lock"
        self.token_key_file = self.root / "token-key.json"
        self.jwks_file = self.root / "jwks.json"
        self.postgres = self.root / "postgres"
        self.broker = self.root / "broker"
        self.documents = self.root / "documents"
        self.logs = self.root / "log"

    def log(self, name: str) -> Path:
        """Return where the output of a process goes."""
        return self.logs / f"{name}.log"

    def identity(self) -> FolderIdentity:
        """Return which folder this is. Raises FileNotFoundError if there is none."""
        found = self.root.stat()
        return FolderIdentity(device=found.st_dev, inode=found.st_ino)

    def recorded_status(self) -> StackStatus:
        """Return what the supervisor of this folder last wrote, true or not by now; a stopped stack if nothing.

        In a copy of a folder stands what the original's supervisor wrote: its processes and addresses are not ours to
        end or to use, so that nothing counts as written. Raises StackError if it cannot be read.
        """
        try:
            recorded = StackStatus.model_validate_json(self.status_file.read_bytes())
        except FileNotFoundError:
            return self._never_started()
        except ValidationError as error:
            raise StackError(f"{self.status_file} cannot be read; remove it and start the stack again") from error
        is_own = recorded.folder == self.root if recorded.identity is None else recorded.identity == self.identity()
        return recorded.model_copy(update={"folder": self.root}) if is_own else self._never_started()

    def _never_started(self) -> StackStatus:
        return StackStatus(folder=self.root, state=StackState.STOPPED, step="never started")
