"""Reminders in figures, as tables show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from console.output import money

Json = dict[str, Any]

LISTED = (
    "run_id",
    "state",
    "generation_date",
    "listed_items",
    "items",
    "parties",
    "totals",
    "left_out_by_clerk",
    "not_listed",
    "fingerprint",
)
ISSUED = (
    "run_id",
    "state",
    "generation_date",
    "listed_items",
    "reminders",
    "issued_items",
    "issued_parties",
    "issued_totals",
    "dropped_items",
    "dropped",
    "left_out_by_clerk",
    "not_listed",
    "issuings",
    "issued_by",
    "issued_at",
)
"""Of a run that was sent: nothing is left to be reminded, and what was is told instead."""
REMINDED = "reminded"


def run_figures(run: Mapping[str, Any]) -> Json:
    """A run in short: what would be sent, or what was sent, dropped and left out, and why."""
    short = dict(run)
    short["not_listed"] = {row["code"]: row["items"] for row in run["not_listed"]}
    short["dropped"] = {row["outcome"]: row["items"] for row in run["outcomes"] if row["outcome"] != REMINDED}
    fields = {"issued": ISSUED, "issuing": (*ISSUED[:4], "items", *ISSUED[4:-1])}.get(run["state"], LISTED)
    return {field: short[field] for field in fields}


def figures(summary: Mapping[str, Any]) -> Json:
    """How many items of how many parties a control list holds, and what they come to."""
    return {name: summary[name] for name in ("items", "parties", "totals")}


def left_out_rows(left_out: Iterable[Mapping[str, Any]]) -> list[Json]:
    """The reasons for which items are not on a list, with how many there are of each."""
    return [{"code": row["code"], "items": row["items"], "message": row["message"]} for row in left_out]


def with_money(rows: Iterable[Mapping[str, Any]], language: str, *, json_output: bool) -> Iterable[Mapping[str, Any]]:
    """Reminders with what is to be paid as people write it; as JSON, they stay as they are."""
    return rows if json_output else (dict(row) | {name: spoken(row[name], language) for name in SUMS} for row in rows)


SUMS = ("totals", "charges")
"""Minor units by currency."""


def spoken(sums: Mapping[str, int], language: str) -> str:
    """Minor units by currency, as people write them."""
    return " + ".join(money(amount, currency, language) for currency, amount in sums.items())
