"""Runs for period ends: small balances cleared, and what is open in other currencies valued."""

from __future__ import annotations

from typing import Annotated

import typer

from console.exits import USAGE, CommandFailed
from console.matching import options as opt
from console.matching.running import run_to_its_end
from console.output import JsonOption


def small_balances(
    context: typer.Context,
    date: opt.BookingDate,
    journal: opt.BookingJournal,
    limit: Annotated[int, typer.Option(min=1, help="Largest balance that is cleared, in cents, inclusive.")],
    per: Annotated[str, typer.Option(help="party compares the balance, item the open amount of each.")] = "party",
    write_off_journal: Annotated[
        str | None, typer.Option(help="An A-journal; without one the balances go to payment differences.")
    ] = None,
    year: opt.FiscalYear = None,
    period: opt.Period = None,
    party: opt.Party = None,
    party_from: opt.PartyFrom = None,
    party_to: opt.PartyTo = None,
    group: opt.Group = None,
    currency_from: opt.CurrencyFrom = None,
    currency_to: opt.CurrencyTo = None,
    voucher_from: opt.VoucherFrom = None,
    voucher_to: opt.VoucherTo = None,
    date_from: opt.DateFrom = None,
    date_to: opt.DateTo = None,
    due_from: opt.DueFrom = None,
    due_to: opt.DueTo = None,
    note: opt.Note = "",
    *,
    json_output: JsonOption = False,
) -> None:
    """Clear balances that are not above a limit; `undo-run` takes the whole run back."""
    parties = (party, party_from, party_to, group)
    currencies, vouchers = (currency_from, currency_to), (voucher_from, voucher_to)
    body = {
        "criteria": opt.criteria(parties, currencies, vouchers, (date_from, date_to), (due_from, due_to)),
        "booking": opt.booking(date, journal, year, period, note),
        "limit": limit,
        "per": per,
        "write_off_journal": write_off_journal,
    }
    run_to_its_end(context, "small-balance-runs", body, "Clearing", json_output=json_output)


def revalue(
    context: typer.Context,
    date: opt.BookingDate,
    journal: opt.BookingJournal,
    rate: Annotated[
        list[str],
        typer.Option("--rate", help="CURRENCY=RATE: what one unit is worth in the base currency; repeat for more."),
    ],
    year: opt.FiscalYear = None,
    period: opt.Period = None,
    note: opt.Note = "",
    *,
    json_output: JsonOption = False,
) -> None:
    """Value what is open in other currencies at the rates of a day; the next day takes it back."""
    body = {
        "booking": opt.booking(date, journal, year, period, note),
        "rates": dict(_rate(text) for text in rate),
    }
    run_to_its_end(context, "revaluation-runs", body, "Valuing", json_output=json_output)


def _rate(text: str) -> tuple[str, str]:
    currency, sign, worth = text.partition("=")
    if not sign or not currency or not worth:
        raise CommandFailed(f"{text!r} is no CURRENCY=RATE such as USD=0.9213.", USAGE)
    return currency.upper(), worth
