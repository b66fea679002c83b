"""Reminders in figures, as tables show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from console.output import money

Json = dict[str, Any]

RUN_FIELDS = (
    "run_id",
    "state",
    "generation_date",
    "items",
    "parties",
    "totals",
    "left_out_by_clerk",
    "not_listed",
    "outcomes",
    "reminders",
    "fingerprint",
)


def some(thing: Mapping[str, Any], fields: Sequence[str]) -> Json:
    """Some fields of a thing, with what is not listed and what came of items in short."""
    short = dict(thing)
    for name, key in (("not_listed", "code"), ("outcomes", "outcome")):
        short[name] = [f"{row[key]} {row['items']}" for row in short.get(name, ())]
    return {field: short.get(field) for field in fields}


def figures(summary: Mapping[str, Any]) -> Json:
    """A control list in figures."""
    return {name: summary[name] for name in ("items", "parties", "totals")}


def left_out_rows(left_out: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Why items are not on the list."""
    return [{"code": row["code"], "items": row["items"], "message": row["message"]} for row in left_out]


def with_money(rows: Iterable[Mapping[str, Any]], language: str, *, json_output: bool) -> Iterable[Mapping[str, Any]]:
    """Reminders with what is to be paid as people write it; as JSON, they stay as they are."""
    return rows if json_output else (dict(row) | {name: _spoken(row[name], language) for name in SUMS} for row in rows)


SUMS = ("totals", "charges")
"""Minor units by currency."""


def _spoken(sums: Mapping[str, int], language: str) -> str:
    return " + ".join(money(amount, currency, language) for currency, amount in sums.items())
