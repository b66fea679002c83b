"""What can be asked, and criteria by themselves: read back, counted, saved."""

from __future__ import annotations

from typing import Annotated

import typer

from console.output import JsonOption, show, show_rows
from console.selection.options import CriteriaFile, SetType, Where, criteria_of
from console.session import Json, session_of
from console.words import word

SERVICE = "selection"
FIELD_COLUMNS = ("name", "tab", "type", "label", "operators", "units", "choices")
SAVED_COLUMNS = ("name", "set_type", "text", "maximum", "employee", "saved_at")


def fields(context: typer.Context, set_type: SetType = "items", *, json_output: JsonOption = False) -> None:
    """The fields that criteria can ask and exports can show."""
    session = session_of(context)
    catalogue = session.get(SERVICE, session.within("fields"), set_type=set_type)
    language = session.language[:2]
    rows = [{**field, "label": field["labels"].get(language, field["labels"]["en"])} for field in catalogue["fields"]]
    if not json_output:
        rows = [field | {"tab": word(field["tab"], session.language)} for field in rows]
    show_rows(rows, FIELD_COLUMNS, json_output=json_output, language=session.language)


def read_back(
    context: typer.Context,
    where: Where = None,
    criteria_file: CriteriaFile = None,
    set_type: SetType = "items",
    *,
    json_output: JsonOption = False,
) -> None:
    """Read criteria back: as a sentence, as text and as JSON. Changes nothing."""
    session = session_of(context)
    body = {"set_type": set_type, "criteria": criteria_of(where, criteria_file)}
    read = session.post(SERVICE, session.within("criteria"), body)
    if json_output:
        show(read, json_output=True)
        return
    typer.echo(in_words(read, session.language))
    typer.echo(read["text"])


def count(
    context: typer.Context,
    where: Where = None,
    criteria_file: CriteriaFile = None,
    set_type: SetType = "items",
    *,
    json_output: JsonOption = False,
) -> None:
    """How many items or accounts meet the criteria now."""
    session = session_of(context)
    body = {"set_type": set_type, "criteria": criteria_of(where, criteria_file)}
    counted = session.post(SERVICE, session.within("criteria/count"), body)
    show(counted if json_output else {"hits": counted["hits"]}, json_output=json_output, language=session.language)


def save(
    context: typer.Context,
    name: str,
    where: Where = None,
    criteria_file: CriteriaFile = None,
    set_type: SetType = "items",
    maximum: Annotated[int | None, typer.Option(help="Most hits to take.")] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """Keep criteria under a name, to be run later."""
    session = session_of(context)
    body = {"set_type": set_type, "criteria": criteria_of(where, criteria_file), "maximum": maximum}
    kept = session.put(SERVICE, session.within(f"saved-criteria/{name}"), body)
    shown = kept if json_output else kept | {"criteria": in_words(kept["criteria"], session.language)}
    show(shown, json_output=json_output, language=session.language)


def forget(context: typer.Context, name: str, *, json_output: JsonOption = False) -> None:
    """Forget saved criteria; sets that they made stay."""
    session = session_of(context)
    gone = session.delete(SERVICE, session.within(f"saved-criteria/{name}"))
    shown = gone if json_output else gone | {"criteria": in_words(gone["criteria"], session.language)}
    show(shown, json_output=json_output, language=session.language)


def saved(context: typer.Context, *, json_output: JsonOption = False) -> None:
    """Criteria that are kept under a name."""
    session = session_of(context)
    rows = (
        {**row, "text": in_words(row["criteria"], session.language)}
        for row in session.pages(SERVICE, session.within("saved-criteria"))
    )
    show_rows(rows, SAVED_COLUMNS, json_output=json_output, language=session.language)


def in_words(criteria: Json, language: str) -> str:
    """Criteria as a sentence in the person's language."""
    return str(criteria["sentences"].get(language[:2], criteria["sentences"]["en"]))
