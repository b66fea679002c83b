"""The runs that there were: which method over which items, how far each came, and what it came to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from console.matching.readable_rows import show_figures
from console.matching.runs import SERVICE
from console.output import JsonOption, cell, money
from console.session import Json, session_of
from console.words import word

RUN_COLUMNS = (
    "created_at", "kind", "method", "criteria", "state", "done", "total", "result", "employee", "error", "job_id",
)  # fmt: skip
SETTLEMENT = "settle-oldest-first"
"""How a run is queued that matches at once, by whatever method."""
COUNTED = (
    "matches", "by_hand", "undone", "groups", "entries", "dropped", "suggestions_total", "left_alone_total",
    "refused_total", "held_items", "proposed_items",
)  # fmt: skip
"""What a result is summed up by, beside its totals; what is zero is not said."""


def runs(context: typer.Context, *, json_output: JsonOption = False) -> None:
    """The runs that there were, newest first: by which method, over which items, how far and to what each came."""
    session = session_of(context)
    jobs = session.pages(SERVICE, "/v1/jobs", administration=session.administration)
    told = map(_told, jobs)
    shown = told if json_output else (_as_row(job, session.language) for job in told)
    show_figures(session, shown, RUN_COLUMNS, json_output=json_output)


def _told(job: Json) -> Json:
    """A run with what it was asked for: its method, where it has one, and the criteria that were given."""
    asked = job["parameters"].get("form", job["parameters"])
    given = {name: value for name, value in asked.get("criteria", {}).items() if value not in (None, [], "")}
    method = asked.get("method")
    kind = f"settle-{method}" if job["kind"] == SETTLEMENT and method else job["kind"]
    return job | {"kind": kind, "method": method, "criteria": given}


def _as_row(job: Json, language: str) -> dict[str, Any]:
    criteria = (
        f"{word(name, language)} {cell('kind' if name == 'kinds' else name, value, {}, language)}"
        for name, value in job["criteria"].items()
    )
    return job | {
        "criteria": ", ".join(criteria),
        "result": ", ".join(_summed_up(job["result"] or {}, language)),
        "error": (job["error"] or {}).get("message"),
    }


def _summed_up(result: Json, language: str) -> Iterator[str]:
    if result.get("dry_run"):
        yield word("dry_run", language)
    for currency, total in result.get("totals", {}).items():
        yield f"{word('matches', language)} {total['matches']}: {money(total['amount'], currency, language)}"
    for name in COUNTED:
        if result.get(name) and not (name == "matches" and result.get("totals")):
            yield f"{word(name, language)} {result[name]}"
