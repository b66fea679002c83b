"""`openitems import`: other systems' CSV through a column mapping, into events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from chassis.sentences import Sentence
from console.caller import SERVICES
from console.days import parse_day
from console.events import Published, send_events
from console.exits import REFUSED, CommandFailed
from console.mapping import ADDRESS_FIELDS, SETTLED_ON, ColumnMapping, RowRefused, event_fields, read_mapping, read_rows
from console.output import JsonOption, say, show
from console.session import session_of
from console.settled import DOOR, Sending, say_what_is_left, wait_for_own

app = typer.Typer(no_args_is_help=True, help="Other systems' data, through a column mapping.")

MAX_SAID = 20
WAIT_SECONDS = 600.0

File = Annotated[Path, typer.Argument(help="The CSV file.", exists=True, dir_okay=False)]
Map = Annotated[Path, typer.Option("--map", help="The column mapping (YAML).", exists=True, dir_okay=False)]
AsOf = Annotated[date | None, typer.Option(parser=parse_day, metavar="DAY", help="Only what was paid by this day.")]
Wait = Annotated[bool, typer.Option("--wait", help="Return when every service has drained the events.")]
ToEvent = Callable[[dict[str, Any]], dict[str, Any] | None]


@app.command()
def items(
    context: typer.Context, file: File, mapping: Map, *, wait: Wait = False, json_output: JsonOption = False
) -> None:
    """Import charges and credits: each row becomes an `item-posted`."""
    _run(context, file, read_mapping(mapping), _item, wait=wait, json_output=json_output)


@app.command()
def payments(
    context: typer.Context,
    file: File,
    mapping: Map,
    as_of: AsOf = None,
    *,
    wait: Wait = False,
    json_output: JsonOption = False,
) -> None:
    """Import payments: a positive amount in the file credits the party; `settled_on` is the day of the payment."""

    def to_event(fields: dict[str, Any]) -> dict[str, Any] | None:
        return _payment(fields, as_of)

    _run(context, file, read_mapping(mapping), to_event, wait=wait, json_output=json_output)


@app.command()
def parties(
    context: typer.Context, file: File, mapping: Map, *, wait: Wait = False, json_output: JsonOption = False
) -> None:
    """Import master data: each row becomes a `party-updated`; a party that stands in many rows is sent once."""
    seen: set[str] = set()

    def to_event(fields: dict[str, Any]) -> dict[str, Any] | None:
        if fields.get("party_id") in seen:
            return None
        seen.add(str(fields.get("party_id")))
        return _party(fields)

    _run(context, file, read_mapping(mapping), to_event, wait=wait, json_output=json_output)


def _run(
    context: typer.Context,
    file: Path,
    mapping: ColumnMapping,
    to_event: ToEvent,
    **options: bool,
) -> None:
    session = session_of(context)
    refused_rows: list[Sentence] = []
    events = _events(file, mapping, to_event, refused_rows)
    sending = Sending(SERVICES if options["wait"] else (DOOR,))
    published = send_events(session, events, Sentence("Importing {file}", file=file.name), sending)
    if options["wait"]:
        wait_for_own(session, sending, WAIT_SECONDS)
    else:
        say_what_is_left(session, sending)
    for sentence in refused_rows[:MAX_SAID]:
        say(sentence, session.language)
    summary = {**published.summary(), "refused_rows": len(refused_rows), "row_problems": refused_rows[:MAX_SAID]}
    show(summary, json_output=options["json_output"], language=session.language)
    _fail_if_refused(published, refused_rows)


def _fail_if_refused(published: Published, refused_rows: list[Sentence]) -> None:
    refused = len(published.refused) + len(refused_rows)
    if refused:
        raise CommandFailed("{refused} rows were refused; all others were imported.", REFUSED, refused=refused)


def _events(
    file: Path, mapping: ColumnMapping, to_event: ToEvent, refused_rows: list[Sentence]
) -> Iterator[dict[str, Any]]:
    for line, row in read_rows(file, mapping):
        try:
            event = to_event(event_fields(row, mapping))
        except RowRefused as refusal:
            refused_rows.append(Sentence("{file}:{line}: {reason}", file=file.name, line=line, reason=refusal.reason))
            continue
        if event is not None:
            yield event


def _item(fields: dict[str, Any]) -> dict[str, Any]:
    fields.setdefault("voucher", fields.get("item_id"))
    fields.setdefault("kind", "invoice")
    return {"topic": "item-posted", "data": fields}


def _payment(fields: dict[str, Any], as_of: date | None) -> dict[str, Any] | None:
    settled_on = fields.pop(SETTLED_ON, None)
    if settled_on is None:
        return None
    if as_of is not None and date.fromisoformat(settled_on) > as_of:
        return None
    fields["item_date"] = settled_on
    fields["amount"] = -abs(int(fields.get("amount", 0)))
    fields.setdefault("voucher", fields.get("item_id"))
    fields["kind"] = "payment"
    return {"topic": "item-posted", "data": fields}


def _party(fields: dict[str, Any]) -> dict[str, Any]:
    address = {name: fields.pop(name) for name in ADDRESS_FIELDS if name in fields}
    if address:
        fields["address"] = address
    fields.setdefault("version", 1)
    fields.setdefault("kind", "debtor")
    fields.setdefault("name", fields.get("party_id"))
    return {"topic": "party-updated", "data": fields}
