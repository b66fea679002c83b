"""`openitems demo`: the main job from end to end, on a stack of its own or on the one that runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from chassis.sentences import Count, Sentence
from console.caller import Target
from console.exits import VIOLATED, CommandFailed
from console.output import JsonOption, say, show
from console.session import Session
from deploy.demo.left_in_folder import LeftInFolder
from deploy.demo.library import ADMINISTRATION
from deploy.demo.step_report import StepReport
from deploy.demo.story import Story
from deploy.embedded import stack
from deploy.embedded.clock import now_utc
from deploy.embedded.folder.ownership import StackFolder
from deploy.embedded.folder.status import StackState
from deploy.embedded.tokens import issue_token

CLERK, APPROVER = "e.maes", "h.lund"
ROLES = ("clerk", "approver", "operator", "auditor")

Folder = Annotated[
    Path, typer.Option("--folder", envvar="OPENITEMS_FOLDER", help="The stack's folder; a new one when it is empty.")
]


def demo(
    context: typer.Context,
    folder: Folder = Path(".openitems"),
    *,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the stack running afterwards; one that ran before is left anyway.")
    ] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Remove the folder before, if an earlier demonstration made it.")
    ] = False,
    json_output: JsonOption = False,
) -> None:
    """Publish a made-up library, settle, select, report, write off, remind, audit; under a minute.

    Its books are an administration of their own, `demo`, and stay in the folder.
    """
    told = LeftInFolder(folder)
    if anew:
        told.forget()
    told.check_untold()
    language = context.find_root().obj.language
    step_report = StepReport(language)
    ran_before = stack.status(folder).state is not StackState.STOPPED
    try:
        with step_report.step("stack") as step:
            with told.noted_whose_folder_it_is():
                status = stack.start(folder, progress=say)
            step.count = len(status.children)
            step.what = Sentence("{count} processes run in {folder}", count=Count(step.count), folder=status.folder)
        sessions = [_session(folder, employee, language) for employee in (CLERK, APPROVER)]
        report = Story(sessions[0], sessions[1], step_report, told.files, StackFolder(folder).documents).tell()
    finally:
        if not (keep or ran_before):
            stack.stop(folder, progress=None)
    summary = step_report.as_json(audit=report)
    told.summary.write_text(json.dumps(summary, indent=1), "utf-8")
    if json_output:
        show(summary, json_output=True)
    else:
        all_told = Sentence("All told: {seconds:.1f} s. {file}", seconds=summary["seconds"], file=told.summary)
        say(all_told, language)
    if report["violations"]:
        raise CommandFailed("The audit found {count} violations.", VIOLATED, count=len(report["violations"]))


def _session(folder: Path, employee: str, language: str) -> Session:
    recorded = stack.status(folder)
    urls = {child.name: child.url for child in recorded.children if child.url}
    return Session(Target(urls, issue_token(folder, employee, ["*"], ROLES, now_utc())), ADMINISTRATION, language)
