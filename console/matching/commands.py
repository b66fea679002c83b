"""The sub-commands of `openitems matching`, put together."""

from __future__ import annotations

import typer

from console.matching import matches, settling

app = typer.Typer(no_args_is_help=True, help="Settle charges against payments and credit notes.", rich_markup_mode=None)
app.command("settle")(settling.settle)
app.command("undo-run")(settling.undo_run)
app.command("match")(matches.match)
app.command("undo")(matches.undo)
app.command("list")(matches.list_matches)
