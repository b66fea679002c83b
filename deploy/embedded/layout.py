"""Where everything in a stack's folder is, and what was recorded of it: all that it takes to find a stack, and soon."""

from pathlib import Path

from pydantic import ValidationError

from deploy.embedded.errors import StackError
from deploy.embedded.status import StackState, StackStatus

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

    def recorded_status(self) -> StackStatus:
        """Return what the supervisor last wrote, true or not by now; a stopped stack if it wrote nothing."""
        try:
            return StackStatus.model_validate_json(self.status_file.read_bytes())
        except FileNotFoundError:
            return StackStatus(folder=self.root, state=StackState.STOPPED, step="never started")
        except ValidationError as error:
            raise StackError(f"{self.status_file} cannot be read; remove it and start the stack again") from error
