from datetime import timedelta
from uuid import uuid4

import pytest

from contracts.event import MAX_EVENT_BYTES, MAX_LINES
from services.matching.domain.requests import match_id_of
from tests.services.matching.books import NOW, Ledger
from tests.services.matching.library import configured, posted, requested, reversal


async def test_a_write_off_settles_what_is_open_and_says_so(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 1250), posted("I2", 500))
    request = requested({"I1": 1250, "I2": 500})

    await ledger.take(request)

    assert await ledger.open() == {}
    (match,) = await ledger.published("items-matched")
    assert match.request_id == request.request_id
    assert [(line.item_id, line.amount, line.open_amount) for line in match.lines] == [
        ("I1", -1250, 0),
        ("I2", -500, 0),
    ]
    assert [(contra.kind, contra.amount, contra.journal) for contra in match.contra_lines] == [
        ("write-off", 1750, "A920")
    ]
    assert match.reason == "A920"
    assert (await ledger.audit()).violations == ()


async def test_a_request_delivered_twice_has_one_effect(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 1250))
    request = requested({"I1": 500})

    await ledger.take(request, request)
    await ledger.take(request)

    assert await ledger.open() == {"I1": 1250}
    (rejection,) = await ledger.published("match-rejected")
    assert [outcome.code for outcome in rejection.items] == ["grew-since-approval"]


async def test_never_more_than_was_approved_is_settled(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 1250), posted("C1", -1000), posted("I2", 700))
    await ledger.take(requested({"I1": 1250, "C1": -1000}, method="manual", journal="M90", contra=None))
    assert await ledger.open() == {"I1": 250, "I2": 700}

    await ledger.take(requested({"I1": 1250, "I2": 600}))

    assert await ledger.open() == {"I2": 700}
    match = (await ledger.published("items-matched"))[-1]
    assert [(line.item_id, line.amount) for line in match.lines] == [("I1", -250)]
    assert [(skipped.item_id, skipped.code) for skipped in match.skipped] == [("I2", "grew-since-approval")]


async def test_what_was_settled_meanwhile_is_skipped_and_said(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 1250), posted("I2", 500))
    await ledger.take(requested({"I1": 1250}))

    await ledger.take(requested({"I1": 1250, "I2": 500}), requested({"I1": 1250}))

    match = (await ledger.published("items-matched"))[-1]
    assert [(skipped.item_id, skipped.code) for skipped in match.skipped] == [("I1", "settled-meanwhile")]
    (rejection,) = await ledger.published("match-rejected")
    assert rejection.code == "nothing-to-settle"


async def test_lines_without_a_contra_settle_each_other_oldest_first(ledger: Ledger) -> None:
    await ledger.take(
        posted("I1", 300, item_date="2026-01-02"),
        posted("I2", 300, item_date="2026-01-01"),
        posted("C1", -400, item_date="2026-02-01"),
    )

    await ledger.take(requested({"I1": 300, "I2": 300, "C1": -400}, method="manual", journal="M90", contra=None))

    assert await ledger.open() == {"I1": 200}
    (match,) = await ledger.published("items-matched")
    assert [(a.charge_item_id, a.credit_item_id, a.amount) for a in match.allocations] == [
        ("I2", "C1", 300),
        ("I1", "C1", 100),
    ]


async def test_a_request_waits_for_its_items_and_its_administration(empty_ledger: Ledger) -> None:
    await empty_ledger.take(requested({"I1": 1250}))

    await empty_ledger.take(configured(), posted("I1", 1250))
    await empty_ledger.sweep()

    assert await empty_ledger.open() == {}
    assert await empty_ledger.rows("SELECT * FROM waiting_event") == []


async def test_a_request_that_waits_too_long_is_rejected(ledger: Ledger) -> None:
    await ledger.take(requested({"I9": 1250}))

    await ledger.sweep(NOW + timedelta(days=36_500))

    (rejection,) = await ledger.published("match-rejected")
    assert (rejection.code, rejection.field) == ("unknown-item", "lines/0")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"date": "2026-01-15"}, "closed-period"),
        ({"date": "2020-01-15"}, "no-period"),
        ({"fiscal_year": 2025}, "wrong-fiscal-year"),
        ({"period": 3}, "wrong-period"),
        ({"journal": "X1"}, "unknown-journal"),
        ({"journal": "V10"}, "wrong-journal-type"),
        ({"contra": {"kind": "write-off", "journal": "M90"}}, "wrong-journal-type"),
        ({"currency": "DKK"}, "other-currency"),
        ({"lines": [{"item_id": "I1", "amount": -5}]}, "wrong-sign"),
        ({"lines": [{"item_id": "I1", "amount": 5}, {"item_id": "I1", "amount": 5}]}, "duplicate-item"),
        ({"lines": []}, "no-lines"),
    ],
)
async def test_what_cannot_be_booked_is_rejected_with_the_reason(
    ledger: Ledger, changes: dict[str, object], code: str
) -> None:
    await ledger.take(posted("I1", 1250))

    await ledger.take(requested(**{"lines": [{"item_id": "I1", "amount": 1250}], **changes}))

    (rejection,) = await ledger.published("match-rejected")
    assert rejection.code == code
    assert await ledger.open() == {"I1": 1250}


async def test_a_match_is_undone_by_request_once(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 1250), posted("C1", -1000))
    await ledger.take(requested({"I1": 1250, "C1": -1000}, method="manual", journal="M90", contra=None))
    (match,) = await ledger.published("items-matched")

    await ledger.take(reversal(match.match_id), reversal(match.match_id))

    assert await ledger.open() == {"I1": 1250, "C1": -1000}
    undone = (await ledger.published("items-matched"))[-1]
    assert undone.reversal_of == match.match_id
    (rejection,) = await ledger.published("match-rejected")
    assert rejection.code == "already-reversed"
    assert (await ledger.audit()).violations == ()


async def test_what_was_settled_is_undone_and_settled_again_in_one_batch(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 1250), posted("C1", -1250))
    await ledger.take(requested({"I1": 1250, "C1": -1250}, method="manual", journal="M90", contra=None))
    (match,) = await ledger.published("items-matched")

    await ledger.take(reversal(match.match_id), requested({"I1": 1250}))

    assert await ledger.open() == {"C1": -1250}
    assert [event.method for event in await ledger.published("items-matched")] == ["manual", "reversal", "write-off"]
    assert (await ledger.audit()).violations == ()


async def test_a_match_and_its_reversal_in_one_batch_leave_everything_open(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 1250), posted("C1", -1000))
    request = requested({"I1": 1250, "C1": -1000}, method="manual", journal="M90", contra=None)

    await ledger.take(request, reversal(match_id_of(request.request_id)), reversal(match_id_of(request.request_id)))

    assert await ledger.open() == {"I1": 1250, "C1": -1000}
    made, undone = await ledger.published("items-matched")
    assert undone.reversal_of == made.match_id
    assert [rejection.code for rejection in await ledger.published("match-rejected")] == ["already-reversed"]
    assert (await ledger.audit()).violations == ()


async def test_a_reversal_waits_for_its_match(ledger: Ledger) -> None:
    request = requested({"I1": 1250, "C1": -1000}, method="manual", journal="M90", contra=None)
    await ledger.take(posted("I1", 1250), posted("C1", -1000), reversal(match_id_of(request.request_id)))
    (waiting,) = await ledger.rows("SELECT refers_to FROM waiting_event")
    assert waiting["refers_to"] == f"match {match_id_of(request.request_id)}"

    await ledger.take(request)
    await ledger.sweep()

    assert await ledger.open() == {"I1": 1250, "C1": -1000}
    assert await ledger.rows("SELECT * FROM waiting_event") == []
    assert [match.reversal_of for match in await ledger.published("items-matched")] == [
        None,
        match_id_of(request.request_id),
    ]


async def test_a_reversal_that_waits_too_long_is_rejected(ledger: Ledger) -> None:
    await ledger.take(reversal(match_id_of(uuid4())))

    await ledger.sweep(NOW + timedelta(days=36_500))

    (rejection,) = await ledger.published("match-rejected")
    assert (rejection.code, rejection.field) == ("unknown-match", "reversal_of")


async def test_the_match_of_another_party_is_unknown_to_a_reversal(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 1250), posted("C1", -1000), posted("I1", 500, party_id="P2"))
    await ledger.take(requested({"I1": 1250, "C1": -1000}, method="manual", journal="M90", contra=None))
    (match,) = await ledger.published("items-matched")

    await ledger.take(reversal(match.match_id, party_id="P2"))

    assert len(await ledger.published("items-matched")) == 1
    assert [row["key"] for row in await ledger.rows("SELECT key FROM waiting_event")] == ["bib-gent:P2"]


async def test_a_request_of_the_most_lines_is_one_match_whose_event_fits(ledger: Ledger) -> None:
    amounts = {f"I{n:04}-{'x' * 58}": 100 + n for n in range(MAX_LINES)}
    await ledger.take(*(posted(item_id, amount, voucher="v") for item_id, amount in amounts.items()))

    await ledger.take(requested(amounts))

    assert await ledger.open() == {}
    (match,) = await ledger.published("items-matched")
    assert len(match.lines) == MAX_LINES
    assert len(match.model_dump_json()) < MAX_EVENT_BYTES


@pytest.mark.requirement("B.10")
@pytest.mark.parametrize("together", [True, False], ids=["one batch", "one after the other"])
@pytest.mark.parametrize(("asked", "opened"), [(1250, {}), (500, {"I1": 1250, "I2": 300})], ids=["granted", "refused"])
async def test_a_request_that_comes_after_another_has_an_effect_only_where_that_had_one(
    ledger: Ledger, asked: int, opened: dict[str, int], *, together: bool
) -> None:
    await ledger.take(posted("I1", 1250), posted("I2", 300))
    first = requested({"I1": asked})
    second = requested({"I2": 300}, only_after=first.request_id)

    if together:
        await ledger.take(first, second)
    else:
        await ledger.take(first)
        await ledger.take(second)

    assert await ledger.open() == opened
    rejected = [rejection.code for rejection in await ledger.published("match-rejected")]
    assert rejected == ([] if asked == 1250 else ["nothing-to-settle", "earlier-request-refused"])


@pytest.mark.requirement("B.10")
async def test_a_request_that_comes_before_the_one_that_it_is_to_follow_waits_for_it(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 1250), posted("I2", 300))
    first = requested({"I1": 1250})

    await ledger.take(requested({"I2": 300}, only_after=first.request_id))
    before = await ledger.open()
    await ledger.take(first)
    await ledger.sweep()

    assert before == {"I1": 1250, "I2": 300}
    assert await ledger.open() == {}
