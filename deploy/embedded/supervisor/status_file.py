"""What the supervisor tells the world, written to stack.json whenever it changes."""

import logging
import os
from collections.abc import Mapping

from deploy.embedded.clock import now_utc
from deploy.embedded.folder.status import ProcessIdentity, StackState, StackStatus
from deploy.embedded.postgres.databases import DATABASE, OWNER
from deploy.embedded.processes.child import created_at
from deploy.embedded.processes.ports import HOST
from deploy.embedded.supervisor.environment import Surroundings
from deploy.embedded.supervisor.supervised import Supervised
from deploy.embedded.tokens import AUDIENCE, ISSUER

_log = logging.getLogger(__name__)


class StatusFile:
    """The present status of a stack: what it is doing, what stands in the way, and each of its parts."""

    def __init__(self, surroundings: Surroundings, parts: Mapping[str, Supervised]) -> None:
        self._surroundings = surroundings
        self._folder = surroundings.folder
        self._parts = parts
        self._identity = surroundings.folder.identity()
        self._supervisor = ProcessIdentity(pid=os.getpid(), created_at=created_at(os.getpid()) or 0.0)
        self._started_at = now_utc()
        self._step = "starting"
        self._problem: str | None = None
        self._was_ready = False
        self._is_stopping = False
        self._written: StackStatus | None = None

    def say(self, step: str) -> None:
        """Say what is being done now."""
        _log.info("%s", step)
        self._step = step
        self.publish()

    def note_problem(self, problem: str | None) -> None:
        """Say what stands in the way, or that nothing does any more."""
        if problem is not None and problem != self._problem:
            _log.warning("%s", problem)
        self._problem = problem
        self.publish()

    def note_stopping(self) -> None:
        """Say that everything is being stopped."""
        self._is_stopping = True
        self.say("stopping")

    def note_stopped(self) -> None:
        """Say, as the last thing, that nothing runs any more."""
        self._folder.write_status(self._status().stopped())

    def publish(self) -> None:
        """Write the present status, if it is not what is written already."""
        status = self._status()
        if status != self._written:
            self._folder.write_status(status)
            self._written = status

    def _state(self) -> StackState:
        if self._is_stopping:
            return StackState.STOPPING
        if self._problem is None and all(part.is_ready for part in self._parts.values()):
            self._was_ready = True
            self._step = "ready"
            return StackState.READY
        return StackState.DEGRADED if self._was_ready else StackState.STARTING

    def _status(self) -> StackStatus:
        state = self._state()
        return StackStatus(
            folder=self._folder.root,
            identity=self._identity,
            state=state,
            step=self._step,
            problem=self._problem,
            supervisor=self._supervisor,
            started_at=self._started_at,
            bootstrap=self._surroundings.broker.bootstrap,
            database=f"postgresql://{OWNER}@{HOST}:{self._surroundings.postgres.port}/{DATABASE}",
            issuer=ISSUER,
            audience=AUDIENCE,
            jwks_file=self._folder.jwks_file,
            documents=self._folder.documents,
            children=tuple(part.status() for part in self._parts.values()),
        )
