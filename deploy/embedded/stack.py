"""Starting, stopping and looking at a stack, from any other process."""

import time
from collections.abc import Callable
from pathlib import Path

from deploy.embedded.errors import StackError
from deploy.embedded.folder.ownership import StackFolder
from deploy.embedded.folder.status import ChildState, ChildStatus, StackState, StackStatus
from deploy.embedded.plan import StackPlan, default_plan
from deploy.embedded.supervisor.leftovers import end_leftovers, living
from deploy.embedded.supervisor.spawn import spawn_supervisor

START_LIMIT_SECONDS = 180.0
STOP_LIMIT_SECONDS = 90.0
"""More than the graces of all parts together."""
POLL_SECONDS = 0.05
PROBLEM_PATIENCE_SECONDS = 5.0
"""How long one and the same problem may stand in the way of a start before the start is given up."""

Progress = Callable[[str], None]


def start(
    folder: Path,
    plan: StackPlan | None = None,
    *,
    progress: Progress | None = None,
    limit_seconds: float = START_LIMIT_SECONDS,
) -> StackStatus:
    """Start the stack in `folder` and return when all of it is ready; one that runs already is waited for.

    `plan` is the product's own if None. `progress` hears each step as a sentence. Raises StackError if it is not ready
    within the limit or something stands in its way; a stack started by this call is then stopped again.
    """
    stack = StackFolder(folder)
    stack.make()
    is_ours = not stack.is_owned() and _spawn(stack, plan or default_plan())
    try:
        return _wait_until_ready(stack, progress or _ignore, limit_seconds)
    except StackError:
        if is_ours:
            stop(folder)
        raise


def status(folder: Path) -> StackStatus:
    """Return how the stack is doing: as its supervisor says, checked against what really lives."""
    stack = StackFolder(folder)
    recorded = stack.recorded_status()
    if not stack.is_owned():
        return recorded.stopped()
    # The supervisor may have died between two records, and a child since the last one.
    alive = {process.pid for process in living(recorded.processes())}
    children = tuple(
        child
        if child.process is None or child.process.pid in alive
        else child.model_copy(update={"state": ChildState.WAITING, "process": None})
        for child in recorded.children
    )
    is_whole = recorded.state is not StackState.READY or all(child.is_ready for child in children)
    state = recorded.state if is_whole else StackState.DEGRADED
    return recorded.model_copy(update={"state": state, "children": children})


def stop(folder: Path, *, progress: Progress | None = None, limit_seconds: float = STOP_LIMIT_SECONDS) -> StackStatus:
    """Stop the stack and return when nothing of it runs any more.

    What does not end within the limit is killed; PostgreSQL recovers from that on its next start.
    """
    stack = StackFolder(folder)
    deadline = time.monotonic() + limit_seconds
    before = stack.recorded_status()
    announcements = Announcements(progress or _ignore, before)
    # The supervisor brings everything down itself, in order and within each part's grace.
    supervisor = [before.supervisor] if before.supervisor is not None else []
    for process in living(supervisor):
        process.terminate()
    while living(supervisor) and time.monotonic() < deadline:
        announcements.announce(stack.recorded_status())
        time.sleep(POLL_SECONDS)
    # What has not ended by now is killed: what was recorded before, and what the supervisor started meanwhile.
    for process in living(supervisor):
        process.kill()
    recorded = stack.recorded_status()
    end_leftovers((*before.processes(), *recorded.processes()))
    # A killed supervisor did not write that it ended.
    if stack.status_file.exists():
        stack.write_status(recorded.stopped())
    return recorded.stopped()


def _spawn(stack: StackFolder, plan: StackPlan) -> bool:
    """Start a supervisor; False if somebody else started one at the same moment."""
    stack.write_plan(plan)
    try:
        spawn_supervisor(stack)
    except StackError:
        if not stack.is_owned():
            raise
        return False
    return True


def _wait_until_ready(stack: StackFolder, progress: Progress, limit_seconds: float) -> StackStatus:
    announcements = Announcements(progress)
    deadline = time.monotonic() + limit_seconds
    problem_since = time.monotonic()
    while True:
        now = status(stack.root)
        announcements.announce(now)
        if now.state is StackState.READY:
            return now
        if not stack.is_owned():
            raise StackError(f"the supervisor ended; see {stack.log('supervisor')}")
        # A problem may pass, as a service that waits for its database; one that stays is told instead of waited for.
        if now.problem is None:
            problem_since = time.monotonic()
        elif time.monotonic() - problem_since > PROBLEM_PATIENCE_SECONDS:
            raise StackError(now.problem)
        if time.monotonic() > deadline:
            late = [f"{child.name} ({child.last_exit or 'running'}; see {child.log})" for child in _unready(now)]
            raise StackError(f"not ready after {limit_seconds:.0f} s: {', '.join(late)}")
        time.sleep(POLL_SECONDS)


def _unready(now: StackStatus) -> list[ChildStatus]:
    return [child for child in now.children if not child.is_ready]


class Announcements:
    """Says each step, and each part that became ready, once, beginning with what is not `known` already."""

    def __init__(self, progress: Progress, known: StackStatus | None = None) -> None:
        self._progress = progress
        self._step = known.step if known else None
        self._ready = {child.name for child in known.children if child.is_ready} if known else set()

    def announce(self, now: StackStatus) -> None:
        """Say what is new since the last time."""
        if now.step != self._step:
            self._step = now.step
            self._progress(now.step)
        for child in now.children:
            if child.is_ready and child.name not in self._ready:
                self._ready.add(child.name)
                self._progress(f"{child.name} is ready on port {child.port}")


def _ignore(_: str) -> None:
    """The progress of a start or stop that nobody listens to."""
