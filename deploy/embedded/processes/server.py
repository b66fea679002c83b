"""What PostgreSQL and the broker have in common: a child process of ours that others connect to."""

import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from deploy.embedded.errors import StackError
from deploy.embedded.folder.logs import log_tail
from deploy.embedded.processes.child import Child

POLL_SECONDS = 0.02


class Server(ABC):
    """A server that is waited for until it takes connections; a context manager that starts on entry, stops on exit."""

    title: ClassVar[str]
    start_limit_seconds: ClassVar[float]

    log: Path
    child: Child

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and wait until it takes connections.

        Raises StackError, with the end of the log, if it does not within `start_limit_seconds`.
        """
        self.launch()
        deadline = time.monotonic() + self.start_limit_seconds
        while not self.is_ready:
            if not self.child.is_running or time.monotonic() > deadline:
                self.stop()
                raise StackError(f"{self.title} did not start; {self.log} ends with:\n{log_tail(self.log)}")
            time.sleep(POLL_SECONDS)

    @abstractmethod
    def launch(self) -> None:
        """Start the server and return at once."""

    @abstractmethod
    def stop(self) -> None:
        """Stop the server in good order, or kill it when it takes too long."""

    @property
    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the server that we started takes connections."""
