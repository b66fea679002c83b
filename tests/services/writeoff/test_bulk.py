"""A bulk write-off: asked for by selection, granted by the ledger, booked and told here."""

import asyncio
from uuid import uuid4

import pytest

from contracts.matching import ItemsMatched
from contracts.selection import WriteoffRequested
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import configured, granted, party, posted, rejected, requested


@pytest.mark.requirement("S4.9", "S0.13")
async def test_open_costs_removed_in_bulk_are_asked_for_and_booked_on_a920(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), party(branch="Zuid"), posted("I1", 1250), posted("I2", 300, "registration"))
    await writeoffs.take(requested({"I1": 1250, "I2": 300}))
    (asked,) = await writeoffs.published("match-requested")

    await writeoffs.take(granted(asked))
    await writeoffs.complete()

    assert asked.contra.journal == "A920"
    assert [(line.item_id, line.amount, line.approved_open_amount) for line in asked.lines] == [
        ("I1", 1250, 1250),
        ("I2", 300, 300),
    ]
    (entry,) = await writeoffs.rows("SELECT * FROM entry")
    lines = await writeoffs.rows("SELECT * FROM entry_line ORDER BY position")
    assert (entry["journal"], entry["fiscal_year"], entry["period"], entry["employee"]) == ("A920", 2026, 11, "e.maes")
    assert [(line["item_id"], line["gl_account"], line["amount"], line["branch"]) for line in lines] == [
        (None, "6420", 1550, None),
        ("I1", "4000", -1250, "Zuid"),
        ("I2", "4000", -300, "Zuid"),
    ]
    (outcome,) = await writeoffs.published("items-written-off")
    assert (outcome.requested_items, outcome.written_off_items, outcome.skipped_items) == (2, 2, 0)
    assert [(w.journal, w.currency, w.items, w.amount) for w in outcome.written_off] == [("A920", "EUR", 2, 1550)]


@pytest.mark.requirement("S0.13", "S4.9")
async def test_contributions_in_a_bulk_write_off_on_a920_are_skipped_and_reported(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), posted("I1"), posted("C1", 900, "contribution"))

    await writeoffs.take(requested({"I1": 1250, "C1": 900}))
    (asked,) = await writeoffs.published("match-requested")
    await writeoffs.take(granted(asked))
    await writeoffs.complete()

    assert [line.item_id for line in asked.lines] == ["I1"]
    (outcome,) = await writeoffs.published("items-written-off")
    assert [(skip.code, skip.items) for skip in outcome.skipped] == [("contribution-not-allowed", 1)]
    assert outcome.requested_items == outcome.written_off_items + outcome.skipped_items == 2


@pytest.mark.requirement("S0.13")
async def test_contributions_are_written_off_in_bulk_on_a_journal_that_allows_them(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), posted("C1", 900, "contribution"))

    await writeoffs.take(requested({"C1": 900}, journal="A100"))

    (asked,) = await writeoffs.published("match-requested")
    assert asked.contra.journal == "A100"


@pytest.mark.requirement("S4.5")
async def test_a300_never_takes_contributions_however_it_is_configured(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), posted("I1"), posted("C1", 900, "contribution"))

    await writeoffs.take(requested({"I1": 1250, "C1": 900}, journal="A300"))

    (asked,) = await writeoffs.published("match-requested")
    assert [line.item_id for line in asked.lines] == ["I1"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"journal": "A999"}, "unknown-journal"),
        ({"journal": "K10"}, "not-a-write-off-journal"),
        ({"date": "2025-01-15"}, "closed-period"),
        ({"date": "2024-06-01"}, "no-period"),
    ],
)
@pytest.mark.requirement("S4.1")
async def test_a_request_against_the_rules_is_answered_with_a_refusal_in_the_outcome(
    writeoffs: WriteOffs, changes: dict[str, str], code: str
) -> None:
    await writeoffs.take(configured(), posted("I1"), posted("I2"))

    await writeoffs.take(requested({"I1": 1250, "I2": 1250}, **changes))
    await writeoffs.complete()

    (outcome,) = await writeoffs.published("items-written-off")
    assert not await writeoffs.published("match-requested")
    assert [(skip.code, skip.items) for skip in outcome.skipped] == [(code, 2)]
    assert (outcome.requested_items, outcome.written_off_items) == (2, 0)


async def test_a_credit_and_a_suppliers_item_are_not_waived(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), posted("I1", -500, "payment"), party("S1", kind="creditor"))
    await writeoffs.take(posted("I2", 700, "invoice", party_id="S1"))

    await writeoffs.take(requested({"I1": -500}), requested({"I2": 700}, party_id="S1"))

    codes = await writeoffs.rows("SELECT code FROM skipped_line ORDER BY code")
    assert [row["code"] for row in codes] == ["not-a-charge", "not-a-debtor"]


async def test_every_event_that_comes_twice_and_in_any_order_has_one_effect(writeoffs: WriteOffs) -> None:
    events = [configured(), posted("I1"), posted("I2", 300), requested({"I1": 1250, "I2": 300})]
    for event in (*reversed(events), *events):
        await writeoffs.take(event)
    await writeoffs.sweep()
    await writeoffs.sweep()
    (asked,) = await writeoffs.published("match-requested")
    answer = granted(asked)

    await writeoffs.take(answer, answer)
    await writeoffs.complete()
    await writeoffs.take(*events, answer)
    await writeoffs.complete()

    assert len(await writeoffs.published("match-requested")) == 1
    assert len(await writeoffs.published("items-written-off")) == 1
    assert len(await writeoffs.rows("SELECT match_id FROM entry")) == 1
    (sums,) = await writeoffs.rows("SELECT sum(amount) AS amount, sum(base_amount) AS base FROM entry_line")
    assert (sums["amount"], sums["base"]) == (0, 0)


async def test_a_request_in_an_unknown_administration_waits_and_is_seen_to_wait(writeoffs: WriteOffs) -> None:
    await writeoffs.take(posted("I1"), requested({"I1": 1250}))
    (waiting,) = await writeoffs.rows("SELECT topic, refers_to FROM waiting_event")

    await writeoffs.take(configured())
    await writeoffs.sweep()

    assert (waiting["topic"], waiting["refers_to"]) == ("writeoff-requested", "administration bib-gent")
    assert len(await writeoffs.published("match-requested")) == 1
    assert not await writeoffs.rows("SELECT topic FROM waiting_event")


async def test_what_the_ledger_skips_or_rejects_is_told_with_its_reason(writeoffs: WriteOffs) -> None:
    batch = {"batch_id": uuid4(), "batch_requests": 2}
    await writeoffs.take(configured(), posted("I1"), posted("I2", 300), posted("I3", 80, party_id="P2"))
    await writeoffs.take(requested({"I1": 1250, "I2": 300}, **batch), requested({"I3": 80}, party_id="P2", **batch))
    first, second = await writeoffs.published("match-requested")
    partly = ItemsMatched.model_validate(
        granted(first).model_dump()
        | {
            "lines": granted(first).lines[:1],
            "contra_lines": (granted(first).contra_lines[0].model_copy(update={"amount": 1250}),),
        }
    )

    await writeoffs.take(partly)
    await writeoffs.complete()
    early = await writeoffs.published("items-written-off")
    await writeoffs.take(rejected(second, "in-payment-run"))
    await writeoffs.complete()

    (outcome,) = await writeoffs.published("items-written-off")
    assert not early
    assert (outcome.requested_items, outcome.written_off_items, outcome.skipped_items) == (3, 1, 2)
    assert [(skip.code, skip.items) for skip in outcome.skipped] == [("in-payment-run", 1), ("settled-meanwhile", 1)]
    assert [(total.currency, total.amount) for total in outcome.requested] == [("EUR", 1630)]


async def test_partitions_that_work_side_by_side_complete_a_batch_once(writeoffs: WriteOffs) -> None:
    parties = 40
    batch = {"batch_id": uuid4(), "batch_requests": parties}
    await writeoffs.take(configured(), *(posted("I1", 100, party_id=f"P{number}") for number in range(parties)))
    requests = [requested({"I1": 100}, party_id=f"P{number}", **batch) for number in range(parties)]

    await asyncio.gather(*(writeoffs.take(*requests[lane::4]) for lane in range(4)))
    answers = [granted(asked) for asked in await writeoffs.published("match-requested")]
    await asyncio.gather(*(writeoffs.take(*answers[lane::4], *answers[lane::8]) for lane in range(4)))
    await asyncio.gather(*(writeoffs.complete() for _ in range(4)))

    (outcome,) = await writeoffs.published("items-written-off")
    assert (outcome.written_off_items, outcome.skipped_items) == (parties, 0)


async def test_a_batch_that_is_told_with_two_numbers_of_requests_is_put_aside(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), posted("I1"), posted("I2"))
    first: WriteoffRequested = requested({"I1": 1250}, batch_requests=2)

    await writeoffs.take(first)
    outcome = await writeoffs.take(requested({"I2": 1250}, batch_id=first.batch_id, batch_requests=3))

    assert [dead.poison.code for dead in outcome.dead] == ["contradictory-batch"]


async def test_a_write_off_that_others_asked_of_the_ledger_is_booked_too(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), posted("I1"), requested({"I1": 1250}))
    (asked,) = await writeoffs.published("match-requested")

    await writeoffs.take(granted(asked, request_id=uuid4(), match_id=uuid4(), method="small-balance"))

    (entry,) = await writeoffs.rows("SELECT origin, journal FROM entry")
    assert (entry["origin"], entry["journal"]) == ("ledger", "A920")
