"""Every figure of every past day holds, whatever is booked, on whatever day, through whatever way into the ledger."""

import os
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services.matching.domain import reversals
from services.matching.domain.ledger import LedgerItem
from services.matching.store import runs
from tests.databases import FreshDatabase
from tests.models.days_machine import DaysMachine

EXAMPLES = int(os.environ.get("OPENITEMS_TEST_EXAMPLES") or 12)
STEPS = 20


def book_at_random(database: FreshDatabase, **options: Any) -> None:
    class Machine(DaysMachine):
        settings = database.settings("matching")
        owner_url = database.owner_url

    run_state_machine_as_test(
        Machine,
        settings=settings(
            stateful_step_count=STEPS,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
            **options,
        ),
    )


@pytest.mark.slow
@pytest.mark.requirement("B.7")
def test_every_past_day_of_random_books_holds(database: FreshDatabase) -> None:
    book_at_random(database, max_examples=EXAMPLES)


def its_own_day(item: LedgerItem) -> date:
    """Forgets what was given back."""
    return item.item_date


def no_check(day: date, *_: Any) -> date:
    """Lets an undo lie before its match."""
    return day


def without_day(form: Any, unplanted: Callable[[Any], str] = runs.criteria_json) -> str:
    """Lets a run take what is later than its day."""
    return unplanted(form).replace('"match_date"', '"no_date"')


@pytest.mark.parametrize(
    ("owner", "name", "fault"),
    [
        (LedgerItem, "earliest_on", property(its_own_day)),
        (reversals, "check_reversal_day", no_check),
        (runs, "criteria_json", without_day),
    ],
    ids=["settled twice until an undo", "undone before it was matched", "matched before it was posted"],
)
@pytest.mark.requirement("B.7")
def test_a_planted_fault_of_days_is_found_in_random_books(
    database: FreshDatabase, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, fault: Any
) -> None:
    monkeypatch.setattr(owner, name, fault)

    with pytest.raises((AssertionError, BaseExceptionGroup)):
        book_at_random(database, max_examples=80, phases=[Phase.generate], derandomize=True)
