"""Runs in figures: what each holds, what came of it, and the fingerprint under which it is approved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Connection
from services.reminders.operations.control_list import LeftOutCount, OpenSum, fingerprint_of, left_out_of
from services.reminders.store import runs
from services.reminders.store.issuing import REMINDED
from services.reminders.store.runs import OutcomeFigures, ReminderRun, RunFigures

LEFT_OUT = "left-out"


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How many items came to the same end, or would be reminded."""

    outcome: str
    items: int
    totals: tuple[OpenSum, ...]


@dataclass(frozen=True, slots=True)
class ReminderRunSummary:
    """A run in figures. `fingerprint` names what would be reminded, and is what a clerk approves.

    `listed_items` is all that was frozen; `items`, `parties` and `totals` are what would still be reminded, and what is
    issued or dropped is no longer among them.
    """

    run: ReminderRun
    listed_items: int
    items: int
    parties: int
    totals: tuple[OpenSum, ...]
    issued_items: int
    issued_parties: int
    issued_totals: tuple[OpenSum, ...]
    dropped_items: int
    left_out_by_clerk: int
    not_listed: tuple[LeftOutCount, ...]
    outcomes: tuple[OutcomeCount, ...]
    reminders: int
    fingerprint: str


async def summarise_run(connection: Connection, run: ReminderRun) -> ReminderRunSummary:
    """Count what is in the run and what came of it."""
    figures = await runs.get_figures(connection, run.administration, [run.run_id])
    return _summary(run, figures[run.run_id])


async def summarise_runs(
    connection: Connection, administration: str, before: UUID | None, limit: int
) -> list[ReminderRunSummary]:
    """An administration's runs, newest first; what all of them hold is counted by one statement."""
    found = await runs.list_runs(connection, administration, before, limit)
    figures = await runs.get_figures(connection, administration, [run.run_id for run in found])
    return [_summary(run, figures[run.run_id]) for run in found]


def _summary(run: ReminderRun, figures: RunFigures) -> ReminderRunSummary:
    by_outcome: dict[str | None, list[OutcomeFigures]] = defaultdict(list)
    for one in figures.by_currency:
        by_outcome[one.outcome].append(one)
    included, left_out, issued = by_outcome.pop(None, []), by_outcome.pop(LEFT_OUT, []), by_outcome.get(REMINDED, [])
    return ReminderRunSummary(
        run=run,
        listed_items=_items(figures.by_currency),
        items=_items(included),
        parties=figures.parties.get(None, 0),
        totals=_totals(included),
        issued_items=_items(issued),
        issued_parties=figures.parties.get(REMINDED, 0),
        issued_totals=_totals(issued),
        dropped_items=sum(_items(found) for outcome, found in by_outcome.items() if outcome != REMINDED),
        left_out_by_clerk=_items(left_out),
        not_listed=left_out_of(run.left_out),
        outcomes=tuple(
            OutcomeCount(str(outcome), _items(found), _totals(found))
            for outcome, found in sorted(by_outcome.items(), key=str)
        ),
        reminders=figures.reminders,
        fingerprint=fingerprint_of(included),
    )


def _items(counted: Sequence[OutcomeFigures]) -> int:
    return sum(one.items for one in counted)


def _totals(counted: Sequence[OutcomeFigures]) -> tuple[OpenSum, ...]:
    return tuple(OpenSum(one.currency, one.items, one.open_amount) for one in counted if one.currency)
