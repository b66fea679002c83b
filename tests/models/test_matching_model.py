"""The ledger does what a ledger on paper does, whatever is asked of it, in any order, however often."""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.databases import FreshDatabase
from tests.models.machine import LedgerMachine

EXAMPLES = int(os.environ.get("OPENITEMS_TEST_EXAMPLES") or 15)
STEPS = 20


@pytest.mark.slow
def test_random_work_leaves_open_what_the_paper_ledger_says(database: FreshDatabase) -> None:
    class Machine(LedgerMachine):
        settings = database.settings("matching")
        owner_url = database.owner_url

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
