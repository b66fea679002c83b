"""Rows of matching as people read them: amounts with their currency, reasons in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from console.output import AMOUNT_COLUMNS, CODED, JsonOption, money, show_rows
from console.session import Session
from console.words import coded, word

MONEY = frozenset(
    {
        *(
            "marked_amount",
            "marked_charges",
            "charges_settled",
            "credits_settled",
            "contra_amount",
            "charges",
            "credits",
        ),
        *("difference", "tolerance"),
    }
)
"""Columns in minor units of the row's `currency`, beside those that every table knows."""
IN_BASE_CURRENCY = frozenset({"open_base_amount", "revalued_amount", "exchange_difference"})
"""Columns in minor units of the row's `base_currency`."""
RIGHT = AMOUNT_COLUMNS | MONEY | IN_BASE_CURRENCY


def show_figures(
    session: Session, rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, json_output: JsonOption
) -> int:
    """A list with its amounts as money and its reasons in words; JSON is as the service told it."""
    shown = rows if json_output else (readable(row, session.language) for row in rows)
    return show_rows(shown, columns, json_output=json_output, language=session.language, right=RIGHT)


def in_words(reason: Mapping[str, Any], language: str, currency: str | None = None) -> str:
    """A reason with its facts: exact pair (difference €0.00), or settled (Nothing is open.)."""
    facts = [_fact(name, value, language, currency) for name, value in reason.items() if name != "code"]
    code = coded(str(reason.get("code", "")), language)
    return f"{code} ({', '.join(facts)})" if code and facts else code or ", ".join(facts)


def _fact(name: str, value: Any, language: str, currency: str | None) -> str:
    if name == "message":
        return str(value)
    if isinstance(value, Mapping):
        text = in_words(value, language, currency)
    elif isinstance(value, list):
        text = " ".join(map(str, value))
    elif isinstance(value, int) and currency and name in RIGHT:
        text = money(value, currency, language)
    else:
        text = coded(str(value), language) if name in CODED else str(value)
    return f"{word(name, language)} {text}"


def readable(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A row with its amounts as money and its reason in words."""
    return {name: _cell(name, value, row, language) for name, value in row.items()}


def _cell(name: str, value: Any, row: Mapping[str, Any], language: str) -> Any:
    if isinstance(value, int) and name in IN_BASE_CURRENCY | {"difference"} and row.get("base_currency"):
        return money(value, row["base_currency"], language)
    if isinstance(value, int) and name in MONEY and row.get("currency"):
        return money(value, row["currency"], language)
    if name == "reason" and isinstance(value, Mapping):
        return in_words(value, language, row.get("currency"))
    return value
