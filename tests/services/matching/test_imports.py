"""Files come in part by part and are published as a whole or not at all; what became of them can be asked for."""

from typing import Any

import pytest

from contracts.event import Event
from tests.services.matching.books import Ledger
from tests.services.matching.library import party, posted, requested
from tests.services.matching.test_ingest import sent
from tests.support.desk import Desk

NEW = {"file": "items.csv", "fingerprint": "a-b-c"}


async def opened(desk: Desk) -> str:
    """A new import."""
    return str((await desk.do("imports", NEW, 201))["import_id"])


async def staged(desk: Desk, import_id: str, chunk: int, *events: Event) -> Any:
    """A part of it."""
    return await desk.do(f"imports/{import_id}/chunks/{chunk}", sent(*events))


async def kept_aside(ledger: Ledger) -> int:
    """Events of imports that are not published."""
    (row,) = await ledger.rows("SELECT count(*) AS events FROM import_event")
    return int(row["events"])


@pytest.mark.requirement("B.11")
async def test_nothing_of_an_import_is_published_before_it_is_confirmed_and_all_of_it_afterwards(
    desk: Desk, ledger: Ledger
) -> None:
    import_id = await opened(desk)
    await staged(desk, import_id, 1, posted("I8"), posted("I9"))
    answer = await staged(desk, import_id, 0, posted("I7"))
    before = await ledger.published("item-posted")

    confirmed = await desk.do(f"imports/{import_id}/confirmation", {"events": 3}, 202)
    await ledger.worker.advance_one()

    assert answer == {"staged": 1, "refused": [], "duplicates": [], "superseded": []}
    assert before == []
    assert [event.item_id for event in await ledger.published("item-posted")] == ["I7", "I8", "I9"]
    job = await desk.read(f"/v1/jobs/{confirmed['job_id']}")
    assert (job["state"], job["result"], job["done"]) == ("done", {"events": 3}, 3)


async def test_many_parts_are_published_step_by_step_in_the_files_order(desk: Desk, ledger: Ledger) -> None:
    import_id = await opened(desk)
    for chunk in range(25):
        await staged(desk, import_id, chunk * 4, posted(f"I{chunk:02d}"))

    await desk.do(f"imports/{import_id}/confirmation", {"events": 25}, 202)
    steps = 0
    while await ledger.worker.advance_one():
        steps += 1

    assert steps > 5
    published = [event.item_id for event in await ledger.published("item-posted")]
    assert published == [f"I{chunk:02d}" for chunk in range(25)]


async def test_a_part_that_is_sent_again_takes_the_place_of_the_first(desk: Desk, ledger: Ledger) -> None:
    import_id = await opened(desk)
    await staged(desk, import_id, 0, posted("I7"), posted("I8"))
    await staged(desk, import_id, 0, posted("I9"))

    await desk.do(f"imports/{import_id}/confirmation", {"events": 1}, 202)
    await ledger.worker.advance_one()

    assert [event.item_id for event in await ledger.published("item-posted")] == ["I9"]


async def test_an_import_of_which_some_events_are_missing_is_not_published(desk: Desk, ledger: Ledger) -> None:
    import_id = await opened(desk)
    await staged(desk, import_id, 0, posted("I7"))

    problem = await desk.do(f"imports/{import_id}/confirmation", {"events": 2}, 409)

    assert problem["code"] == "import-incomplete"
    assert not await ledger.worker.advance_one()


async def test_what_the_door_would_refuse_is_refused_and_not_kept_aside(desk: Desk) -> None:
    import_id = await opened(desk)
    wrong = {"topic": "item-posted", "data": {"administration": "bib-gent"}}

    answer = await desk.do(f"imports/{import_id}/chunks/0", {"events": [wrong, *sent(posted("I7"))["events"]]})

    assert answer["staged"] == 1
    assert [one["index"] for one in answer["refused"]] == [0]


async def test_a_dropped_import_is_gone_and_a_confirmed_one_stays(desk: Desk, ledger: Ledger) -> None:
    dropped, confirmed = await opened(desk), await opened(desk)
    await staged(desk, dropped, 0, posted("I7"))
    await staged(desk, confirmed, 0, posted("I8"))
    await desk.do(f"imports/{confirmed}/confirmation", {"events": 1}, 202)

    await desk.do(f"imports/{dropped}", method="DELETE")

    problem = await desk.do(f"imports/{confirmed}/chunks/1", sent(posted("I9")), 409)
    assert problem["code"] == "import-confirmed"
    await desk.do(f"imports/{dropped}/confirmation", {"events": 1}, 404)
    assert await kept_aside(ledger) == 1


async def test_an_import_that_nobody_confirmed_is_forgotten_when_another_begins(desk: Desk, ledger: Ledger) -> None:
    abandoned = await opened(desk)
    await staged(desk, abandoned, 0, posted("I7"))
    await ledger.rows("UPDATE import SET opened_at = opened_at - INTERVAL '2 days' RETURNING import_id")

    await opened(desk)

    assert await kept_aside(ledger) == 0


async def test_standings_tell_items_that_are_posted_so_otherwise_or_not(desk: Desk, ledger: Ledger) -> None:
    await ledger.take(posted("I7", 500), posted("C7", -200))
    items = [
        {
            "party_id": event.party_id,
            "item_id": event.item_id,
            "amount": event.amount,
            "currency": event.currency,
            "kind": event.kind,
            "journal": event.journal,
            "voucher": event.voucher,
            "item_date": event.item_date.isoformat(),
        }
        for event in (posted("I7", 500), posted("C7", -300), posted("NEW", 1))
    ]

    answer = await desk.do("standings/items", {"items": items})

    assert answer == {"same": [0], "open_amounts": [500], "other": [1]}


async def test_standings_tell_parties_under_their_version(desk: Desk, ledger: Ledger) -> None:
    await ledger.take(party("P7", version=3))
    parties = [
        event.model_dump(mode="json", exclude_unset=True)
        for event in (party("P7", version=9), party("P7", version=3, name="Another"), party("P8"))
    ]

    answer = await desk.do("standings/parties", {"parties": parties})

    assert answer["known"] == [
        {"index": 0, "version": 3, "is_same": True},
        {"index": 1, "version": 3, "is_same": False},
    ]


async def test_whereabouts_tell_what_was_put_aside_and_what_waits(desk: Desk, ledger: Ledger) -> None:
    await ledger.take(posted("I7", 500))
    request = requested({"NOT-THERE": 100})
    await ledger.take(posted("I7", 600), request)

    answer = await desk.do("events/whereabouts", sent(posted("I7", 600), request, posted("I7", 500), posted("NEW")))

    assert [(one["index"], one["code"]) for one in answer["aside"]] == [(0, "contradictory-posting")]
    assert answer["waiting"] == [{"index": 1, "refers_to": "item NOT-THERE"}]
