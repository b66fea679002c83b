"""Rows of matching as people read them: amounts with their currency, reasons in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from console.output import JsonOption, cell, money, show_rows
from console.session import Session
from console.words import word

MONEY = frozenset(
    {"marked_amount", "marked_charges", "charges_settled", "credits_settled", "contra_amount", "charges", "credits"}
)
"""Columns in minor units of the row's `currency`, beside those that every table knows."""
FIGURES = ("parties", "matches", "items", "amount")
"""What a run's totals say, in this order."""


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


def in_figures(currency: str, total: Mapping[str, Any], language: str) -> str:
    """What a run did in one currency, in one line: EUR parties 1, matches 1, items 2, amount €9.00."""
    row = {"currency": currency}
    figures = (f"{word(name, language)} {cell(name, total[name], row, language)}" for name in FIGURES if name in total)
    return f"{currency} {', '.join(figures)}"


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
