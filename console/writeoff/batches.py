"""Bulk write-offs: how far they are, and what became of each item."""

from __future__ import annotations

from typing import Annotated

import typer

from console.ids import BatchId
from console.output import JsonOption, show, show_rows
from console.session import session_of

BATCH_COLUMNS = ("batch_id", "employee", "begun_at", "requests", "requests_received", "asks", "answers", "completed_at")
LINE_COLUMNS = ("party_id", "item_id", "journal", "currency", "amount", "written_off", "code")


def batches(context: typer.Context, *, json_output: JsonOption = False) -> None:
    """Bulk write-offs of the administration, complete or under way."""
    session = session_of(context)
    rows = session.pages("writeoff", session.within("batches"))
    show_rows(rows, BATCH_COLUMNS, json_output=json_output, language=session.language)


def batch(
    context: typer.Context,
    batch_id: BatchId,
    *,
    lines: Annotated[bool, typer.Option("--lines", help="Every item with what became of it.")] = False,
    skipped: Annotated[bool, typer.Option("--skipped", help="Only the items that were left out, and why.")] = False,
    json_output: JsonOption = False,
) -> None:
    """One bulk write-off: its progress, its outcome, or its items."""
    session = session_of(context)
    path = session.within(f"batches/{batch_id}")
    if lines or skipped:
        rows = session.pages("writeoff", f"{path}/lines", skipped=True if skipped else None)
        show_rows(rows, LINE_COLUMNS, json_output=json_output, language=session.language)
        return
    show(session.get("writeoff", path), json_output=json_output, language=session.language)
