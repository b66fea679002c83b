"""A process that is kept running: when it may start next, how often it did, and whether it is ready."""

import asyncio
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.folder.status import ChildState, ChildStatus, ProcessIdentity
from deploy.embedded.processes.child import Child

PAUSE_FIRST_SECONDS = 0.2
PAUSE_MAX_SECONDS = 30.0
SETTLED_SECONDS = 30.0
"""Who has run for so long starts anew with the shortest pause."""
POLL_SECONDS = 0.05


@dataclass
class Backoff:
    """Pauses between attempts that double from PAUSE_FIRST_SECONDS up to PAUSE_MAX_SECONDS. Times are monotonic."""

    failures: int = 0
    not_before: float = 0.0

    def note_failure(self, now: float) -> None:
        """Put the next attempt off."""
        pause = min(PAUSE_FIRST_SECONDS * 2.0 ** min(self.failures, 20), PAUSE_MAX_SECONDS)
        self.failures += 1
        self.not_before = now + pause

    def is_due(self, now: float) -> bool:
        """Whether the next attempt may be made."""
        return now >= self.not_before

    def forget(self) -> None:
        """Begin with the shortest pause again: the last attempt held."""
        self.failures = 0
        self.not_before = 0.0


class Supervised:
    """A child with its history. Whoever starts and stops it tells it so; `note_exit` finds out what it did itself."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.log = log
        self.port: int | None = None
        self.url: str | None = None
        self.child: Child | None = None
        self.backoff = Backoff()
        self.starts = 0
        self.is_ready = False
        self.ready_or_started_at = 0.0
        self.last_exit: str | None = None
        self._started_at = 0.0
        self._exit_is_noted = True

    @property
    def is_running(self) -> bool:
        """Whether its process runs now."""
        return self.child is not None and self.child.is_running

    def note_launch(self, child: Child) -> None:
        """Take over a process that was started just now."""
        self.child = child
        self.starts += 1
        self.is_ready = False
        self._started_at = self.ready_or_started_at = time.monotonic()
        self._exit_is_noted = False

    def note_ready(self, *, is_ready: bool) -> None:
        """Take note of whether it does its work."""
        self.is_ready = is_ready and self.is_running
        if self.is_ready:
            self.ready_or_started_at = time.monotonic()

    def note_exit(self) -> str | None:
        """Say how the process ended, once, if it did so by itself; its next start is put off."""
        if self._exit_is_noted or self.child is None or self.is_running:
            return None
        now = time.monotonic()
        if now - self._started_at > SETTLED_SECONDS:
            self.backoff.forget()
        self.backoff.note_failure(now)
        self._exit_is_noted = True
        self.is_ready = False
        self.last_exit = exit_text(self.child.exit_code)
        return self.last_exit

    async def stop(self, grace_seconds: float) -> None:
        """End the process: in good order within the grace, else by force. Its next start is not put off."""
        self._exit_is_noted = True
        self.is_ready = False
        if self.child is None or not self.child.is_running:
            return
        self.child.ask_to_stop()
        if not await ended(self.child, grace_seconds):
            self.child.signal(signal.SIGKILL)
            await ended(self.child, grace_seconds)
        self.last_exit = exit_text(self.child.exit_code)

    def status(self) -> ChildStatus:
        """Return its place in the stack's record."""
        pid = self.child.pid if self.child is not None else None
        process = ProcessIdentity(pid=pid, created_at=self.child.created_at) if self.child and pid else None
        state = ChildState.WAITING if process is None else ChildState.READY if self.is_ready else ChildState.STARTING
        return ChildStatus(
            name=self.name,
            state=state,
            process=process,
            port=self.port,
            url=self.url,
            restarts=max(0, self.starts - 1),
            last_exit=self.last_exit,
            log=self.log,
        )


async def ended(child: Child, limit_seconds: float) -> bool:
    """Wait until a process has ended, at most so long; say whether it has."""
    deadline = time.monotonic() + limit_seconds
    while child.is_running:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True


def exit_text(exit_code: int | None) -> str | None:
    """Say in words how a process ended."""
    if exit_code is None:
        return None
    if exit_code < 0:
        return f"killed by {signal.Signals(-exit_code).name}"
    return f"exit code {exit_code}"
