"""Where two employees are asked for, a batch that comes as an event names the second one."""

import pytest

from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import configured, posted, requested


@pytest.mark.parametrize("approver", [None, "e.maes", "E.Maes"])
async def test_a_batch_that_nobody_else_approved_is_skipped_whole(writeoffs: WriteOffs, approver: str | None) -> None:
    await writeoffs.take(configured(write_offs={"four_eyes": True}), posted("I1", 1250), posted("I2", 300))

    await writeoffs.take(requested({"I1": 1250, "I2": 300}, approved_by=approver))
    await writeoffs.complete()

    assert not await writeoffs.published("match-requested")
    (outcome,) = await writeoffs.published("items-written-off")
    assert [(skipped.code, skipped.items) for skipped in outcome.skipped] == [("not-approved", 2)]


async def test_a_batch_that_another_employee_approved_is_asked_for(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(write_offs={"four_eyes": True}), posted("I1", 1250))

    await writeoffs.take(requested({"I1": 1250}, approved_by="b.peeters"))

    assert len(await writeoffs.published("match-requested")) == 1


async def test_without_four_eyes_nobody_has_to_approve_it(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), posted("I1", 1250))

    await writeoffs.take(requested({"I1": 1250}))

    assert len(await writeoffs.published("match-requested")) == 1
