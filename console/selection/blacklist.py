"""The black list: who is on it, putting parties on it, taking them off."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from console.days import iso, parse_day
from console.ids import by_beginning
from console.output import JsonOption, show, show_rows
from console.session import Json, session_of

SERVICE = "selection"
COLUMNS = ("party_id", "party_name", "reason", "until", "employee", "changed_at")
Parties = Annotated[list[str] | None, typer.Option("--party", help="A party; may be given again.")]
OfSet = Annotated[
    str | None,
    typer.Option("--set", callback=by_beginning("selection", "set"), help="The parties of this set's marked members."),
]
Reason = Annotated[str, typer.Option(help="Why; other systems are told.")]


def listed(context: typer.Context, *, json_output: JsonOption = False) -> None:
    """Who is on the black list today."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within("blacklist"))
    show_rows(rows, COLUMNS, json_output=json_output, language=session.language)


def add(
    context: typer.Context,
    reason: Reason,
    party: Parties = None,
    set_id: OfSet = None,
    until: Annotated[
        date | None,
        typer.Option(parser=parse_day, metavar="DAY", help="The last day on the list; none: until taken off."),
    ] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """Put parties on the black list."""
    session = session_of(context)
    body = _chosen(party, set_id) | {"reason": reason, "until": iso(until)}
    changed = session.post(SERVICE, session.within("blacklist"), body)
    show(changed, json_output=json_output, language=session.language)


def remove(
    context: typer.Context,
    reason: Reason,
    party: Parties = None,
    set_id: OfSet = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """Take parties off the black list."""
    session = session_of(context)
    changed = session.post(SERVICE, session.within("blacklist/removals"), _chosen(party, set_id) | {"reason": reason})
    show(changed, json_output=json_output, language=session.language)


def _chosen(parties: list[str] | None, set_id: str | None) -> Json:
    return {"party_ids": parties} if parties else {"set_id": set_id}
