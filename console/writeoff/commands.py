"""The sub-commands of `openitems writeoff`, put together."""

from __future__ import annotations

import typer

from console.writeoff import batches

app = typer.Typer(
    no_args_is_help=True,
    help="Write off what will never be received, and account for it.",
    rich_markup_mode=None,
)
app.command("batches")(batches.batches)
app.command("batch")(batches.batch)
