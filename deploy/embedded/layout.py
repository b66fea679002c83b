"""Where everything in a stack's folder is; it knows of nothing else, so that finding a stack costs no time."""

from pathlib import Path

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
