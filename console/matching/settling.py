"""Mass runs: oldest first and the other methods at once, and the undo of what runs and people matched."""

from __future__ import annotations

from typing import Annotated

import typer

from chassis.sentences import Sentence
from console.ids import MatchingRunId
from console.matching import options as opt
from console.matching.runs import run_to_its_end
from console.option_groups import spread
from console.output import JsonOption
from console.session import session_of


@spread
def settle(
    context: typer.Context,
    booking: opt.BookingOptions,
    selection: opt.Selection,
    matching: opt.Matching,
    zero: opt.ZeroAccounts,
    *,
    undo_first: Annotated[
        bool,
        typer.Option(
            "--undo-first",
            help="Before, undo earlier settlements of the items that are selected, those made by hand too; the result "
            "says how many were made by hand.",
        ),
    ] = False,
    dry_run: opt.DryRun = False,
    json_output: JsonOption = False,
) -> None:
    """Match at once: by default the oldest credit settles the oldest charge, and so on, to the last credit."""
    body = {
        "criteria": selection.criteria(),
        "booking": booking.form(session_of(context)),
        **matching.form(),
        **zero.form(),
        "undo_first": undo_first,
        "dry_run": dry_run,
    }
    run_to_its_end(context, "settlement-runs", body, Sentence("Settling"), json_output=json_output)


def undo_run(
    context: typer.Context,
    run_id: MatchingRunId,
    date: opt.UndoDate = None,
    note: opt.Note = "",
    *,
    dry_run: opt.DryRun = False,
    json_output: JsonOption = False,
) -> None:
    """Undo everything that a run matched and that was not undone since.

    What made a remainder that was settled since is refused and told; the rest is undone.
    """
    body = {"date": opt.day_or_today(session_of(context), date), "note": note, "dry_run": dry_run}
    run_to_its_end(context, f"runs/{run_id}/reversal", body, Sentence("Undoing"), json_output=json_output)


@spread
def undo_settlements(
    context: typer.Context,
    selection: opt.Selection,
    date: opt.UndoDate = None,
    note: opt.Note = "",
    *,
    dry_run: opt.DryRun = False,
    json_output: JsonOption = False,
) -> None:
    """Undo every match, by hand or by a run, in which items that are selected settled each other.

    All items of a match have to be selected; write-offs, differences and other currencies stay.
    """
    body = {
        "date": opt.day_or_today(session_of(context), date),
        "note": note,
        "criteria": selection.criteria(),
        "dry_run": dry_run,
    }
    run_to_its_end(context, "settlement-reversals", body, Sentence("Undoing"), json_output=json_output)
