"""Rows of matching as people read them: amounts with their currency, reasons in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from console.output import JsonOption, money, show_rows
from console.session import Session

MONEY = frozenset(
    {"marked_amount", "marked_charges", "charges_settled", "credits_settled", "contra_amount", "charges", "credits"}
)
"""Columns in minor units of the row's `currency`, beside those that every table knows."""


def show_figures(
    session: Session, rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, json_output: JsonOption
) -> int:
    """A list with its amounts as money and its reasons in words; JSON is as the service told it."""
    shown = rows if json_output else (_readable(row, session.language) for row in rows)
    return show_rows(shown, columns, json_output=json_output, language=session.language)


def in_words(reason: Mapping[str, Any]) -> str:
    """A reason with its facts: exact-pair, or within-tolerance (difference 2)."""
    facts = ", ".join(f"{name} {_listed(value)}" for name, value in reason.items() if name != "code")
    code = str(reason.get("code", ""))
    return f"{code} ({facts})" if code and facts else code or facts


def _listed(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _readable(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {name: _cell(name, value, row, language) for name, value in row.items()}


def _cell(name: str, value: Any, row: Mapping[str, Any], language: str) -> Any:
    if name in MONEY and isinstance(value, int):
        return money(value, row["currency"], language)
    if name == "reason" and isinstance(value, Mapping):
        return in_words(value)
    return value
