"""Mass runs: oldest first, and the undo of a whole run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

import typer

from console.matching import options as opt
from console.output import JsonOption, progress_bar, show
from console.session import session_of


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
    method: Annotated[
        str, typer.Option(help="oldest-first, account-balance, opposite-items, credit-notes or reference.")
    ] = "oldest-first",
    tolerance: Annotated[int, typer.Option(min=0, help="The difference that is tolerated, in cents.")] = 0,
    difference: Annotated[
        str, typer.Option(help="no-write-off leaves a remainder item, payment-differences books it.")
    ] = "no-write-off",
    *,
    information: Annotated[
        bool, typer.Option("--information/--no-information", help="Keep which credit settled which charge.")
    ] = True,
    only_zero: Annotated[bool, typer.Option("--only-zero", help="Only parties whose balance is zero already.")] = False,
    up_to_zero: Annotated[
        bool, typer.Option("--up-to-zero", help="Only up to the latest day at whose end the balance was zero.")
    ] = False,
    undo_first: Annotated[bool, typer.Option("--undo-first", help="Undo earlier settlements before.")] = False,
    json_output: JsonOption = False,
) -> None:
    """Match at once: by default the oldest credit settles the oldest charge, and so on, to the last credit."""
    parties = opt.given(party_ids=party, party_from=party_from, party_to=party_to, party_group=group)
    currencies = opt.given(currency_from=currency_from, currency_to=currency_to)
    vouchers = opt.given(voucher_from=voucher_from, voucher_to=voucher_to)
    posted = opt.given(item_date_from=opt.day(date_from), item_date_to=opt.day(date_to))
    due = opt.given(due_date_from=opt.day(due_from), due_date_to=opt.day(due_to))
    body = {
        "criteria": parties | currencies | vouchers | posted | due,
        "booking": opt.given(date=opt.day(date), journal=journal, fiscal_year=year, period=period, note=note),
        "method": method,
        "tolerance": tolerance,
        "difference_code": difference,
        "settlement_information": information,
        "only_zero_balance": only_zero,
        "up_to_zero_balance": up_to_zero,
        "undo_first": undo_first,
    }
    _run(context, "settlement-runs", body, "Settling", json_output=json_output)


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
    _run(context, f"runs/{run_id}/reversal", body, "Undoing", json_output=json_output)


def _run(context: typer.Context, path: str, body: Mapping[str, object], description: str, *, json_output: bool) -> None:
    session = session_of(context)
    queued = session.post("matching", session.within(path), body)
    with progress_bar(description) as progress:
        result = session.follow("matching", queued["job_id"], progress)
    show({"run_id": queued["job_id"], **result}, json_output=json_output, language=session.language)
