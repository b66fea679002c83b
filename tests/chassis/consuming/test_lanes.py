"""Lanes keep nothing of what was read but their groups, and try again what fails."""

import asyncio
from contextvars import ContextVar

import pytest
from structlog.testing import capture_logs

from chassis.consuming.partition_lanes import LaneGroup, Lanes

MESSAGE: ContextVar[str] = ContextVar("message")


async def test_a_lane_knows_nothing_of_the_context_in_which_a_group_was_put() -> None:
    """Who puts has the message in its context, and each timer of the database keeps the context that it was made in."""
    seen: list[str | None] = []
    applied = asyncio.Event()

    async def apply(_group: LaneGroup) -> None:
        seen.append(MESSAGE.get(None))
        applied.set()

    lanes = Lanes(apply, at_once=10)
    MESSAGE.set("all records of a batch")
    lanes.put(0, LaneGroup())
    await applied.wait()

    assert seen == [None]


async def test_what_fails_is_tried_again_after_pauses_that_grow_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.consuming.partition_lanes.FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr("chassis.faults.LONGEST_PAUSE_SECONDS", 0.003)
    failures = iter(range(4))
    applied = asyncio.Event()

    async def apply(_group: LaneGroup) -> None:
        if next(failures, None) is not None:
            raise ConnectionError
        applied.set()

    with capture_logs() as logs:
        Lanes(apply, at_once=10).put(0, LaneGroup())
        await applied.wait()

    assert [entry["pause_seconds"] for entry in logs] == [0.001, 0.002, 0.003, 0.003]
