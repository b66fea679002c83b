"""Exit codes of `openitems`, and the errors that end a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DONE = 0
FAILED = 1
"""A service could not be reached, or failed."""
USAGE = 2
"""The command line itself is wrong."""
REFUSED = 3
"""A service refused what was asked, and said why."""
CHANGED = 4
"""Something changed since the preview; the difference is listed."""
VIOLATED = 5
"""The audit found rows that break an invariant."""
TIMED_OUT = 6
"""What was waited for did not happen within the limit."""

CONFLICT = 409
SERVER_FAULTS = 500


class CommandFailed(Exception):
    """Ends the command: `message` goes to standard error, `code` is the exit code."""

    def __init__(self, message: str, code: int = FAILED, problem: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.problem = dict(problem or {})


def of_problem(problem: Mapping[str, Any], status: int) -> CommandFailed:
    """What a service's problem+json means for the command: its sentence, then each field and what to do about it."""
    detail = str(problem.get("detail") or problem.get("title") or f"HTTP {status}")
    parts = [detail]
    for error in problem.get("errors") or ():
        said = "" if error.get("detail") == detail else f": {error.get('detail')}"
        if error.get("pointer"):
            parts.append(f"Field {error['pointer'].removeprefix('/')}{said}.".replace("..", "."))
    if problem.get("remedy"):
        parts.append(str(problem["remedy"]))
    code = CHANGED if status == CONFLICT else REFUSED if status < SERVER_FAULTS else FAILED
    return CommandFailed(" ".join(parts), code, problem)
