"""Long runs: queued, followed to their end, looked at again, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from chassis.sentences import Count, Sentence
from console.exits import REFUSED, CommandFailed
from console.ids import MatchingRunId
from console.matching import options as opt
from console.matching.readable_rows import show_figures
from console.next_command import command, typed_above, typed_again
from console.output import JsonOption, heading, progress_bar, say, show
from console.session import Json, Session, session_of
from console.words import coded, word

SERVICE = "matching"
LISTS = {"suggestions": "suggestion", "left_alone": "left-alone", "refused": "refused"}
"""What a run's result shows the first of, and what `findings` calls them."""
MATCHING = frozenset({"totals", "dropped", "dropped_items"})
"""What the results of runs that match have, and those of no others."""
FINDING_COLUMNS = ("party_id", "currency", "code", "item_ids", "match_id", "zero_balance_date", "used_by")
TOTAL_COLUMNS = ("currency", "parties", "matches", "items", "amount")
FIRST = (
    "run_id",
    "dry_run",
    "done",
    "total",
    "undone",
    "undone_by_hand",
    "matches",
    "by_hand",
    "items",
    "lines",
    "held_items",
    "proposed_items",
    "proposals",
    "later_items",
    "later_matches",
)
"""What a result begins with, where it has it; the rest follows as it came."""


def run_to_its_end(
    context: typer.Context, path: str, body: Mapping[str, object], description: str, *, json_output: JsonOption
) -> None:
    """Start a run, wait for it, and show its id and its result; CommandFailed when it failed."""
    session = session_of(context)
    result = followed(session, path, body, description)
    if result.get("dry_run"):
        again = typed_again(context, without={"--dry-run"})
        done = Sentence("Nothing is changed: this is what the run would come to. To do it: {command}", command=again)
        say(done, session.language)
    _end_with(context, result, json_output=json_output)


def _end_with(context: typer.Context, result: Json, *, json_output: bool) -> None:
    """Show what a run came to; where it refused to undo something, say what to do about each that is shown.

    Raises CommandFailed for what was refused; as JSON the failure has the whole result.
    """
    session = session_of(context)
    if not result.get("refused_total"):
        show_result(session, result, json_output=json_output)
        return
    if not json_output:
        show_result(session, result, json_output=False)
    day = opt.day_or_today(session, context.params.get("date"))
    for finding in result["refused"]:
        undo = ("undo", finding["used_by"][0], "--party", finding["party_id"], "--date", day)
        remedy = Sentence(
            "The remainder of match {match_id} was settled since, by {count} matches. Undo first: {command}",
            match_id=finding["match_id"],
            count=Count(len(finding["used_by"])),
            command=typed_above(context, "matching", *undo),
        )
        say(remedy, session.language)
    raise CommandFailed(
        "{count} matches were refused and stay as they are.",
        REFUSED,
        result,
        count=Count(result["refused_total"]),
    )


def followed(session: Session, path: str, body: Mapping[str, object], description: str) -> Json:
    """A run's id, how far it came and its result, once it is done; `path` is below the administration's."""
    queued = session.post(SERVICE, session.within(path), body)
    return _to_its_end(session, queued["job_id"], description)


def _to_its_end(session: Session, run_id: str, description: str) -> Json:
    seen: Json = {}
    with progress_bar(description, session.language) as progress:

        def watch(job: Json) -> None:
            seen.update(job)
            progress(job)

        result = session.follow(SERVICE, run_id, watch)
    return {"run_id": run_id, "done": seen["done"], "total": seen["total"], **result}


def show_result(session: Session, result: Json, *, json_output: bool) -> None:
    """What a run came to; what it left to a person follows as tables, the first of each kind."""
    if json_output:
        show(result, json_output=True)
        return
    _say_what_was_not_done(session, result)
    order = [*(name for name in FIRST if name in result), *(name for name in result if name not in FIRST)]
    shown = {name: result[name] for name in order if name not in LISTS and name != "totals"}
    show(shown, json_output=False, language=session.language)
    if result.get("totals"):
        rows = [{"currency": currency, **total} for currency, total in result["totals"].items()]
        columns = [column for column in TOTAL_COLUMNS if column in rows[0]]
        show_figures(session, rows, columns, json_output=False)
    for name, kind in LISTS.items():
        if result.get(name):
            _show_findings(session, result, name, kind)


def _say_what_was_not_done(session: Session, result: Json) -> None:
    """In words: that nobody is within the criteria, that nothing was done, and that proposals hold items."""
    if result["total"] == 0:
        say(Sentence("No party is within the criteria."), session.language)
    elif not any(result.get(name) for name in ("totals", "matches")):
        # An undo tells how many lines it turned, a run that matches how much it settled or dropped.
        if "lines" in result:
            say(Sentence("Nothing was undone."), session.language)
        elif MATCHING.intersection(result):
            say(Sentence("Nothing was matched."), session.language)
    if result.get("proposed_items"):
        held = Sentence(
            "{count} items were passed over, since proposals hold them: {proposals}. See: {command}",
            count=Count(result["proposed_items"]),
            proposals=", ".join(result["proposals"]),
            command=command("matching", "proposal", result["proposals"][0]),
        )
        say(held, session.language)


def _show_findings(session: Session, result: Json, name: str, kind: str) -> None:
    heading(word(f"{name}_total", session.language))
    show_figures(session, result[name], _told_of(result[name]), json_output=False)
    count, total = len(result[name]), result[f"{name}_total"]
    if count < total:
        every = command("matching", "findings", str(result["run_id"]), "--kind", kind)
        shown = Sentence(
            "{count} of {total} shown. All: {command}", count=Count(count), total=Count(total), command=every
        )
        say(shown, session.language)


def _told_of(findings: list[Json]) -> list[str]:
    return [column for column in FINDING_COLUMNS if any(column in finding for finding in findings)]


def run(context: typer.Context, run_id: MatchingRunId, *, json_output: JsonOption = False) -> None:
    """How far a run is and what it came to; waits for its end while it goes on."""
    session = session_of(context)
    job = session.get(SERVICE, f"/v1/jobs/{run_id}")
    if job["administration"] != session.administration:
        raise CommandFailed(
            "Run {run_id} is one of administration {administration}.",
            REFUSED,
            run_id=run_id,
            administration=job["administration"],
        )
    result = _to_its_end(session, run_id, coded(job["kind"], session.language))
    _end_with(context, result, json_output=json_output)


def cancel(context: typer.Context, run_id: MatchingRunId, *, json_output: JsonOption = False) -> None:
    """Stop a run at the end of the chunk that it is at; what it did stays, and undo-run takes it back."""
    session = session_of(context)
    stopped = session.post(SERVICE, session.within(f"runs/{run_id}/cancellation"))
    counted = {name: stopped[name] for name in ("run_id", "done", "total")}
    show_result(session, counted | stopped["result"], json_output=json_output)
