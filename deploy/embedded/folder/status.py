"""What a stack tells about itself: written by its supervisor to stack.json, read by everyone else."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict


class StackState(StrEnum):
    """How a stack as a whole is doing."""

    STARTING = "starting"
    READY = "ready"
    DEGRADED = "degraded"
    """It was ready, and something is being started again."""
    STOPPING = "stopping"
    STOPPED = "stopped"


class ChildState(StrEnum):
    """How one process is doing."""

    WAITING = "waiting"
    """Not started yet, or ended and waiting for its next start."""
    STARTING = "starting"
    READY = "ready"
    STOPPED = "stopped"


class ProcessIdentity(BaseModel):
    """A process for good: its id alone may be another's by now."""

    model_config = ConfigDict(frozen=True)

    pid: int
    created_at: float


class FolderIdentity(BaseModel):
    """A folder for good: a copy of it has another inode, wherever either is moved to on its file system."""

    model_config = ConfigDict(frozen=True)

    device: int
    inode: int


class ChildStatus(BaseModel):
    """One process of the stack. `restarts` counts its starts after the first in this supervisor's life."""

    model_config = ConfigDict(frozen=True)

    name: str
    state: ChildState
    process: ProcessIdentity | None
    port: int | None
    url: str | None
    restarts: int
    last_exit: str | None
    log: Path

    @property
    def is_ready(self) -> bool:
        """Whether it answered last that it is ready for work."""
        return self.state is ChildState.READY

    def uptime_seconds(self, now: datetime) -> float:
        """For how long it has run; 0 if it does not."""
        return max(0.0, now.timestamp() - self.process.created_at) if self.process is not None else 0.0


class StackStatus(BaseModel):
    """A stack. `database` carries no password; `problem` is what stands in the way now, in one sentence.

    `identity` is that of the folder in which this was recorded; None in records of versions that did not know it.
    """

    model_config = ConfigDict(frozen=True)

    folder: Path
    identity: FolderIdentity | None = None
    state: StackState
    step: str
    problem: str | None = None
    supervisor: ProcessIdentity | None = None
    started_at: AwareDatetime | None = None
    bootstrap: str | None = None
    database: str | None = None
    issuer: str | None = None
    audience: str | None = None
    jwks_file: Path | None = None
    documents: Path | None = None
    children: tuple[ChildStatus, ...] = ()

    def child(self, name: str) -> ChildStatus:
        """Return the process of that name; KeyError if the stack has none."""
        for child in self.children:
            if child.name == name:
                return child
        raise KeyError(name)

    def processes(self) -> tuple[ProcessIdentity, ...]:
        """Return every process that is recorded, the supervisor last."""
        recorded = (*(child.process for child in self.children), self.supervisor)
        return tuple(process for process in recorded if process is not None)

    def stopped(self) -> "StackStatus":
        """Return the same stack with nothing running."""
        children = tuple(
            child.model_copy(update={"state": ChildState.STOPPED, "process": None}) for child in self.children
        )
        stopped = {"state": StackState.STOPPED, "step": "stopped", "supervisor": None, "children": children}
        return self.model_copy(update=stopped)
