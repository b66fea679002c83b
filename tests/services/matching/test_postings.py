import random
from typing import Any

import pytest

from contracts.event import Event
from contracts.library import BailiffReferred
from contracts.reminders import ReminderIssued
from services.matching.store import runs
from tests.services.matching.books import Ledger
from tests.services.matching.library import ADMINISTRATION, EMPLOYEE, changed, posted, requested, settlement


async def test_the_same_posting_twice_is_one_item(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 500), posted("I1", 500))

    outcome = await ledger.take(posted("I1", 500))

    assert outcome.dead == []
    assert await ledger.open() == {"I1": 500}


async def test_another_amount_under_the_same_id_is_put_aside_and_the_good_ones_go_through(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 500))

    outcome = await ledger.take(posted("I1", 501), posted("I2", 70), posted("I2", 71))

    assert [dead.poison.code for dead in outcome.dead] == ["contradictory-posting", "contradictory-posting"]
    assert await ledger.open() == {"I1": 500, "I2": 70}


async def test_the_same_id_of_another_party_is_another_item(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 500), posted("I1", 70, party_id="P2"))

    rows = await ledger.rows("SELECT party_id, open_amount FROM open_item ORDER BY party_id")

    assert [(row["party_id"], row["open_amount"]) for row in rows] == [("P1", 500), ("P2", 70)]


async def test_a_change_waits_for_its_item_and_an_older_one_changes_nothing(ledger: Ledger) -> None:
    await ledger.take(changed("I1", version=3, in_payment_run=True))
    await ledger.take(posted("I1", 500))
    await ledger.sweep()

    await ledger.take(changed("I1", version=2))

    assert await ledger.rows("SELECT held FROM open_item") == [{"held": True}]


async def test_a_settled_item_that_is_opened_again_is_still_held(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 500), posted("C1", -500))
    job = await ledger.settle(settlement())
    await ledger.take(changed("I1", in_payment_run=True))

    await ledger.undo_run(job["job_id"])

    rows = await ledger.rows("SELECT item_id, held FROM open_item ORDER BY item_id")
    assert [(row["item_id"], row["held"]) for row in rows] == [("C1", False), ("I1", True)]


async def test_reminders_and_referrals_mark_items_and_are_never_taken_back(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 500, due_date="2026-10-31"))
    reminder = ReminderIssued.model_validate(ReminderIssued.example | {"party_id": "P1"}, strict=False)
    reminder = reminder.model_copy(
        update={"administration": ADMINISTRATION, "items": (reminder.items[0].model_copy(update={"item_id": "I1"}),)}
    )
    referral = BailiffReferred.model_validate(
        BailiffReferred.example | {"administration": ADMINISTRATION, "party_id": "P1", "item_ids": ("I1",)},
        strict=False,
    )

    await ledger.take(reminder, referral)
    await ledger.take(changed("I1", version=1, due_date="2026-11-30"))
    await ledger.take(reminder)

    (state,) = await ledger.rows("SELECT reminder_level, at_bailiff, due_date::text AS due FROM item_state")
    assert state == {"reminder_level": 1, "at_bailiff": True, "due": "2026-11-30"}


@pytest.mark.parametrize("seed", range(3))
async def test_duplicates_and_disorder_give_the_same_ledger_as_the_clean_stream(ledger: Ledger, seed: int) -> None:
    chance = random.Random(seed)
    clean: list[Event] = [posted(f"I{n}", 100 + n, party_id=f"P{n % 7}") for n in range(120)]
    clean += [changed(f"I{n}", version=n + 1, party_id=f"P{n % 7}", in_payment_run=n % 2 == 0) for n in range(40)]
    clean += [requested({f"I{n}": 100 + n}, party_id=f"P{n % 7}") for n in range(60, 100)]
    await _take(ledger, clean, 20)
    expected = await _books(ledger)
    await ledger.forget()

    dirty = sorted(
        clean + chance.sample(clean, len(clean) // 5), key=lambda event: clean.index(event) + chance.uniform(0, 50)
    )
    await _take(ledger, dirty, 17)

    assert await _books(ledger) == expected
    assert (await ledger.audit()).violations == ()


async def _take(ledger: Ledger, events: list[Event], size: int) -> None:
    for start in range(0, len(events), size):
        await ledger.take(*events[start : start + size])
    for _ in range(3):
        await ledger.sweep()
    assert await ledger.rows("SELECT * FROM waiting_event") == []


async def _books(ledger: Ledger) -> list[dict[str, Any]]:
    return await ledger.rows("SELECT party_id, item_id, open_amount, held FROM open_item ORDER BY party_id, item_id")


async def test_a_run_that_was_cut_off_goes_on_behind_its_last_chunk(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CHUNK_ITEMS", 2)
    await ledger.take(
        *(posted(f"{kind}{n}", sign * 500, party_id=f"P{n}") for n in range(4) for kind, sign in (("I", 1), ("C", -1)))
    )
    settle = runs.settle
    calls: list[Any] = []

    async def broken_once(connection: Any, *rest: Any) -> Any:
        settled = await settle(connection, *rest)
        calls.append(rest[0].parties)
        if len(calls) == 2:
            raise ConnectionResetError("the process is gone")
        return settled

    monkeypatch.setattr(runs, "settle", broken_once)
    job = await ledger.settle(settlement())
    assert job["state"] == "running"
    await ledger.rows("UPDATE job SET next_attempt_at = now()")

    job = await ledger.finish(job["job_id"])

    assert (job["state"], job["done"]) == ("done", 4)
    assert calls == [["P0"], ["P1"], ["P1"], ["P2"], ["P3"]]
    assert await ledger.open() == {}
    assert len(await ledger.published("items-matched")) == 4
    assert job["employee"] == EMPLOYEE
