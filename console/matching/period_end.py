"""Runs for period ends: small balances cleared, and what is open in other currencies valued."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What is small beside the limit; what the administration says where an option is absent."""

    open_share: Annotated[
        int | None,
        typer.Option(
            "--open-share", min=1, max=100, help="Largest percentage of what was posted that may be open, such as 10."
        ),
    ] = None
    posted_up_to: Annotated[
        int | None,
        typer.Option(
            "--posted-up-to", min=0, help="What was posted as no more than this is small though unpaid, in cents."
        ),
    ] = None

    def form(self) -> dict[str, Any]:
        """The options that were given, under the names that the service takes."""
        return opt.given(open_share_percent=self.open_share, posted_up_to=self.posted_up_to)


@spread
def small_balances(
    context: typer.Context,
    booking: opt.BookingOptions,
    limit: Annotated[int, typer.Option(min=1, help="Largest balance that is cleared, in cents, inclusive.")],
    selection: opt.Selection,
    caps: Caps,
    per: Annotated[Per, typer.Option(help="party compares the balance, item the open amount of each.")] = Per.PARTY,
    write_off_journal: Annotated[
        str | None, typer.Option(help="An A-journal; without one the balances go to payment differences.")
    ] = None,
    *,
    dry_run: opt.DryRun = False,
    json_output: JsonOption = False,
) -> None:
    """Clear balances that are not above a limit; `undo-run` takes the whole run back.

    Of what was posted no more than a share may be open: 4,999.00 of 5,000.00 is a missing payment, and is left alone.
    """
    body = {
        "criteria": selection.criteria(),
        "booking": booking.form(session_of(context)),
        "limit": limit,
        "per": per,
        "write_off_journal": write_off_journal,
        "dry_run": dry_run,
        **caps.form(),
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
