"""Marks of a proposal: what is marked is matched when the proposal is executed."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from console.exits import USAGE, CommandFailed
from console.matching.proposals import read_proposal, show_proposal
from console.matching.running import SERVICE
from console.output import JsonOption, say
from console.session import Json, session_of

Item = Annotated[list[str] | None, typer.Option("--item", help="PARTY/ITEM; repeat for more.")]
Group = Annotated[list[str] | None, typer.Option("--group", help="PARTY/NUMBER, a whole group; repeat for more.")]
Party = Annotated[list[str] | None, typer.Option("--party", help="All of this party; repeat for more.")]
Every = Annotated[bool, typer.Option("--all", help="Everything that is proposed.")]


def mark(
    context: typer.Context,
    proposal_id: UUID,
    item: Item = None,
    group: Group = None,
    party: Party = None,
    *,
    every: Every = False,
    json_output: JsonOption = False,
) -> None:
    """Mark what is to be matched; what somebody else marked stays as it is."""
    body = {"marked": True, **_which(item, group, party, every=every)}
    _put(context, proposal_id, body, json_output=json_output)


def unmark(
    context: typer.Context,
    proposal_id: UUID,
    item: Item = None,
    group: Group = None,
    party: Party = None,
    *,
    every: Every = False,
    json_output: JsonOption = False,
) -> None:
    """Take marks away; what somebody else marked stays as it is."""
    body = {"marked": False, **_which(item, group, party, every=every)}
    _put(context, proposal_id, body, json_output=json_output)


def _put(context: typer.Context, proposal_id: UUID, body: Json, *, json_output: bool) -> None:
    session = session_of(context)
    changed = session.post(SERVICE, session.within(f"proposals/{proposal_id}/marks"), body)["changed"]
    say(f"{changed} marks changed.")
    show_proposal(session, {"changed": changed, **read_proposal(session, proposal_id)}, json_output=json_output)


def _which(items: list[str] | None, groups: list[str] | None, parties: list[str] | None, *, every: bool) -> Json:
    if sum(map(bool, (items, groups, parties, every))) != 1:
        raise CommandFailed("Say what: one of --item, --group, --party or --all.", USAGE)
    if items:
        return {"items": [dict(zip(("party_id", "item_id"), _halves(text), strict=True)) for text in items]}
    if groups:
        return {"groups": [_group(text) for text in groups]}
    return {"parties": parties} if parties else {}


def _group(text: str) -> Json:
    party_id, number = _halves(text)
    if not number.isdecimal():
        raise CommandFailed(f"{text!r} is no PARTY/NUMBER; see the numbers with proposal-items.", USAGE)
    return {"party_id": party_id, "group_number": int(number)}


def _halves(text: str) -> tuple[str, str]:
    party_id, _, rest = text.partition("/")
    if not party_id or not rest:
        raise CommandFailed(f"{text!r} names no party and what of it, such as P000123/I000456.", USAGE)
    return party_id, rest
