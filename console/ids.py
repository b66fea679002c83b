"""Ids as people type them: whole, or any beginning that only one of them has, as git takes the names of commits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import typer

from console.exits import REFUSED, USAGE, CommandFailed
from console.next_command import command
from console.session import Session, session_of

WHOLE = 36
"""Characters of a UUID as it is written."""
LEAST = 4
"""Fewer characters are a slip of the keyboard."""
LISTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("matching", "proposal"): ("matching", "runs"),
    ("matching", "match"): ("matching", "list"),
    ("matching", "run"): ("matching", "runs"),
    ("selection", "set"): ("selection", "list"),
    ("selection", "write-off"): ("selection", "write-offs"),
    ("reminders", "run"): ("reminders", "runs"),
    ("reminders", "document"): ("reminders", "letters"),
    ("writeoff", "entry"): ("writeoff", "lines"),
    ("writeoff", "request"): ("writeoff", "approvals"),
    ("writeoff", "batch"): ("writeoff", "batches"),
    ("writeoff", "run"): ("writeoff", "runs"),
}
"""The command that lists what is known by an id of each service and kind."""

Resolve = Callable[[typer.Context, str | None], str | None]


def whole_id(session: Session, service: str, kind: str, typed: str, party: str | None = None) -> str:
    """The one id of a kind that begins with what was typed; CommandFailed when none does, or several do.

    Matches are looked for within a party.
    """
    if len(typed) == WHOLE and (whole := _uuid(typed)):
        return whole
    if len(typed) < LEAST:
        raise CommandFailed(
            "{typed!r} is too short for an id: give its first {least} characters at least. All of them: {command}",
            USAGE,
            typed=typed,
            least=LEAST,
            command=command(*LISTS[service, kind]),
        )
    found = session.get(service, session.within(f"ids/{kind}"), beginning=typed, within=party)
    if not found["ids"]:
        raise CommandFailed(
            "No id begins with {typed}. All of them: {command}",
            REFUSED,
            typed=typed,
            command=command(*LISTS[service, kind]),
        )
    if len(found["ids"]) > 1:
        raise CommandFailed(
            "{typed} begins several ids: {ids} and more. Give more of it."
            if found["more"]
            else "{typed} begins several ids: {ids}. Give more of it.",
            REFUSED,
            found,
            typed=typed,
            ids=", ".join(found["ids"]),
        )
    return str(found["ids"][0])


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None


def by_beginning(service: str, kind: str) -> Resolve:
    """What makes a whole id of a typed beginning, before the command that takes it runs."""

    def resolve(context: typer.Context, typed: str | None) -> str | None:
        if typed is None or context.resilient_parsing:
            return typed
        return whole_id(session_of(context), service, kind, typed)

    return resolve


SetId = Annotated[
    str, typer.Argument(callback=by_beginning("selection", "set"), help="As `run` told it, and `list` lists it.")
]
BulkId = Annotated[
    str,
    typer.Argument(
        callback=by_beginning("selection", "write-off"), help="As `write-off` told it, and `write-offs` lists it."
    ),
]
ProposalId = Annotated[
    str,
    typer.Argument(callback=by_beginning("matching", "proposal"), help="As `propose` told it, and `runs` lists it."),
]
MatchingRunId = Annotated[
    str, typer.Argument(callback=by_beginning("matching", "run"), help="As the run told it, and `runs` lists it.")
]
ReminderRunId = Annotated[
    str, typer.Argument(callback=by_beginning("reminders", "run"), help="As `run` told it, and `runs` lists it.")
]
DocumentId = Annotated[
    str, typer.Argument(callback=by_beginning("reminders", "document"), help="As `letters` and `history` list it.")
]
EntryId = Annotated[
    str,
    typer.Argument(
        callback=by_beginning("writeoff", "entry"), help="The match, as the write-off told it, and `lines` lists it."
    ),
]
RequestId = Annotated[
    str,
    typer.Argument(
        callback=by_beginning("writeoff", "request"), help="As the write-off told it, and `approvals` lists it."
    ),
]
BatchId = Annotated[str, typer.Argument(callback=by_beginning("writeoff", "batch"), help="As `batches` lists it.")]
