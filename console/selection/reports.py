"""Open items per customer, ageing, and totals: as a table, or as a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from chassis.sentences import Sentence
from console.output import JsonOption, money, say, show, show_rows
from console.session import Session, session_of

SERVICE = "selection"
CUSTOMER_COLUMNS = (
    "party_id",
    "party_name",
    "party_open_items",
    "party_open_amount",
    "party_overdue_amount",
    "party_oldest_item_date",
    "blacklisted",
)
AGEING_COLUMNS = (
    "currency",
    "items",
    "open_amount",
    "not_due",
    "days_1_30",
    "days_31_60",
    "days_61_90",
    "days_over_90",
)
TOTALS_COLUMNS = ("grouped_by", "currency", "items", "parties", "open_amount", "charges", "credits")
MONEY = frozenset(
    {
        "party_open_amount",
        "party_overdue_amount",
        "not_due",
        "days_1_30",
        "days_31_60",
        "days_61_90",
        "days_over_90",
        "charges",
        "credits",
    }
)


class Whose(StrEnum):
    """OfKind items: what suppliers are owed is no part of what debtors owe."""

    DEBTOR = "debtor"
    CREDITOR = "creditor"
    ALL = "all"


OfKind = Annotated[Whose, typer.Option("--kind", help="Of debtors, of creditors, or of all.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write a file instead of a table.")]
Form = Annotated[
    str, typer.Option("--format", help="Of the file: json, csv, csv-nl, csv-nl-BE, csv-da, csv-en, xlsx-nl, …")
]


def customers(
    context: typer.Context,
    minimum: Annotated[int, typer.Option(help="Least total per customer, in cents.")] = 1,
    currency: Annotated[str | None, typer.Option(help="Only this currency.")] = None,
    kind: OfKind = Whose.DEBTOR,
    output: Output = None,
    form: Form = "csv",
    *,
    json_output: JsonOption = False,
) -> None:
    """Open items per customer, from a minimum per customer."""
    session = session_of(context)
    path = session.within("reports/customers")
    chosen = {"minimum": minimum, "currency": currency, "kind": str(kind)}
    if output:
        _download(session, path, output, json_output=json_output, format=form, **chosen)
        return
    rows = session.pages(SERVICE, path, **chosen)
    _show(session, rows, CUSTOMER_COLUMNS, json_output=json_output)


def ageing(
    context: typer.Context,
    kind: OfKind = Whose.DEBTOR,
    output: Output = None,
    form: Form = "csv",
    *,
    per_party: Annotated[bool, typer.Option("--per-party", help="In the file: a row per customer.")] = False,
    json_output: JsonOption = False,
) -> None:
    """Open amounts by days overdue."""
    session = session_of(context)
    path = session.within("reports/ageing")
    if output:
        chosen = {"kind": str(kind), "per_party": "true" if per_party else None}
        _download(session, path, output, json_output=json_output, format=form, **chosen)
        return
    _show(session, session.read(SERVICE, path, kind=str(kind)), AGEING_COLUMNS, json_output=json_output)


def totals(
    context: typer.Context,
    by: Annotated[str, typer.Option(help="status, journal, branch or kind.")] = "status",
    kind: OfKind = Whose.DEBTOR,
    output: Output = None,
    form: Form = "csv",
    *,
    json_output: JsonOption = False,
) -> None:
    """What is open by status, journal, branch or kind."""
    session = session_of(context)
    path = session.within("reports/totals")
    if output:
        _download(session, path, output, json_output=json_output, format=form, by=by, kind=str(kind))
        return
    _show(session, session.read(SERVICE, path, by=by, kind=str(kind)), TOTALS_COLUMNS, json_output=json_output)


def _download(session: Session, path: str, output: Path, *, json_output: bool, **parameters: object) -> None:
    session.download(SERVICE, f"{path}/export", output, **parameters)
    say(Sentence("Written to {file}", file=output), session.language)
    if json_output:
        show({"file": str(output), **{name: value for name, value in parameters.items() if value}}, json_output=True)


def _show(session: Session, rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, json_output: bool) -> None:
    shown = rows if json_output else (_with_money(row, session.language) for row in rows)
    show_rows(shown, columns, json_output=json_output, language=session.language)


def _with_money(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    currency = row.get("currency") or row.get("account_currency") or "EUR"
    return {name: money(value, currency, language) if name in MONEY else value for name, value in row.items()}
