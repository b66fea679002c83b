"""What the four services say of one item, on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from console.output import heading, show, show_rows
from console.session import Json, Session
from console.words import word

ITEM_FIELDS = (
    "party_id", "item_id", "kind", "status", "journal", "voucher", "item_date", "due_date", "currency", "amount",
    "open_amount", "invoice_number", "reference", "description", "branch", "blocked", "in_payment_run",
    "on_bank_statement",
)  # fmt: skip
MATCH_COLUMNS = ("date", "method", "journal", "match_id", "settled", "open_amount", "employee", "reversed_by")
SET_COLUMNS = ("name", "fixed", "member", "unmet_in_words")
REMINDER_COLUMNS = ("generation_date", "level", "channel", "totals", "employee", "issued_at")


def show_explained(session: Session, explained: Json) -> None:
    """Each service under its own heading: the item and its matches, sets, reminders, write-offs."""
    ledger = explained["matching"]
    item = ledger["item"]
    _section(session, "matching")
    show(
        {name: item[name] for name in ITEM_FIELDS if item[name] not in (None, "")},
        json_output=False,
        language=session.language,
    )
    _table(session, list(_settlements(item, ledger["matches"])), MATCH_COLUMNS)
    if ledger["not_matched_because"]:
        _fields(session, {"not_matched_because": ledger["not_matched_because"]})
    _section(session, "selection")
    _listed(session, explained["selection"], SET_COLUMNS)
    _section(session, "reminders")
    _fields(session, explained["reminders"]["on_a_list"])
    _listed(session, explained["reminders"]["history"], REMINDER_COLUMNS)
    _section(session, "writeoff")
    _listed(session, explained["writeoff"], None)


def _section(session: Session, name: str) -> None:
    heading(word(name, session.language))


def _settlements(item: Mapping[str, Any], matches: Sequence[Json]) -> Iterator[Json]:
    """What each match did to the item, which is one of its lines."""
    for told in matches:
        match = told["match"]
        for line in match["lines"]:
            if line["item_id"] == item["item_id"]:
                yield {
                    **match,
                    "currency": item["currency"],
                    "settled": -line["amount"],
                    "open_amount": line["open_amount"],
                    "reversed_by": told["reversed_by"],
                }


def _listed(session: Session, told: Any, columns: Sequence[str] | None) -> None:
    """A service's list, or its word that it has none to give."""
    rows = told.get("items") if isinstance(told, Mapping) else told
    if rows is None:
        _fields(session, told)
    elif rows:
        _table(session, rows, columns or list(rows[0]))


def _table(session: Session, rows: Sequence[Json], columns: Sequence[str]) -> None:
    if rows:
        show_rows(rows, columns, json_output=False, language=session.language)


def _fields(session: Session, fields: Mapping[str, Any]) -> None:
    show(
        {name: value for name, value in fields.items() if value is not None},
        json_output=False,
        language=session.language,
    )
