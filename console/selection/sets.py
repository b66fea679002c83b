"""Sets: made, listed, looked at, fixed, renamed and archived."""

from __future__ import annotations

from typing import Annotated

import typer

from chassis.sentences import Count, Sentence
from console.exits import USAGE, CommandFailed
from console.ids import SetId, by_beginning
from console.output import JsonOption, say, show, show_rows
from console.selection.options import CriteriaFile, SetType, Where, criteria_of
from console.session import Json, session_of

SERVICE = "selection"
SET_COLUMNS = ("set_id", "name", "set_type", "fixed", "members", "parties", "totals", "employee", "created_at")
MEMBER_COLUMNS = (
    "party_id",
    "party_name",
    "item_id",
    "kind",
    "item_date",
    "status",
    "currency",
    "open_amount",
    "open_now",
    "marked",
)
CHANGE_COLUMNS = ("party_id", "item_id", "currency", "approved_amount", "open_amount")


def run(
    context: typer.Context,
    where: Where = None,
    criteria_file: CriteriaFile = None,
    saved: Annotated[str | None, typer.Option(help="Run the criteria that were saved under this name.")] = None,
    set_type: SetType = "items",
    maximum: Annotated[int | None, typer.Option(help="Most hits to take; it is told how many more there were.")] = None,
    combine: Annotated[
        str | None, typer.Option(help="With --with: union adds to that set, intersection and difference narrow it.")
    ] = None,
    other: Annotated[
        str | None,
        typer.Option(
            "--with", callback=by_beginning("selection", "set"), help="The set that is combined with what is found."
        ),
    ] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """Select now, into a new set; or into one made of another set and what is found."""
    if (combine is None) != (other is None):
        raise CommandFailed("Give --combine and --with together: how, and with which set.", USAGE)
    session = session_of(context)
    body: Json = {"set_type": set_type, "maximum": maximum}
    body |= {"saved": saved} if saved else {"criteria": criteria_of(where, criteria_file)}
    if combine:
        body["combine"] = {"operation": combine, "set_id": other}
    made = session.post(SERVICE, session.within("sets"), body)
    if made["cut_off"]:
        cut_off, hits = Count(made["cut_off"]), Count(made["hits"])
        say(Sentence("The maximum cut off {cut_off} of {hits} hits.", cut_off=cut_off, hits=hits), session.language)
    show_made(made, session.language, json_output=json_output)


def show_made(made: Json, language: str, *, json_output: bool) -> None:
    """A set on the screen: its criteria as a sentence, and what it holds."""
    if not json_output and made["criteria"]:
        sentences = made["criteria"]["sentences"]
        say(sentences.get(language[:2], sentences["en"]), language)
    shown = made if json_output else {name: made[name] for name in (*SET_COLUMNS, "fingerprint")}
    show(shown, json_output=json_output, language=language)


def list_sets(
    context: typer.Context,
    *,
    fixed: Annotated[bool, typer.Option("--fixed", help="Only fixed sets.")] = False,
    archived: Annotated[bool, typer.Option("--archived", help="Also those in the archive.")] = False,
    json_output: JsonOption = False,
) -> None:
    """The sets of an administration, newest first."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within("sets"), fixed=fixed, archived=archived)
    show_rows(rows, SET_COLUMNS, json_output=json_output, language=session.language)


def show_set(context: typer.Context, set_id: SetId, *, json_output: JsonOption = False) -> None:
    """A set without its members."""
    session = session_of(context)
    show_made(session.get(SERVICE, session.within(f"sets/{set_id}")), session.language, json_output=json_output)


def members(context: typer.Context, set_id: SetId, *, json_output: JsonOption = False) -> None:
    """A set's members."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within(f"sets/{set_id}/members"))
    show_rows(rows, MEMBER_COLUMNS, json_output=json_output, language=session.language)


def fix(context: typer.Context, set_id: SetId, name: str, *, json_output: JsonOption = False) -> None:
    """Save a set as a fixed set: its members and amounts never change again."""
    session = session_of(context)
    made = session.post(SERVICE, session.within(f"sets/{set_id}/fix"), {"name": name})
    show_made(made, session.language, json_output=json_output)


def rename(context: typer.Context, set_id: SetId, name: str, *, json_output: JsonOption = False) -> None:
    """Call a set by another name."""
    session = session_of(context)
    made = session.put(SERVICE, session.within(f"sets/{set_id}/name"), {"name": name})
    show_made(made, session.language, json_output=json_output)


def archive(context: typer.Context, set_id: SetId, *, json_output: JsonOption = False) -> None:
    """Take a set out of the lists."""
    session = session_of(context)
    made = session.post(SERVICE, session.within(f"sets/{set_id}/archive"))
    show_made(made, session.language, json_output=json_output)


def changes(context: typer.Context, set_id: SetId, *, json_output: JsonOption = False) -> None:
    """Members whose item has another open amount now than when the set was made."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within(f"sets/{set_id}/changes"))
    show_rows(rows, CHANGE_COLUMNS, json_output=json_output, language=session.language)
