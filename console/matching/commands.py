"""The sub-commands of `openitems matching`, put together."""

from __future__ import annotations

import typer

from console.matching import matches, period_end, proposal_marks, proposals, reports, run_list, runs, settling

app = typer.Typer(no_args_is_help=True, help="Settle charges against payments and credit notes.", rich_markup_mode=None)
app.command("settle")(settling.settle)
app.command("runs")(run_list.runs)
app.command("run")(runs.run)
app.command("cancel")(runs.cancel)
app.command("findings")(reports.findings)
app.command("undo-run")(settling.undo_run)
app.command("undo-settlements")(settling.undo_settlements)
app.command("propose")(proposals.propose)
app.command("proposal")(proposals.proposal)
app.command("proposal-parties")(proposals.proposal_parties)
app.command("proposal-items")(proposals.proposal_items)
app.command("explain-proposal")(proposals.explain_proposal)
app.command("mark")(proposal_marks.mark)
app.command("unmark")(proposal_marks.unmark)
app.command("execute")(proposals.execute)
app.command("discard")(proposals.discard)
app.command("match")(matches.match)
app.command("match-currencies")(matches.match_currencies)
app.command("undo")(matches.undo)
app.command("list")(matches.list_matches)
app.command("small-balances")(period_end.small_balances)
app.command("revalue")(period_end.revalue)
app.command("revaluations")(period_end.revaluations)
app.command("parties")(reports.parties)
app.command("open-items")(reports.open_items)
app.command("ageing")(reports.ageing)
app.command("clearing-journal")(reports.clearing_journal)
app.command("settlement-information")(reports.settlement_information)
