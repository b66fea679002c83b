"""Runs for period ends: small balances cleared, and what is open in other currencies valued."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from chassis.sentences import Count, Sentence
from console.exits import USAGE, CommandFailed
from console.ids import MatchingRunId
from console.matching import options as opt
from console.matching.readable_rows import show_figures
from console.matching.runs import SERVICE, run_to_its_end
from console.option_groups import spread
from console.output import JsonOption, say
from console.session import session_of

REVALUATION_COLUMNS = (
    "party_id", "currency", "booked_on", "journal", "open_amount", "open_base_amount", "revalued_amount", "difference",
    "gl_account",
)  # fmt: skip


class Per(StrEnum):
    """What is compared with the limit."""

    PARTY = "party"
    ITEM = "item"


@spread
def small_balances(
    context: typer.Context,
    booking: opt.BookingOptions,
    limit: Annotated[int, typer.Option(min=1, help="Largest balance that is cleared, in cents, inclusive.")],
    selection: opt.Selection,
    per: Annotated[Per, typer.Option(help="party compares the balance, item the open amount of each.")] = Per.PARTY,
    write_off_journal: Annotated[
        str | None, typer.Option(help="An A-journal; without one the balances go to payment differences.")
    ] = None,
    *,
    dry_run: opt.DryRun = False,
    json_output: JsonOption = False,
) -> None:
    """Clear balances that are not above a limit; `undo-run` takes the whole run back."""
    body = {
        "criteria": selection.criteria(),
        "booking": booking.form(session_of(context)),
        "limit": limit,
        "per": per,
        "write_off_journal": write_off_journal,
        "dry_run": dry_run,
    }
    run_to_its_end(context, "small-balance-runs", body, Sentence("Clearing"), json_output=json_output)


@spread
def revalue(
    context: typer.Context,
    booking: opt.BookingOptions,
    rate: Annotated[
        list[str],
        typer.Option("--rate", help="CURRENCY=RATE: what one unit is worth in the base currency; repeat for more."),
    ],
    *,
    json_output: JsonOption = False,
) -> None:
    """Value what is open in other currencies at the rates of a day; the next day takes it back.

    Both days have to lie in open periods. What was booked: `revaluations`.
    """
    body = {"booking": booking.form(session_of(context)), "rates": dict(_rate(text) for text in rate)}
    run_to_its_end(context, "revaluation-runs", body, Sentence("Valuing"), json_output=json_output)


def revaluations(context: typer.Context, run_id: MatchingRunId, *, json_output: JsonOption = False) -> None:
    """What a revaluation booked per party and currency, and what the next day takes back."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within(f"reports/revaluations/{run_id}"))
    count = show_figures(session, rows, REVALUATION_COLUMNS, json_output=json_output)
    say(Sentence("{count} rows.", count=Count(count)), session.language)


def _rate(text: str) -> tuple[str, str]:
    currency, sign, worth = text.partition("=")
    if not sign or not currency or not worth:
        raise CommandFailed("{text!r} is no CURRENCY=RATE such as USD=0.9213.", USAGE, text=text)
    return currency.upper(), worth
