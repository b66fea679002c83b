"""Sets out of sets: combined, converted, unmarked, compared with today."""

from __future__ import annotations

from typing import Annotated

import typer

from chassis.sentences import Count, Sentence
from console.exits import USAGE, CommandFailed
from console.ids import SetId
from console.output import JsonOption, money, say, show, show_rows
from console.selection.options import Where
from console.selection.sets import show_made
from console.session import Json, session_of

SERVICE = "selection"
DIFFERENCE_COLUMNS = ("currency", "added", "added_amount", "gone", "gone_amount", "changed", "changed_amount")


def combine(
    context: typer.Context,
    operation: Annotated[str, typer.Argument(help="union, intersection or difference.")],
    left: SetId,
    right: SetId,
    *,
    json_output: JsonOption = False,
) -> None:
    """A new set out of two: both, what both have, or the first without the second."""
    session = session_of(context)
    body = {"operation": operation, "left": left, "right": right}
    show_made(
        session.post(SERVICE, session.within("sets/combinations"), body), session.language, json_output=json_output
    )


def convert(
    context: typer.Context,
    set_id: SetId,
    set_type: Annotated[str, typer.Argument(help="What the new set holds: items or parties.")],
    *,
    json_output: JsonOption = False,
) -> None:
    """The set of the items' parties, or of the parties' open items."""
    session = session_of(context)
    made = session.post(SERVICE, session.within(f"sets/{set_id}/conversions"), {"set_type": set_type})
    show_made(made, session.language, json_output=json_output)


def unmark(
    context: typer.Context,
    set_id: SetId,
    member: Annotated[list[str] | None, typer.Option(help="PARTY/ITEM, or PARTY; may be given again.")] = None,
    where: Where = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All members.")] = False,
    mark: Annotated[bool, typer.Option("--mark", help="Mark them again instead.")] = False,
    json_output: JsonOption = False,
) -> None:
    """Unmark members of a set that is not fixed; only marked ones count."""
    session = session_of(context)
    if sum((bool(member), bool(where), every)) != 1:
        raise CommandFailed("Say which members: one of --member, --where or --all.", USAGE)
    body: Json = {"marked": mark, "every": every}
    if member:
        parts = [one.partition("/") for one in member]
        body["members"] = [{"party_id": party, "item_id": item} for party, _, item in parts]
    if where:
        body["criteria"] = where
    answer = session.post(SERVICE, session.within(f"sets/{set_id}/marks"), body)
    say(Sentence("{count} members changed.", count=Count(answer["changed"])), session.language)
    show_made(answer if json_output else answer["set"], session.language, json_output=json_output)


def compare(context: typer.Context, set_id: SetId, *, json_output: JsonOption = False) -> None:
    """A set against what the same criteria find today."""
    session = session_of(context)
    compared = session.get(SERVICE, session.within(f"sets/{set_id}/comparison"))
    if json_output:
        show(compared, json_output=True)
        return
    amounts = ", ".join(money(amount, code, session.language) for code, amount in compared["amounts"].items())
    members = f"{compared['members']:+}"
    say(
        Sentence("{members} members since, {amounts}", members=members, amounts=amounts)
        if amounts
        else Sentence("{members} members since, no difference in amounts", members=members),
        session.language,
    )
    show_rows(compared["differences"], DIFFERENCE_COLUMNS, json_output=False, language=session.language)
