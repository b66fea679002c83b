"""The ledger does what a ledger on paper does, whatever is asked of it, in any order, however often."""

import os
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services.matching.domain import requests, reversals
from services.matching.domain.ledger import Line
from tests.databases import FreshDatabase
from tests.models.machine import LedgerMachine

EXAMPLES = int(os.environ.get("OPENITEMS_TEST_EXAMPLES") or 15)
STEPS = 20


def work_at_random(database: FreshDatabase, **options: Any) -> None:
    class Machine(LedgerMachine):
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
def test_random_work_leaves_open_what_the_paper_ledger_says(database: FreshDatabase) -> None:
    work_at_random(database, max_examples=EXAMPLES)


def nothing_grew(*_: Any) -> None:
    """Settles what grew since it was approved."""


def half_of_it(line: Line, open_amount: int) -> Line:
    """Gives back another amount than was taken."""
    return Line(line.item_id, -line.amount // 2, open_amount - line.amount // 2, line.currency, line.base_amount)


@pytest.mark.parametrize(
    ("module", "name", "fault"),
    [(requests, "_reason_to_skip", nothing_grew), (reversals, "_turned", half_of_it)],
    ids=["more than approved is settled", "a reversal gives back half"],
)
def test_a_planted_fault_is_found_by_random_work(
    database: FreshDatabase, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, fault: Callable[..., Any]
) -> None:
    monkeypatch.setattr(module, name, fault)

    with pytest.raises((AssertionError, BaseExceptionGroup)):
        work_at_random(database, max_examples=60, phases=[Phase.generate], derandomize=True)
