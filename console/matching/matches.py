"""Single matches: made by hand, undone, listed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote

import typer

from console.exits import REFUSED, USAGE, CommandFailed
from console.ids import by_beginning, whole_id
from console.matching import options as opt
from console.matching.readable_rows import readable, show_figures
from console.option_groups import spread
from console.output import JsonOption, money, show
from console.session import Json, Session, session_of

BOOKED_FIELDS = (
    "match_id", "party_id", "method", "date", "journal", "fiscal_year", "period", "reversal_of", "contra_kind",
    "contra_amount", "contra_journal", "contra_gl_account", "contra_item_id", "exchange_difference",
)  # fmt: skip
LINE_COLUMNS = ("item_id", "currency", "settled", "open_amount")
SKIPPED_COLUMNS = ("item_id", "code", "message")
COLUMNS = (
    "party_id", "match_id", "method", "date", "journal", "currency", "settled", "contra_kind", "contra_amount", "lines",
    "employee", "reversed_by",
)  # fmt: skip


class ContraKind(StrEnum):
    """Against what lines go that do not balance among themselves."""

    PAYMENT_DIFFERENCE = "payment-difference"
    WRITE_OFF = "write-off"
    CORRECTION = "correction"


@spread
def match(
    context: typer.Context,
    party: Annotated[str, typer.Argument(help="The party whose items they are.")],
    lines: Annotated[
        list[str],
        typer.Argument(help="ITEM, or ITEM=AMOUNT for a part, in minor units and in the sign of what is open."),
    ],
    booking: opt.BookingOptions,
    currency: Annotated[
        str | None, typer.Option(help="Currency of the lines, such as EUR; that of the first item when absent.")
    ] = None,
    contra: Annotated[
        ContraKind | None, typer.Option(help="Settle the lines whole, what they do not balance goes against this.")
    ] = None,
    contra_journal: Annotated[
        str | None, typer.Option(help="Journal of the contra; that of the entry when absent.")
    ] = None,
    contra_account: Annotated[
        str | None, typer.Option(help="Account of the contra; for a payment difference the linked one when absent.")
    ] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """Settle chosen items of a party against each other, or against a contra."""
    if contra is None and (contra_journal or contra_account):
        raise CommandFailed("Say with --contra what the journal or account of the contra is for.", USAGE)
    against = opt.given(kind=contra, journal=contra_journal or booking.journal, gl_account=contra_account)
    session = session_of(context)
    chosen = [_line(line) for line in lines]
    body = {
        "currency": currency or _item(session, party, chosen[0]["item_id"])["currency"],
        "lines": [line if "amount" in line else _whole(_item(session, party, line["item_id"])) for line in chosen],
        "booking": booking.form(session),
        **({"contra": against} if contra else {}),
    }
    booked = session.post("matching", session.within(f"parties/{quote(party, safe='')}/matches"), body)
    _show_booked(session, booked, json_output=json_output)


@spread
def match_currencies(
    context: typer.Context,
    party: Annotated[str, typer.Argument(help="The party whose items they are.")],
    items: Annotated[list[str], typer.Argument(help="The items, in whatever currencies; each is settled whole.")],
    booking: opt.BookingOptions,
    tolerance: Annotated[int, typer.Option(min=0, help="Tolerated difference, in cents of the base currency.")] = 0,
    *,
    json_output: JsonOption = False,
) -> None:
    """Settle chosen items of different currencies, through a journal that allows foreign currency."""
    session = session_of(context)
    body = {"item_ids": items, "booking": booking.form(session), "tolerance": tolerance}
    booked = session.post("matching", session.within(f"parties/{quote(party, safe='')}/foreign-matches"), body)
    _show_booked(session, booked, json_output=json_output)


def undo(
    context: typer.Context,
    match_id: Annotated[str, typer.Argument(help="As `list` tells it.")],
    party: Annotated[str, typer.Option(help="The party of the match.")],
    date: opt.UndoDate = None,
    note: opt.Note = "",
    *,
    json_output: JsonOption = False,
) -> None:
    """Undo a match by a reversal that copies its amounts, in the journal of the match.

    Refused where the remainder that the match left was settled since: what settled it is named.
    """
    session = session_of(context)
    body = {"date": opt.day_or_today(session, date), "note": note}
    whole = whole_id(session, "matching", "match", match_id, party)
    path = session.within(f"parties/{quote(party, safe='')}/matches/{whole}/reversal")
    booked = session.post("matching", path, body)
    _show_booked(session, booked, json_output=json_output)


def list_matches(
    context: typer.Context,
    party: Annotated[str | None, typer.Option(help="Only of this party.")] = None,
    run: Annotated[str | None, typer.Option(callback=by_beginning("matching", "run"), help="Only of this run.")] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """Matches and reversals with their amounts and lines, in the order in which they were booked.

    Settled is what was taken off the charges; each line says how much of its item was.
    """
    session = session_of(context)
    pages = session.pages("matching", session.within("matches"), party_id=party, run_id=run)
    rows = map(_flattened, pages)
    shown = rows if json_output else (row | {"lines": _in_one_cell(row, session.language)} for row in rows)
    show_figures(session, shown, COLUMNS, json_output=json_output)


def _show_booked(session: Session, booked: Json, *, json_output: bool) -> None:
    """A match on the screen: where it was booked, and what of each item was settled and is still open."""
    if json_output:
        show(booked, json_output=True)
        return
    fields = readable({name: booked[name] for name in (*BOOKED_FIELDS, "currency", "base_currency")}, session.language)
    told = {name: fields[name] for name in BOOKED_FIELDS if booked[name] not in (None, 0)}
    show(told, json_output=False, language=session.language)
    lines = ({**line, "settled": -line["amount"]} for line in booked["lines"])
    show_figures(session, lines, LINE_COLUMNS, json_output=False)
    if booked["skipped"]:
        show_figures(session, booked["skipped"], SKIPPED_COLUMNS, json_output=False)


def _flattened(row: Json) -> Json:
    """A match with what it settled, where all of it is in one currency, and what went against a contra."""
    told = row["match"]
    contra = next((line for line in told.get("contra_lines", ()) if line["kind"] != "exchange-difference"), None)
    currencies = {line.get("currency") or told["currency"] for line in told["lines"]}
    settled = -sum(line["amount"] for line in told["lines"] if line["amount"] < 0)
    if told.get("reversal_of"):
        settled = -sum(line["amount"] for line in told["lines"] if line["amount"] > 0)
    return {
        **told,
        "reversed_by": row["reversed_by"],
        "settled": settled if len(currencies) == 1 else None,
        "contra_kind": contra["kind"] if contra else None,
        "contra_amount": contra["amount"] if contra else None,
    }


def _in_one_cell(row: Json, language: str) -> str:
    return ", ".join(
        f"{line['item_id']} {money(-line['amount'], line.get('currency') or row['currency'], language)}"
        for line in row["lines"]
    )


def _line(text: str) -> dict[str, Any]:
    item_id, sign, amount = text.rpartition("=")
    if not sign:
        return {"item_id": text}
    if not item_id or not amount.removeprefix("-").isdecimal():
        raise CommandFailed("{text!r} is no ITEM=AMOUNT with a whole number of cents.", USAGE, text=text)
    return {"item_id": item_id, "amount": int(amount)}


def _item(session: Session, party: str, item_id: str) -> Json:
    path = f"parties/{quote(party, safe='')}/items/{quote(item_id, safe='')}"
    return dict(session.get("matching", session.within(path))["item"])


def _whole(item: Json) -> Json:
    if item["open_amount"] == 0:
        raise CommandFailed("Nothing is open of item {item_id} any more.", REFUSED, item_id=item["item_id"])
    return {"item_id": item["item_id"], "amount": item["open_amount"]}
