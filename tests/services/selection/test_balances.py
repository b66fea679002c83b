"""The kept balance of every party stays exact, however often and in whatever order events come."""

import random
from typing import Any

import pytest

from contracts.event import Event
from tests.services.selection.conftest import Selection, SelectionDesk
from tests.services.selection.library import configured, matched, party, posted, summary, written_off

BALANCES = "SELECT party_id, currency, open_amount, open_items FROM balance ORDER BY party_id, currency"


def ledger(seed: int) -> list[Event]:
    """Postings and matches of some parties, in an order that could have been."""
    dice = random.Random(seed)
    events: list[Event] = []
    for number in range(60):
        party_id, item_id = f"P{number % 7}", f"I{number}"
        amount = dice.choice([-1, 1]) * dice.randint(2, 9_999)
        events.append(posted(item_id, amount, party_id=party_id, currency=dice.choice(["EUR", "DKK"])))
        left = amount
        for version in range(1, dice.randint(1, 4)):
            step = -left if version == 3 or abs(left) == 1 else -left // 2
            if step == 0:
                break
            left += step
            events.append(matched({item_id: (step, left, version)}, party_id=party_id))
            if left == 0:
                break
    return events


async def balances(selection: Selection) -> list[dict[str, Any]]:
    return await selection.rows(BALANCES)


@pytest.mark.requirement("S0.14")
@pytest.mark.parametrize("seed", range(3))
async def test_duplicates_and_disorder_leave_the_same_balances(
    selection: Selection, desk: SelectionDesk, seed: int
) -> None:
    events = ledger(seed)
    await selection.take(configured(), *events)
    expected = await balances(selection)
    disturbed = [*events, *random.Random(seed).choices(events, k=len(events))]
    random.Random(seed).shuffle(disturbed)

    for start in range(0, len(disturbed), 11):
        await selection.take(*disturbed[start : start + 11])
    await selection.sweep()

    audit = await desk.read("audit")
    assert await balances(selection) == expected
    assert audit["violations"] == []
    assert audit["checked"]["balances"] == len(expected)


async def test_what_comes_before_its_item_waits_and_then_counts_once(selection: Selection) -> None:
    late = matched({"I1": (-250, 1000, 1)}, method="write-off")
    await selection.take(configured(), late, late)

    waiting = await balances(selection)
    await selection.take(posted("I1", 1250))
    await selection.sweep()
    await selection.take(late)

    assert waiting == []
    assert await balances(selection) == [{"party_id": "P1", "currency": "EUR", "open_amount": 1000, "open_items": 1}]
    assert await selection.rows("SELECT amount, items FROM past_writeoff") == [{"amount": 250, "items": 1}]


async def test_a_reversed_write_off_no_longer_counts_whichever_comes_first(
    selection: Selection, desk: SelectionDesk
) -> None:
    await selection.take(configured(), posted("I1", 1250))
    original = matched({"I1": (-1250, 0, 1)}, method="write-off")
    undone = matched(
        {"I1": (1250, 1250, 2)},
        method="reversal",
        reversal_of=original.match_id,
        contra_lines=[{"kind": "write-off", "amount": -1250}],
    )

    await selection.take(undone)
    await selection.take(original, undone)

    assert (await desk.do("criteria/count", {"criteria": "party_writeoffs = 0"}))["hits"] == 1
    assert [row["open_amount"] for row in await balances(selection)] == [1250]


async def published(selection: Selection, desk: SelectionDesk) -> tuple[Any, list[Event]]:
    """A write-off of two items that was published, and what the ledger will say of each."""
    await selection.take(configured(), party("P1"), posted("I1"), posted("I2"))
    batch = await desk.approved(await desk.reported("open_amount > 100"))
    await selection.work()
    return batch, [written_off(request) for request in await selection.published("writeoff-requested")]


async def test_progress_and_outcome_are_told_once_however_often_they_come(
    selection: Selection, desk: SelectionDesk
) -> None:
    batch, answers = await published(selection, desk)
    final = summary(batch["batch_id"], 2, 1)

    await selection.take(*answers, *answers)
    underway = await desk.read(f"write-offs/{batch['batch_id']}")
    await selection.take(final, *answers, final)

    outcome = await desk.read(f"write-offs/{batch['batch_id']}")
    assert underway["progress"] == {"published": 2, "written_off": 2, "skipped": 0}
    assert outcome["progress"] == {"published": 2, "written_off": 1, "skipped": 1}
    assert outcome["summary"]["skipped"] == [{"code": "settled-meanwhile", "items": 1}]


async def test_the_outcome_may_come_before_the_ledgers_word_and_is_complete(
    selection: Selection, desk: SelectionDesk
) -> None:
    batch, answers = await published(selection, desk)

    await selection.take(summary(batch["batch_id"], 2, 2))
    early = await desk.read(f"write-offs/{batch['batch_id']}")
    await selection.take(*answers)
    late = await desk.read(f"write-offs/{batch['batch_id']}")

    assert early["progress"] == late["progress"] == {"published": 2, "written_off": 2, "skipped": 0}
    assert early["state"] == "done"


async def test_a_party_with_more_items_than_one_event_carries_is_told_in_several(
    selection: Selection, desk: SelectionDesk
) -> None:
    await selection.take(configured(), *(posted(f"I{number}", 200) for number in range(2_001)))
    await selection.take(posted("J1", 200, party_id="P2"))
    made = await desk.reported("open_amount > 100")

    await desk.approved(made)
    await selection.work()

    requests = await selection.published("writeoff-requested")
    assert [(r.party_id, len(r.lines), r.batch_requests) for r in requests] == [
        ("P1", 2_000, 3),
        ("P1", 1, 3),
        ("P2", 1, 3),
    ]
    assert len({request.request_id for request in requests}) == 3
    assert (await desk.read("audit"))["violations"] == []
