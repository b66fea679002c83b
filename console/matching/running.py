"""Long runs: queued, followed to their end, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from console.matching.figures import in_figures
from console.output import JsonOption, progress_bar, show
from console.session import Json, Session, session_of

SERVICE = "matching"


def run_to_its_end(
    context: typer.Context, path: str, body: Mapping[str, object], description: str, *, json_output: JsonOption
) -> None:
    """Start a run, wait for it, and show its id and its result; CommandFailed when it failed."""
    session = session_of(context)
    result = followed(session, path, body, description)
    if not json_output and isinstance(result.get("totals"), dict):
        result["totals"] = [
            in_figures(currency, total, session.language) for currency, total in result["totals"].items()
        ]
    show(result, json_output=json_output, language=session.language)


def followed(session: Session, path: str, body: Mapping[str, object], description: str) -> Json:
    """A run's id and its result, once it is done; `path` is below the administration's."""
    queued = session.post(SERVICE, session.within(path), body)
    with progress_bar(description) as progress:
        result = session.follow(SERVICE, queued["job_id"], progress)
    return {"run_id": queued["job_id"], **result}
