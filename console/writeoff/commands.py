"""The sub-commands of `openitems writeoff`, put together."""

from __future__ import annotations

from collections.abc import Callable

import typer

from console.selection.writeoffs import write_off as write_off_set
from console.writeoff import batches, manual, overviews, periods, receipts, rules, runs

COMMANDS: dict[str, Callable[..., None]] = {
    "item": manual.item,
    "party": manual.party,
    "set": write_off_set,
    "reverse": manual.reverse,
    "request": manual.request,
    "approvals": manual.approvals,
    "approve": manual.approve,
    "batches": batches.batches,
    "batch": batches.batch,
    "journals": overviews.journals,
    "overview": overviews.overview,
    "lines": overviews.lines,
    "entry": overviews.entry,
    "employees": overviews.employees,
    "receipts": receipts.receipts,
    "receipt-lines": receipts.receipt_lines,
    "tie-out": receipts.tie_out,
    "history": overviews.history,
    "settled": overviews.settled,
    "rules": rules.rules,
    "dry-run": rules.dry_run,
    "causes": rules.causes,
    "outcomes": rules.outcomes,
    "month-end": runs.month_end,
    "conversion": runs.conversion,
    "runs": runs.runs,
    "periods": periods.periods,
    "seal": periods.seal,
    "ledger": periods.ledger,
}


def build() -> typer.Typer:
    """The sub-app with all its commands."""
    writeoff = typer.Typer(
        no_args_is_help=True, help="Write off what will never be received, and account for it.", rich_markup_mode=None
    )
    for name, command in COMMANDS.items():
        writeoff.command(name)(command)
    return writeoff


app = build()
