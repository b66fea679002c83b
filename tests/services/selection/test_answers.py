"""What the ledger says of a write-off is counted at the request that it answers, and at no other."""

from typing import Any

from contracts.matching import MatchRejected
from contracts.selection import WriteoffRequested
from tests.services.selection.conftest import Selection, SelectionDesk
from tests.services.selection.library import NOW, ask_id_of, configured, matched, party, posted, read, written_off


async def published(
    selection: Selection, desk: SelectionDesk, criteria: str, name: str
) -> tuple[Any, list[WriteoffRequested]]:
    """A write-off that was published, and its requests."""
    batch = await desk.approved(await desk.reported(criteria, name))
    await selection.work()
    every = await selection.published("writeoff-requested")
    return batch, [request for request in every if str(request.batch_id) == batch["batch_id"]]


def refused(request: WriteoffRequested, **changes: Any) -> MatchRejected:
    """The ledger refuses all that was asked for a request, naming no item."""
    facts = {
        "party_id": request.party_id,
        "request_id": ask_id_of(request),
        "code": "closed-period",
        "message": "Period 2026/10 is closed.",
        "employee": "e.maes",
        "recorded_at": NOW,
    }
    event: MatchRejected = read(MatchRejected, facts | changes)
    return event


async def progress_of(desk: SelectionDesk, batch: Any) -> Any:
    return (await desk.read(f"write-offs/{batch['batch_id']}"))["progress"]


async def test_a_request_that_is_refused_as_a_whole_skips_all_of_its_items(
    selection: Selection, desk: SelectionDesk
) -> None:
    await selection.take(configured(), party("P1"), posted("I1"), posted("I2"))
    batch, (request,) = await published(selection, desk, "open_amount > 100", "Old debts")

    await selection.take(refused(request), refused(request))
    await selection.take(refused(request))

    assert await progress_of(desk, batch) == {"published": 2, "written_off": 0, "skipped": 2}


async def test_what_the_ledger_leaves_out_of_a_match_is_skipped(selection: Selection, desk: SelectionDesk) -> None:
    await selection.take(configured(), party("P1"), posted("I1"), posted("I2"), posted("I3"))
    batch, (request,) = await published(selection, desk, "open_amount > 100", "Old debts")
    first = request.model_copy(update={"lines": request.lines[:1]})

    await selection.take(written_off(first))

    assert await progress_of(desk, batch) == {"published": 3, "written_off": 1, "skipped": 2}


async def test_each_of_two_write_offs_of_a_party_is_credited_with_its_own_answer(
    selection: Selection, desk: SelectionDesk
) -> None:
    await selection.take(configured(), party("P1"), posted("I1"), posted("I2"))
    earlier, _ = await published(selection, desk, "item_id = I1", "First")
    later, (request,) = await published(selection, desk, "item_id = I2", "Second")

    await selection.take(written_off(request))

    assert await progress_of(desk, earlier) == {"published": 1, "written_off": 0, "skipped": 0}
    assert await progress_of(desk, later) == {"published": 1, "written_off": 1, "skipped": 0}


async def test_a_write_off_that_was_asked_elsewhere_is_credited_to_none_of_ours(
    selection: Selection, desk: SelectionDesk
) -> None:
    await selection.take(configured(), party("P1"), posted("I1"), posted("I2"))
    batch, _ = await published(selection, desk, "item_id = I1", "First")

    await selection.take(matched({"I2": (-1250, 0, 1)}, method="write-off", reason="A100"))

    assert await progress_of(desk, batch) == {"published": 1, "written_off": 0, "skipped": 0}


async def test_a_party_with_more_items_than_one_question_takes_is_counted_to_the_last(
    selection: Selection, desk: SelectionDesk
) -> None:
    await selection.take(configured(), *(posted(f"I{number:04}", 200) for number in range(501)))
    batch, (request,) = await published(selection, desk, "open_amount > 100", "Old debts")
    rest = request.model_copy(update={"lines": request.lines[500:]})

    await selection.take(written_off(rest, request_id=ask_id_of(request, number=1)))
    half = await progress_of(desk, batch)
    await selection.take(refused(request))

    assert half == {"published": 501, "written_off": 1, "skipped": 0}
    assert await progress_of(desk, batch) == {"published": 501, "written_off": 1, "skipped": 500}


async def test_undoing_a_payment_difference_is_no_write_off_and_leaves_nothing_behind(selection: Selection) -> None:
    await selection.take(configured(), posted("I1", 1250))
    difference = matched(
        {"I1": (-1250, 0, 1)}, method="small-balance", contra_lines=[{"kind": "payment-difference", "amount": 1250}]
    )
    undone = matched(
        {"I1": (1250, 1250, 2)},
        method="reversal",
        reversal_of=difference.match_id,
        contra_lines=[{"kind": "payment-difference", "amount": -1250}],
    )

    await selection.take(difference, undone)

    assert await selection.rows("SELECT match_id FROM past_writeoff") == []
