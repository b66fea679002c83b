"""Mass runs: oldest first, and the undo of a whole run."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from console.matching import options as opt
from console.matching.running import run_to_its_end
from console.output import JsonOption


def settle(
    context: typer.Context,
    date: opt.BookingDate,
    journal: opt.BookingJournal,
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
    method: opt.Method = "oldest-first",
    tolerance: opt.Tolerance = 0,
    difference: opt.Difference = "no-write-off",
    *,
    information: opt.Information = True,
    only_zero: Annotated[bool, typer.Option("--only-zero", help="Only parties whose balance is zero already.")] = False,
    up_to_zero: Annotated[
        bool, typer.Option("--up-to-zero", help="Only up to the latest day at whose end the balance was zero.")
    ] = False,
    undo_first: Annotated[bool, typer.Option("--undo-first", help="Undo earlier settlements before.")] = False,
    json_output: JsonOption = False,
) -> None:
    """Match at once: by default the oldest credit settles the oldest charge, and so on, to the last credit."""
    parties = (party, party_from, party_to, group)
    currencies, vouchers = (currency_from, currency_to), (voucher_from, voucher_to)
    body = {
        "criteria": opt.criteria(parties, currencies, vouchers, (date_from, date_to), (due_from, due_to)),
        "booking": opt.booking(date, journal, year, period, note),
        "method": method,
        "tolerance": tolerance,
        "difference_code": difference,
        "settlement_information": information,
        "only_zero_balance": only_zero,
        "up_to_zero_balance": up_to_zero,
        "undo_first": undo_first,
    }
    run_to_its_end(context, "settlement-runs", body, "Settling", json_output=json_output)


def undo_run(
    context: typer.Context,
    run_id: UUID,
    date: opt.BookingDate,
    note: opt.Note = "",
    *,
    json_output: JsonOption = False,
) -> None:
    """Undo everything that a run matched and that was not undone since."""
    body = {"date": opt.day(date), "note": note}
    run_to_its_end(context, f"runs/{run_id}/reversal", body, "Undoing", json_output=json_output)
