"""Receipts: what came in and what went back, in sums, booking by booking, and tied out to the journals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from chassis.sentences import Sentence
from console.exits import VIOLATED, CommandFailed
from console.option_groups import spread
from console.output import JsonOption, say, show_rows
from console.session import Json, Session, session_of
from console.writeoff.options import SERVICE
from console.writeoff.overviews import DayOptions, Filters, OverviewForm, columns_by, pairs, show_overview

DIMENSIONS = ("fiscal_year", "period", "day", "journal", "employee", "till", "method", "branch", "party_kind")
MONEY = ("taken_in", "voided", "refunded", "charged_back", "received", "paid", "received_back", "movement")
SUM_COLUMNS = ("currency", "bookings", *MONEY)
LINE_COLUMNS = ("day", "party_id", "item_id", "journal", "employee", "till", "method", "money_back", "currency", *MONEY)
TIE_OUT_COLUMNS = (
    *("journal", "day", "currency", "taken_in", "voided", "refunded", "charged_back", "paid", "received_back"),
    *("movement", "journal_movement", "difference"),
)
PAGE_ROWS = 10_000
MAX_SHOWN = 1_000

By = Annotated[
    list[str],
    typer.Option(
        "--by",
        default_factory=lambda: ["journal"],
        show_default="journal",
        help="Repeat for more: year, period, day, journal, employee, till, method, branch, party_kind.",
    ),
]


@spread
def receipts(context: typer.Context, *, by: By, where: Filters = None, days: DayOptions, shown: OverviewForm) -> None:
    """Money received, given back, paid and received back, in sums.

    Received is what came in from debtors on cash and bank journals, less what was voided, refunded and charged back.
    --where takes journal, employee, till, method, branch, party_kind, party_id, fiscal_year and period.
    """
    dimensions = columns_by(by, DIMENSIONS)
    asked = days.parameters() | {"by": by} | pairs(where)
    show_overview(session_of(context), "overviews/receipts", asked, (*dimensions, *SUM_COLUMNS), shown)


@spread
def receipt_lines(context: typer.Context, where: Filters = None, *, days: DayOptions, shown: OverviewForm) -> None:
    """The same, booking by booking."""
    show_overview(session_of(context), "receipts", days.parameters() | pairs(where), LINE_COLUMNS, shown)


@spread
def tie_out(context: typer.Context, *, days: DayOptions, json_output: JsonOption = False) -> None:
    """Compare the receipts with the cash and bank journals of the ledger, day by day; exit code 5 where they differ."""
    session = session_of(context)
    rows = list(journal_days(session, days.parameters()))
    show_rows(rows, TIE_OUT_COLUMNS, json_output=json_output, language=session.language)
    differing = sum(1 for row in rows if row["difference"])
    if differing:
        raise CommandFailed("Receipts differ from the ledger on {count} days of journals.", VIOLATED, count=differing)
    say(Sentence("Receipts tie out to the journals: {days} days of journals.", days=len(rows)), session.language)


def journal_days(session: Session, days: Json) -> Iterator[Json]:
    """Cash and bank journals day by day: what they gained by the receipts, and by the items of the ledger."""
    journals = session.pages(SERVICE, session.within("overviews/journals"), **days)
    codes = sorted({row["code"] for row in journals if row["type"] in {"K", "B"}})
    if not codes:
        return
    receipts = _by_day(session.pages(SERVICE, session.within("receipts/journals"), limit=PAGE_ROWS, **days))
    ledger = _by_day(
        session.pages("matching", session.within("audit/journals"), journal=codes, limit=PAGE_ROWS, **days)
    )
    nothing = dict.fromkeys((*MONEY, "bookings"), 0)
    for key in sorted(receipts | ledger):
        told = receipts.get(key) or nothing | dict(zip(("journal", "day", "currency"), key, strict=True))
        booked = ledger.get(key, nothing)["movement"]
        yield told | {"journal_movement": booked, "difference": told["movement"] - booked}


def _by_day(rows: Iterable[Json]) -> dict[tuple[str, str, str], Json]:
    return {(row["journal"], row["day"], row["currency"]): row for row in rows}


def untied(session: Session) -> list[Json]:
    """The days of journals on which the receipts are not what the ledger's items add up to, as violations."""
    return [
        {
            "service": "all",
            "invariant": Sentence("receipts tie out to the cash and bank journals"),
            "party_id": None,
            "currency": row["currency"],
            "detail": f"{row['journal']} {row['day']} {row['movement']} {row['journal_movement']}",
        }
        for row in journal_days(session, {})
        if row["difference"]
    ][:MAX_SHOWN]
