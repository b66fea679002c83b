"""The audit finds nothing where all went right, and names what somebody altered."""

from uuid import uuid4

import asyncpg
import pytest

from read_model.audits import Audit
from services.writeoff.store.audit import audit
from tests.databases import FreshDatabase
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import ADMINISTRATION, configured, granted, posted, requested, reversed_match


async def audited(writeoffs: WriteOffs) -> Audit:
    async with writeoffs.database.snapshot() as connection:
        return await audit(connection, ADMINISTRATION)


async def test_a_bulk_write_off_leaves_nothing_to_find(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), posted("I1"), posted("C1", 900, "contribution"))
    await writeoffs.take(requested({"I1": 1250, "C1": 900}))
    await writeoffs.take(granted((await writeoffs.published("match-requested"))[0]))
    await writeoffs.complete()

    found = await audited(writeoffs)

    assert found.violations == ()
    assert found.checked["entries"] == found.checked["answers"] == found.checked["batches"] == 1


@pytest.mark.parametrize(
    ("alteration", "invariant"),
    [
        ("UPDATE writeoff.entry_line SET amount = amount + 1 WHERE position = 1", "every entry has two sides"),
        ("UPDATE writeoff.entry SET journal = 'K10'", "write-offs are booked on A-journals"),
        ("UPDATE writeoff.item SET open_amount = 0, amount = 100", "no item is written off beyond its amount"),
        (
            "UPDATE writeoff.item SET item_date = '2026-11-23'",
            "no write-off is earlier than its item",
        ),
        ("DELETE FROM writeoff.answer", "every entry of a request has its match"),
        (
            "UPDATE writeoff.batch_outcome SET outcome = outcome || '{\"requested_items\": 7}'",
            "a batch's counts add up",
        ),
    ],
)
async def test_an_altered_fact_is_found(
    writeoffs: WriteOffs, database: FreshDatabase, alteration: str, invariant: str
) -> None:
    await writeoffs.take(configured(), posted("I1"), requested({"I1": 1250}))
    await writeoffs.take(granted((await writeoffs.published("match-requested"))[0]))
    await writeoffs.complete()
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(alteration)
    await owner.close()

    found = await audited(writeoffs)

    assert any(violation.invariant.startswith(invariant) for violation in found.violations)


@pytest.mark.requirement("B.7")
async def test_a_waiver_that_was_taken_back_before_it_was_given_is_named(
    writeoffs: WriteOffs, database: FreshDatabase
) -> None:
    await writeoffs.take(configured(), posted("I1"), requested({"I1": 1250}))
    match = granted((await writeoffs.published("match-requested"))[0])
    await writeoffs.take(match)
    await writeoffs.take(reversed_match(match, uuid4()))
    before = await audited(writeoffs)
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("UPDATE writeoff.entry SET date = '2026-11-02' WHERE reversal_of IS NOT NULL")
    await owner.close()

    found = await audited(writeoffs)

    told = {violation.invariant: violation.detail for violation in found.violations}
    assert before.violations == ()
    assert told["no reversal is earlier than its entry"].endswith("written_off_on 2026-11-22")
    on_days = "no item is written off beyond its amount on any past day, nor taken back before it was"
    assert told[on_days] == "item_id I1, date 2026-11-02, written_off -1250, amount 1250"


async def test_the_service_itself_may_not_alter_its_bookings(writeoffs: WriteOffs) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await writeoffs.rows("UPDATE entry_line SET amount = 0")
