"""An import as a person goes through it: what would happen, the command that does it, and what became of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import typer

from chassis.sentences import Count, Sentence
from console.caller import SERVICES
from console.exits import CHANGED, REFUSED, TIMED_OUT, USAGE, CommandFailed
from console.importing.columns import bind
from console.importing.examination import Decisions, Examiner, Fate
from console.importing.fields import OPEN_AMOUNT, check_mapping
from console.importing.fingerprints import Fingerprint
from console.importing.made import ImportTerms
from console.importing.mapping import ColumnMapping
from console.importing.outcomes import EVENTS, told_of, with_outcomes
from console.importing.posting import Staging
from console.importing.records import TAKEN, Record, Spool, Totals, record_of, spooled
from console.importing.seen import nothing_seen
from console.importing.showing import DRY_COLUMNS, POSTED_COLUMNS, Choices, Examined, show_import
from console.importing.tables import open_table
from console.next_command import typed_again
from console.output import progress_bar, say
from console.session import Session
from console.settled import Sending, wait_for_own


@dataclass(frozen=True, slots=True)
class Import:
    """A file, how it is read, and for whom."""

    session: Session
    file: Path
    mapping: ColumnMapping
    terms: ImportTerms


def run_import(context: typer.Context, job: Import, choices: Choices) -> None:
    """Show what an import would do; or do it, where its fingerprint is confirmed."""
    check_mapping(job.mapping, job.terms.kind)
    if OPEN_AMOUNT in job.mapping.columns and job.terms.opening_date is None:
        raise CommandFailed("The file tells what is open: say by --opening-date on which day.", USAGE)
    if job.terms.administration != job.session.administration:
        raise CommandFailed(
            "The mapping is for administration {mapped}, and you work in {chosen}.",
            USAGE,
            mapped=job.terms.administration,
            chosen=job.session.administration,
        )
    with spooled() as spool:
        if choices.confirm is None:
            _dry_run(context, job, choices, spool)
        else:
            _post(context, job, choices, spool)


def _dry_run(context: typer.Context, job: Import, choices: Choices, spool: Spool) -> None:
    def keep(fate: Fate) -> Record | None:
        return record_of(fate) if choices.wants_rows or fate.outcome not in TAKEN else None

    examined = _examine(job, spool, keep, lambda _number, chunk: chunk)
    show_import(examined, choices, job.session.language, examined.spool, DRY_COLUMNS)
    _say_what_follows(context, examined, choices, job.session.language)
    if examined.refused:
        raise CommandFailed("{count} rows are refused.", REFUSED, count=Count(examined.refused))


def _say_what_follows(context: typer.Context, examined: Examined, choices: Choices, language: str) -> None:
    if not examined.new:
        say(Sentence("There is nothing to post."), language)
        return
    again = typed_again(context, "--confirm", str(examined.fingerprint))
    if not examined.refused or choices.partly:
        say(Sentence("Nothing is posted yet. Confirm with: {command}", command=again), language)
        return
    partly = typed_again(context, "--partly", "--confirm", str(examined.fingerprint))
    say(Sentence("Nothing is posted while rows are refused. To post the others: {command}", command=partly), language)


def _post(context: typer.Context, job: Import, choices: Choices, spool: Spool) -> None:
    session, language = job.session, job.session.language
    staging = Staging.opened(session, job.file.name, choices.confirm or "-")
    try:
        examined = _examine(job, spool, partial(_posted, choices), staging.stage, door_compares=True)
        _check_confirmed(context, examined, choices, language)
    except BaseException:
        staging.drop()
        raise
    if not examined.new:
        staging.drop()
        show_import(examined, choices, language, spool, DRY_COLUMNS)
        say(Sentence("There is nothing to post."), language)
        _fail_if_any(spool.counts, "refused")
        return
    sending = Sending(SERVICES)
    sending.begin(session, [{"data": {"administration": job.terms.administration}}])
    staging.publish()
    sending.end(session)
    if not choices.wait:
        show_import(examined, choices, language, _without_events(spool), DRY_COLUMNS)
        _fail_if_any(spool.counts, "refused")
        return
    _wait(session, sending, choices.limit)
    with spooled() as outcomes:
        with progress_bar(Sentence("Asking the services"), language) as progress:
            for done, row in enumerate(with_outcomes(session, spool), 1):
                outcomes.add(row)
                progress({"done": done, "total": spool.counts.total()})
        show_import(
            Examined(examined.table, outcomes, examined.totals, examined.fingerprint),
            choices,
            language,
            outcomes,
            POSTED_COLUMNS,
        )
        _fail_if_any(outcomes.counts, "refused", "put-aside", "waiting", "not-heard")


def _wait(session: Session, sending: Sending, limit_seconds: float) -> None:
    """Wait until all services have taken the import's events; at the limit the rows say who has not."""
    try:
        wait_for_own(session, sending, limit_seconds)
    except CommandFailed as failure:
        if failure.code != TIMED_OUT:
            raise
        say(failure.message, session.language)


def _posted(choices: Choices, fate: Fate) -> Record | None:
    """What is kept of a row: with what was told of it, where the services are asked about it afterwards."""
    if not (choices.wait or choices.wants_rows or fate.outcome not in TAKEN):
        return None
    record = record_of(fate)
    if choices.wait and fate.outcome == "new" and fate.made is not None:
        record[EVENTS] = told_of(fate.made.events)
    return record


def _without_events(rows: Iterable[Record]) -> Iterable[Record]:
    return ({name: value for name, value in row.items() if name != EVENTS} for row in rows)


def _examine(
    job: Import,
    spool: Spool,
    keep: Callable[[Fate], Record | None],
    sink: Callable[[int, list[Fate]], list[Fate]],
    *,
    door_compares: bool = False,
) -> Examined:
    """Go through the file once: `keep` says which rows are shown later, `sink` what is done with each chunk."""
    table = open_table(job.file, job.mapping)
    reader = bind(job.mapping, table.headings, job.terms.kind)
    is_compared = door_compares and job.terms.kind != "parties"
    examiner = Examiner(job.session, table, reader, job.terms, door_compares=is_compared)
    totals, decisions = Totals(), Decisions()
    described = Sentence("Reading {file}", file=job.file.name)
    with nothing_seen() as seen, progress_bar(described, job.session.language) as progress:
        for done, fate in enumerate(examiner.fates(seen, sink), 1):
            decisions.add(fate)
            totals.add(fate)
            record = keep(fate)
            if record is None:
                spool.count(fate.outcome)
            else:
                spool.add(record)
            if done % 1_000 == 0:
                progress({"done": done})
    fingerprint = Fingerprint.of(job.file, job.mapping, job.terms, decisions.digest)
    return Examined(table, spool, totals, fingerprint)


def _check_confirmed(context: typer.Context, examined: Examined, choices: Choices, language: str) -> None:
    """Refuse to post what was not confirmed, and what has refused rows unless that is asked for."""
    changed = examined.fingerprint.difference(choices.confirm or "")
    if changed is None and (not examined.refused or choices.partly):
        return
    show_import(examined, choices, language, _without_events(examined.spool), DRY_COLUMNS)
    if changed is None:
        raise CommandFailed(
            "{count} rows are refused, and nothing is posted. --partly posts the others.",
            REFUSED,
            count=Count(examined.refused),
        )
    what = {
        "file": Sentence("the file is another one"),
        "reading": Sentence("the mapping or an option is another one"),
        "decisions": Sentence("what becomes of its rows is something else, as shown above"),
    }
    raise CommandFailed(
        "Nothing is posted: since the dry run {change}. Look at it again: {command}",
        CHANGED,
        change=what[changed],
        command=typed_again(context, without={"--confirm", choices.confirm or ""}),
    )


def _fail_if_any(counts: Mapping[str, int], *outcomes: str) -> None:
    failed = sum(counts.get(outcome, 0) for outcome in outcomes)
    if failed:
        raise CommandFailed("{count} rows were not taken.", REFUSED, count=Count(failed))
