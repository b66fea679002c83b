"""`openitems party show`, `openitems items list` and `openitems items explain`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated
from urllib.parse import quote

import typer

from chassis.sentences import Sentence
from console.days import iso, parse_day
from console.exits import CommandFailed
from console.item_explained import show_explained
from console.languages import spoken
from console.output import JsonOption, say, show, show_rows
from console.session import Json, Session, session_of

party_app = typer.Typer(no_args_is_help=True, help="What is known and open of a party.", rich_markup_mode=None)
items_app = typer.Typer(no_args_is_help=True, help="Items, and why they are as they are.", rich_markup_mode=None)

ITEM_COLUMNS = (
    "party_id",
    "item_id",
    "kind",
    "status",
    "journal",
    "voucher",
    "item_date",
    "due_date",
    "currency",
    "amount",
    "open_amount",
)
TOTAL_COLUMNS = ("currency", "open_amount", "items")


@party_app.callback()
def _of_party() -> None:
    """Keep `show` a sub-command, even while it is the only one."""


@party_app.command("show")
def show_party(context: typer.Context, party_id: str, *, json_output: JsonOption = False) -> None:
    """A party's open totals and items, as the ledger has them."""
    session = session_of(context)
    totals = account(session, party_id)
    items = list(session.pages("matching", session.within("items"), party_id=party_id))
    if json_output:
        show({"party_id": party_id, "totals": totals, "items": items}, json_output=True)
        return
    show_rows(totals, TOTAL_COLUMNS, json_output=False, language=session.language)
    show_rows(items, ITEM_COLUMNS[1:], json_output=False, language=session.language)
    if not items:
        say(Sentence("Nothing is open of party {party_id}.", party_id=party_id), session.language)


def account(session: Session, party_id: str) -> list[Json]:
    """What is open of a party, per currency."""
    return list(session.read("matching", session.within(f"parties/{quote(party_id, safe='')}/account")))


@items_app.command("list")
def list_items(
    context: typer.Context,
    party: Annotated[str | None, typer.Option(help="Only of this party.")] = None,
    *,
    settled: Annotated[bool, typer.Option("--settled", help="Also what is settled.")] = False,
    json_output: JsonOption = False,
) -> None:
    """Items and what is open of them."""
    session = session_of(context)
    only_open = None if not settled else False
    rows = session.pages("matching", session.within("items"), party_id=party, only_open=only_open)
    show_rows(rows, ITEM_COLUMNS, json_output=json_output, language=session.language)


@items_app.command("explain")
def explain(
    context: typer.Context,
    party_id: str,
    item_id: str,
    on: Annotated[date | None, typer.Option(parser=parse_day, metavar="DAY", help="Reminders as of this day.")] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """Why an item was or was not selected, matched, reminded, written off."""
    session = session_of(context)
    item = session.within(f"parties/{quote(party_id, safe='')}/items/{quote(item_id, safe='')}")
    explained = {
        "matching": session.read("matching", item),
        "selection": _told(session, lambda: session.read("selection", item)),
        "reminders": {
            "on_a_list": _told(session, lambda: session.read("reminders", item, on=iso(on))),
            "history": _told(session, lambda: session.read("reminders", f"{item}/reminders")),
        },
        "writeoff": _told(session, lambda: session.read("writeoff", f"{item}/history")),
    }
    if json_output:
        show(explained, json_output=True)
        return
    show_explained(session, explained)


def _told(session: Session, ask: Callable[[], object]) -> object:
    """A service's answer, or its reason for giving none: the other services still say theirs."""
    try:
        return ask()
    except CommandFailed as failure:
        return {"message": spoken(failure.message, session.language)}
