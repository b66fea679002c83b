"""Marks of a proposal: what is marked is matched when the proposal is executed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from chassis.sentences import Count, Sentence
from console.exits import USAGE, CommandFailed
from console.ids import ProposalId
from console.matching.proposals import read_proposal, show_proposal
from console.matching.runs import SERVICE
from console.next_command import typed_above
from console.option_groups import spread
from console.output import JsonOption, say
from console.session import Json, session_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which of what is proposed: items, groups, parties, or everything."""

    item: Annotated[list[str] | None, typer.Option("--item", help="PARTY/ITEM; repeat for more.")] = None
    group: Annotated[
        list[str] | None, typer.Option("--group", help="PARTY/NUMBER, a whole group; repeat for more.")
    ] = None
    party: Annotated[list[str] | None, typer.Option("--party", help="All of this party; repeat for more.")] = None
    every: Annotated[bool, typer.Option("--all", help="Everything that is proposed.")] = False


@spread
def mark(context: typer.Context, proposal_id: ProposalId, which: Which, *, json_output: JsonOption = False) -> None:
    """Mark what is to be matched; what somebody else marked stays as it is."""
    _put(context, proposal_id, {"marked": True, **_chosen(which)}, json_output=json_output)


@spread
def unmark(context: typer.Context, proposal_id: ProposalId, which: Which, *, json_output: JsonOption = False) -> None:
    """Take marks away; what somebody else marked stays as it is."""
    _put(context, proposal_id, {"marked": False, **_chosen(which)}, json_output=json_output)


def _put(context: typer.Context, proposal_id: str, body: Json, *, json_output: bool) -> None:
    session = session_of(context)
    done = session.post(SERVICE, session.within(f"proposals/{proposal_id}/marks"), body)
    say(Sentence("{count} marks changed.", count=Count(done["changed"])), session.language)
    if done["of_others"]:
        stay = Sentence(
            "{count} marks of others stay; see who made them: {command}",
            count=Count(done["of_others"]),
            command=typed_above(context, "matching", "proposal-items", str(proposal_id)),
        )
        say(stay, session.language)
    show_proposal(session, {**done, **read_proposal(session, proposal_id)}, json_output=json_output)


def _chosen(which: Which) -> Json:
    if sum(map(bool, (which.item, which.group, which.party, which.every))) != 1:
        raise CommandFailed("Say what: one of --item, --group, --party or --all.", USAGE)
    if which.item:
        return {"items": [dict(zip(("party_id", "item_id"), _halves(text), strict=True)) for text in which.item]}
    if which.group:
        return {"groups": [_group(text) for text in which.group]}
    return {"parties": which.party} if which.party else {}


def _group(text: str) -> Json:
    party_id, number = _halves(text)
    if not number.isdecimal():
        raise CommandFailed("{text!r} is no PARTY/NUMBER; see the numbers with proposal-items.", USAGE, text=text)
    return {"party_id": party_id, "group_number": int(number)}


def _halves(text: str) -> tuple[str, str]:
    party_id, _, rest = text.partition("/")
    if not party_id or not rest:
        raise CommandFailed("{text!r} names no party and what of it, such as P000123/I000456.", USAGE, text=text)
    return party_id, rest
