"""Periods: what is booked in them, their export for the general ledger, and their seal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chassis.sentences import Sentence
from console.next_command import typed_again
from console.output import JsonOption, say, show, show_rows
from console.session import session_of
from console.writeoff.options import SERVICE, Confirm, Spreadsheet, save

PERIOD_COLUMNS = ("fiscal_year", "period", "start", "end", "is_open", "entries", "sealed_at", "sealed_by")


def periods(context: typer.Context, *, json_output: JsonOption = False) -> None:
    """The fiscal periods: open or closed, sealed or not, with the number of entries."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within("periods"))
    show_rows(rows, PERIOD_COLUMNS, json_output=json_output, language=session.language)


def seal(
    context: typer.Context, year: int, period: int, confirm: Confirm = None, *, json_output: JsonOption = False
) -> None:
    """Check that a period is complete; with --confirm seal it for good."""
    session = session_of(context)
    path = session.within(f"periods/{year}/{period}")
    if confirm is not None:
        sealed = session.post(SERVICE, f"{path}/seal", {"fingerprint": confirm})
        show(sealed, json_output=json_output, language=session.language)
        return
    check = session.get(SERVICE, f"{path}/check")
    if not check["problems"]:
        again = typed_again(context, "--confirm", check["fingerprint"])
        say(Sentence("The period is complete. Seal it with: {command}", command=again), session.language)
    show(check, json_output=json_output, language=session.language)


def ledger(
    context: typer.Context,
    year: int,
    period: int,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write: .csv or .xlsx.")],
    *,
    spreadsheet: Spreadsheet = False,
    json_output: JsonOption = False,
) -> None:
    """Export the entries of a period for the general ledger.

    Columns: date, party_id, match_id (the entry), position (0 is the write-off journal's side), fiscal_year, period,
    journal, gl_account, currency, debit, credit, base_currency, base_amount (debits positive), item_id, kind, branch,
    rule, reversal_of (the entry that is taken back), matched_on (the ledger's own date, where that period was sealed
    by then), employee, note, approved_by. Amounts are decimals of their currency; debits and credits of an entry are
    equal.
    """
    written = save(session_of(context), f"periods/{year}/{period}/ledger", output, spreadsheet=spreadsheet)
    if json_output:
        show(written, json_output=True)
