"""Automatic rules: how they stand, what an event would come to, what came of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from console.exits import USAGE, CommandFailed
from console.output import JsonOption, show_rows
from console.session import session_of
from console.writeoff.options import SERVICE

RULE_COLUMNS = ("rule", "journal", "enabled", "months", "give_back", "late_fine", "processing_fee", "configured")
TRIED_COLUMNS = ("item_id", "rule", "code", "parts", "settled_amount", "paid_amount", "waived_amount", "message")
CAUSE_COLUMNS = ("party_id", "topic", "cause_key", "origin", "date", "items", "event_id")
OUTCOME_COLUMNS = (
    "party_id",
    "item_id",
    "rule",
    "code",
    "message",
    "topic",
    "cause_key",
    "settled_amount",
    "paid_amount",
    "waived_amount",
    "credited_amount",
    "credit_code",
    "currency",
)

OfParty = Annotated[str | None, typer.Option("--party", help="Only of this party.")]


def rules(context: typer.Context, *, json_output: JsonOption = False) -> None:
    """Every rule and the journal on which it books; `configured` is no where the default holds."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within("rules"))
    show_rows(rows, RULE_COLUMNS, json_output=json_output, language=session.language)


def dry_run(
    context: typer.Context,
    topic: str,
    file: Annotated[Path, typer.Argument(help="The event's data as JSON.")],
    *,
    json_output: JsonOption = False,
) -> None:
    """What an event of the library would come to, item by item; changes nothing."""
    session = session_of(context)
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandFailed("{file} cannot be read as JSON: {error}", USAGE, file=file, error=error) from error
    rows = session.post(SERVICE, session.within("rules/dry-run"), {"topic": topic, "data": data})["items"]
    show_rows(rows, TRIED_COLUMNS, json_output=json_output, language=session.language)


def causes(context: typer.Context, party: OfParty = None, *, json_output: JsonOption = False) -> None:
    """Events that rules react to, as they are remembered."""
    session = session_of(context)
    rows = session.pages(SERVICE, session.within("causes"), party_id=party)
    show_rows(rows, CAUSE_COLUMNS, json_output=json_output, language=session.language)


def outcomes(
    context: typer.Context,
    party: OfParty = None,
    code: Annotated[str | None, typer.Option("--code", help="Only with this code, such as asked.")] = None,
    topic: Annotated[str | None, typer.Option("--topic", help="Only of this cause, such as month-end.")] = None,
    *,
    settled: Annotated[bool, typer.Option("--settled", help="Only where a part was paid before.")] = False,
    json_output: JsonOption = False,
) -> None:
    """What causes came to, item by item, and why; what was paid before stays with the party."""
    session = session_of(context)
    wanted = {"party_id": party, "code": code, "topic": topic, "settled": "true" if settled else None}
    rows = session.pages(SERVICE, session.within("rule-outcomes"), **wanted)
    show_rows(rows, OUTCOME_COLUMNS, json_output=json_output, language=session.language)
