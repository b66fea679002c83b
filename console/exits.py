"""Exit codes of `openitems`, and the errors that end a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chassis.sentences import Sentence, joined

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
NOT_DRAINED = 7
"""The audit found nothing wrong, but services are behind with events: it says which, and how many."""

CONFLICT = 409
INVALID = "invalid-request"
"""The code of a problem that says nothing but which fields are wrong."""
SERVER_FAULTS = 500


class CommandFailed(Exception):
    """Ends the command: `message` goes to standard error, `code` is the exit code.

    The message is a template, filled in with `values`, so that it can be said in the caller's language.
    """

    def __init__(
        self, message: str, code: int = FAILED, problem: Mapping[str, Any] | None = None, /, **values: object
    ) -> None:
        self.message: str = Sentence.of(message, values)
        super().__init__(self.message)
        self.code = code
        self.problem = dict(problem or {})


class ToldAlready(CommandFailed):
    """What went wrong stands in the JSON that the command wrote: no second document follows it."""


def of_problem(
    problem: Mapping[str, Any], status: int, named: Callable[[str], str | None] | None = None
) -> CommandFailed:
    """What a service's problem+json means for the command: its sentence, then each field and what to do about it.

    The service has said its sentences in the caller's language already. `named` says how the command calls the field of
    a JSON pointer; one that it does not have is left out where the sentence is about nothing else.
    """
    detail = str(problem.get("detail") or problem.get("title") or f"HTTP {status}")
    wrong = [error for error in problem.get("errors") or () if error.get("pointer")]
    if named is None:
        parts = [detail, *(_of_field(error, detail) for error in wrong)]
    else:
        parts = _of_options(detail, wrong, named, is_about_fields=problem.get("code") == INVALID)
    if problem.get("remedy") and not (named and problem.get("code") == INVALID and wrong):
        parts.append(str(problem["remedy"]))
    code = CHANGED if status == CONFLICT else REFUSED if status < SERVER_FAULTS else FAILED
    return CommandFailed(joined(parts), code, problem)


def _of_options(
    detail: str, wrong: Sequence[Mapping[str, Any]], named: Callable[[str], str | None], *, is_about_fields: bool
) -> list[str]:
    """The sentence, and each wrong field as the command calls it; which fields are wrong is all that some say."""
    parts: list[str] = [] if is_about_fields and wrong else [detail]
    for error in wrong:
        option = named(error["pointer"])
        reason = str(error.get("detail"))
        if reason == detail:
            parts += [Sentence("It is about {option}.", option=option)] if option else []
        else:
            name = option or error["pointer"].rpartition("/")[2].replace("_", " ")
            parts.append(Sentence("{name}: {reason}", name=name, reason=reason))
    return parts


def _of_field(error: Mapping[str, Any], detail: str) -> Sentence:
    name = error["pointer"].removeprefix("/")
    if error.get("detail") == detail:
        return Sentence("Field {name}.", name=name)
    return Sentence("Field {name}: {reason}.", name=name, reason=str(error.get("detail")).removesuffix("."))
