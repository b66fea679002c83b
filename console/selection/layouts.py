"""Layouts: choices of export columns that are kept under a name."""

from __future__ import annotations

from typing import Annotated

import typer

from console.output import JsonOption, show, show_rows
from console.session import session_of

SERVICE = "selection"
LAYOUT_COLUMNS = ("name", "fields", "employee", "saved_at")


def save_layout(
    context: typer.Context,
    name: str,
    fields: Annotated[str, typer.Option(help="Columns by name, with commas; see `fields`.")],
    *,
    json_output: JsonOption = False,
) -> None:
    """Keep a choice of export columns under a name."""
    session = session_of(context)
    body = {"fields": [field.strip() for field in fields.split(",") if field.strip()]}
    saved = session.put(SERVICE, session.within(f"layouts/{name}"), body)
    show(saved, json_output=json_output, language=session.language)


def layouts(context: typer.Context, *, json_output: JsonOption = False) -> None:
    """Choices of export columns."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within("layouts"))
    show_rows(rows, LAYOUT_COLUMNS, json_output=json_output, language=session.language)


def delete_layout(context: typer.Context, name: str, *, json_output: JsonOption = False) -> None:
    """Forget a choice of export columns."""
    session = session_of(context)
    gone = session.delete(SERVICE, session.within(f"layouts/{name}"))
    show(gone, json_output=json_output, language=session.language)
