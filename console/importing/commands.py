"""`openitems import items|payments|parties`: first a dry run, then, confirmed by its fingerprint, the posting."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from console.days import parse_day
from console.importing.imports import Import, run_import
from console.importing.made import ImportTerms
from console.importing.mapping import ColumnMapping, Kind
from console.importing.ready import read_mapping, ready_mappings
from console.importing.showing import Choices
from console.output import JsonOption, show_rows
from console.session import session_of

app = typer.Typer(no_args_is_help=True, help="Other systems' files: a dry run first, then all of a file or none of it.")

File = Annotated[Path, typer.Argument(help="The file: CSV, or a workbook (.xlsx).", exists=True, dir_okay=False)]
Map = Annotated[
    str, typer.Option("--map", help="The mapping: a YAML file, or the name of a ready one (openitems import mappings).")
]
Confirm = Annotated[
    str | None,
    typer.Option("--confirm", metavar="FINGERPRINT", help="As the dry run printed it; without it nothing is posted."),
]
Partly = Annotated[bool, typer.Option("--partly", help="Post what can be taken, also when some rows are refused.")]
Wait = Annotated[
    bool,
    typer.Option(
        "--wait/--no-wait", help="Wait until all services have heard of it, and say what they made of each row."
    ),
]
Limit = Annotated[float, typer.Option(help="Seconds to wait at most.")]
Report = Annotated[
    Path | None, typer.Option("--report", help="Write every row and what became of it into this CSV.", dir_okay=False)
]
AllRows = Annotated[bool, typer.Option("--all-rows", help="Show every row, not only those that need somebody.")]
Year = Annotated[int | None, typer.Option(help="The year of dates that are written without one.", min=1900, max=2999)]


@app.command()
def items(
    context: typer.Context,
    file: File,
    mapping: Map,
    confirm: Confirm = None,
    year: Year = None,
    opening_date: Annotated[
        date | None,
        typer.Option(
            parser=parse_day, metavar="DAY", help="The day of an opening balance, when the file tells what is open."
        ),
    ] = None,
    report: Report = None,
    limit: Limit = 600.0,
    *,
    partly: Partly = False,
    all_rows: AllRows = False,
    wait: Wait = True,
    json_output: JsonOption = False,
) -> None:
    """Import charges and credits: each row becomes an `item-posted`.

    Where the mapping fills `open_amount`, what was settled before is posted as a credit and matched with the item.
    """
    choices = Choices(
        confirm=confirm,
        report=report,
        limit=limit,
        partly=partly,
        all_rows=all_rows,
        wait=wait,
        json_output=json_output,
    )
    read = read_mapping(mapping, "items", year)
    opening_day = opening_date or (read.opening.date if read.opening else None)
    _run(context, file, read, choices, _terms(context, read, "items", opening_day=opening_day))


@app.command()
def payments(
    context: typer.Context,
    file: File,
    mapping: Map,
    confirm: Confirm = None,
    year: Year = None,
    as_of: Annotated[
        date | None, typer.Option(parser=parse_day, metavar="DAY", help="Only what was paid by this day.")
    ] = None,
    report: Report = None,
    limit: Limit = 600.0,
    *,
    partly: Partly = False,
    all_rows: AllRows = False,
    wait: Wait = True,
    json_output: JsonOption = False,
) -> None:
    """Import payments: an amount above zero came in and credits the party, one below zero went out and charges it."""
    choices = Choices(
        confirm=confirm,
        report=report,
        limit=limit,
        partly=partly,
        all_rows=all_rows,
        wait=wait,
        json_output=json_output,
    )
    read = read_mapping(mapping, "payments", year)
    _run(context, file, read, choices, _terms(context, read, "payments", as_of=as_of))


@app.command()
def parties(
    context: typer.Context,
    file: File,
    mapping: Map,
    confirm: Confirm = None,
    year: Year = None,
    report: Report = None,
    limit: Limit = 600.0,
    *,
    partly: Partly = False,
    all_rows: AllRows = False,
    wait: Wait = True,
    json_output: JsonOption = False,
) -> None:
    """Import master data: each row becomes a `party-updated`; its version is the file's, or the present second."""
    choices = Choices(
        confirm=confirm,
        report=report,
        limit=limit,
        partly=partly,
        all_rows=all_rows,
        wait=wait,
        json_output=json_output,
    )
    read = read_mapping(mapping, "parties", year)
    _run(context, file, read, choices, _terms(context, read, "parties"))


READY_COLUMNS = ("name", "imports", "title")


@app.command()
def mappings(context: typer.Context, *, json_output: JsonOption = False) -> None:
    """List the mappings that come along: copy one to change it, or name it with --map."""
    session = session_of(context)
    show_rows(ready_mappings(), READY_COLUMNS, json_output=json_output, language=session.language)


def _terms(
    context: typer.Context,
    mapping: ColumnMapping,
    kind: Kind,
    *,
    as_of: date | None = None,
    opening_day: date | None = None,
) -> ImportTerms:
    return ImportTerms(
        administration=mapping.administration or session_of(context).administration,
        employee=context.find_root().obj.employee,
        kind=kind,
        version=int(time.time()),
        as_of=as_of,
        opening_journal=mapping.opening.journal if mapping.opening else None,
        opening_date=opening_day,
    )


def _run(context: typer.Context, file: Path, mapping: ColumnMapping, choices: Choices, terms: ImportTerms) -> None:
    run_import(context, Import(session_of(context), file, mapping, terms), choices)
