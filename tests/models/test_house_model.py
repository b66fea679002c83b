"""Four services do what a person with a note book does, whatever is asked of them, in any order, however often."""

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services.writeoff.app import SERVICE
from tests.databases import FreshDatabase
from tests.models.house import open_house
from tests.models.house_machine import HouseMachine

EXAMPLES = int(os.environ.get("OPENITEMS_TEST_EXAMPLES") or 8)
STEPS = 25
PHASES = [Phase.generate] if os.environ.get("OPENITEMS_TEST_NO_SHRINK") else list(Phase)


def do_business(database: FreshDatabase, folder: Path, **options: Any) -> None:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        house = runner.run(stack.enter_async_context(open_house(database, folder)))
        machine = type("Machine", (HouseMachine,), {"house": house, "runner": runner})
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    stateful_step_count=STEPS,
                    deadline=None,
                    print_blob=True,
                    suppress_health_check=list(HealthCheck),
                    **options,
                ),
            )
        finally:
            runner.run(stack.aclose())


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:1")


@pytest.mark.slow
def test_random_business_leaves_everywhere_what_the_note_book_says(database: FreshDatabase, tmp_path: Path) -> None:
    do_business(database, tmp_path, max_examples=EXAMPLES, phases=PHASES)


async def nothing(*_: Any) -> None:
    """Does not do what it should."""


def test_an_event_that_a_service_ignores_is_missed_by_random_business(
    database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers: Any = SERVICE.handlers
    monkeypatch.setitem(handlers, "reminder-issued", nothing)

    with pytest.raises((AssertionError, BaseExceptionGroup)):
        do_business(database, tmp_path, max_examples=40, phases=[Phase.generate], derandomize=True)
