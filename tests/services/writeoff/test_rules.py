"""Automatic write-offs, rule by rule, as the events come in: once, twice, before and after their items."""

from collections.abc import Mapping
from typing import Any

import pytest

from chassis.database import COPIED_FROM
from contracts.event import PartyEvent
from contracts.library import ItemPosted
from tests.services.writeoff.causes import cancelled, contribution, enrolled, invoiced, referred, returned, uncharged
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import ADMINISTRATION, configured, granted, paid, posted


async def asked(writeoffs: WriteOffs) -> list[tuple[str, str, int]]:
    """What was asked of the ledger: journal, item, amount."""
    requests = await writeoffs.published("match-requested")
    return [(request.journal, line.item_id, line.amount) for request in requests for line in request.lines]


async def outcomes(writeoffs: WriteOffs) -> dict[str, str]:
    """What the causes came to, by item."""
    rows = await writeoffs.rows("SELECT item_id, code FROM rule_outcome ORDER BY item_id")
    return {row["item_id"]: row["code"] for row in rows}


Case = tuple[PartyEvent, list[ItemPosted], list[tuple[str, str, int]]]
CASES: Mapping[str, Case] = {
    "a300": (referred("I1"), [posted("I1", 1250)], [("A300", "I1", 1250)]),
    "a960": (enrolled(), [contribution(status="open")], [("A960", "C1", 1200)]),
    "a910_a911": (cancelled(), [contribution()], [("A910", "C1", 400), ("A911", "C1", 800)]),
    "a930": (
        returned(),
        [
            posted("I1", 3000, "material", note_id="N1", material_id="M1", loan_id="L1"),
            posted("I2", 250, "fine", note_id="N1", loan_id="L1"),
        ],
        [("A930", "I1", 3000), ("A930", "I2", 250)],
    ),
    "a990": (uncharged(), [posted("I1", 40, "fine", checkin_id="C1")], [("A990", "I1", 40)]),
}


@pytest.mark.requirement("S4.5", "S4.6", "S4.7", "S4.11", "S4.12")
@pytest.mark.parametrize("name", CASES)
async def test_the_event_comes_twice_and_its_rule_applies_once(writeoffs: WriteOffs, name: str) -> None:
    event, items, expected = CASES[name]
    await writeoffs.take(configured(), *items)

    await writeoffs.take(event, event)
    await writeoffs.take(event)

    assert await asked(writeoffs) == expected


async def test_many_events_at_once_apply_once_however_they_overlap_with_earlier_ones(writeoffs: WriteOffs) -> None:
    names = [f"I{number:03}" for number in range(COPIED_FROM * 3)]
    events = [uncharged(checkin_id=f"C-{name}") for name in names]
    await writeoffs.take(configured(), *(posted(name, 40, "fine", checkin_id=f"C-{name}") for name in names))

    await writeoffs.take(*events[: COPIED_FROM * 2])
    await writeoffs.take(*events[COPIED_FROM:])
    await writeoffs.take(*events)

    assert sorted(await asked(writeoffs)) == [("A990", name, 40) for name in names]
    assert await outcomes(writeoffs) == dict.fromkeys(names, "asked")


async def test_many_events_before_their_items_come_to_what_is_asked_once_the_items_are_there(
    writeoffs: WriteOffs,
) -> None:
    names = [f"I{number:03}" for number in range(COPIED_FROM)]
    contributions = [contribution(name, subscription_id=f"S-{name}", status="open") for name in names]
    ends = [cancelled(subscription_id=f"S-{name}") for name in names]
    await writeoffs.take(configured(), *contributions, *ends)
    before = await outcomes(writeoffs)

    await writeoffs.take(*(invoiced(name) for name in names))

    assert before == dict.fromkeys(names, "not-invoiced")
    assert await outcomes(writeoffs) == dict.fromkeys(names, "asked")
    assert len(await asked(writeoffs)) == 2 * COPIED_FROM


@pytest.mark.requirement("S4.5", "S4.6", "S4.7", "S4.11", "S4.12")
@pytest.mark.parametrize("name", CASES)
async def test_the_event_comes_before_everything_that_it_refers_to(writeoffs: WriteOffs, name: str) -> None:
    event, items, expected = CASES[name]

    await writeoffs.take(event)
    await writeoffs.take(*items)
    await writeoffs.take(configured())
    await writeoffs.sweep()
    await writeoffs.take(event, *items)
    await writeoffs.sweep()

    assert sorted(await asked(writeoffs)) == sorted(expected)
    assert not await writeoffs.rows("SELECT topic FROM waiting_event")


@pytest.mark.parametrize("name", CASES)
async def test_every_entry_leads_back_to_the_event_that_caused_it(writeoffs: WriteOffs, name: str) -> None:
    event, items, expected = CASES[name]
    await writeoffs.take(configured(), *items, event)

    for number, request in enumerate(await writeoffs.published("match-requested"), 1):
        left = [0] * len(request.lines) if name != "a910_a911" or number == 2 else [800]
        await writeoffs.take(granted(request, left, number))

    entries = await writeoffs.rows(
        "SELECT e.journal, e.origin, c.event_id FROM entry AS e INNER JOIN cause AS c"
        " ON c.party_id = e.party_id AND c.topic = e.cause_topic AND c.cause_key = e.cause_key"
    )
    assert sorted(entry["journal"] for entry in entries) == sorted(journal for journal, _, _ in expected)
    assert {entry["origin"] for entry in entries} == {"rule"}


@pytest.mark.requirement("S4.5")
async def test_a300_takes_costs_into_the_bailiff_procedure_and_never_contributions(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), posted("I1", 1250), contribution(), posted("I2", 10))

    await writeoffs.take(referred("I1", "C1"))

    assert await asked(writeoffs) == [("A300", "I1", 1250)]
    assert await outcomes(writeoffs) == {"C1": "contribution-not-allowed", "I1": "asked"}


@pytest.mark.requirement("S4.5")
async def test_a300_asks_once_for_an_item_that_is_in_two_referrals_of_a_dossier(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), posted("I1", 1250), posted("I2", 300))

    await writeoffs.take(referred("I1"))
    await writeoffs.take(referred("I1", "I2"))

    assert sorted(await asked(writeoffs)) == [("A300", "I1", 1250), ("A300", "I2", 300)]


async def test_a300_for_an_unknown_item_waits_and_is_seen_to_wait(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured())

    await writeoffs.take(referred("I1"))

    (waiting,) = await writeoffs.rows("SELECT topic, refers_to FROM waiting_event")
    assert waiting == {"topic": "bailiff-referred", "refers_to": "item I1"}


@pytest.mark.requirement("S4.6")
@pytest.mark.parametrize(
    "changes",
    [
        {"enrolled_on": "2026-02-28"},
        {"enrolled_on": "2027-03-01"},
        {"elsewhere": []},
        {"cooperation_group": "elsewhere"},
        {"elsewhere": [{**enrolled().model_dump()["elsewhere"][0], "administration": ADMINISTRATION}]},
    ],
)
async def test_a960_needs_a_subscription_that_is_valid_elsewhere_in_the_group(
    writeoffs: WriteOffs, changes: dict[str, Any]
) -> None:
    await writeoffs.take(configured(), contribution())

    await writeoffs.take(enrolled(**changes))

    assert not await asked(writeoffs)


@pytest.mark.requirement("S4.6")
@pytest.mark.parametrize("enrolled_on", ["2026-03-01", "2027-02-28"])
async def test_a960_applies_on_the_first_and_the_last_valid_day(writeoffs: WriteOffs, enrolled_on: str) -> None:
    await writeoffs.take(configured(), contribution(), posted("I1", 500, "registration", subscription_id="S1"))

    await writeoffs.take(enrolled(enrolled_on=enrolled_on))

    (request,) = await writeoffs.published("match-requested")
    assert [(line.item_id, line.amount) for line in request.lines] == [("C1", 1200)]
    assert request.date <= enrolled().enrolled_on.replace(day=22)


@pytest.mark.requirement("S4.7")
async def test_a910_and_a911_share_what_is_still_open_of_a_partly_paid_contribution(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), contribution())
    await writeoffs.take(paid("C1", 199, 1001))

    await writeoffs.take(cancelled())

    parts = await asked(writeoffs)
    assert parts == [("A910", "C1", 334), ("A911", "C1", 667)]
    assert sum(amount for _, _, amount in parts) == 1001


@pytest.mark.requirement("S4.7")
@pytest.mark.parametrize(
    ("cancelled_on", "journals"),
    [("2025-12-01", ["A911"]), ("2026-12-31", ["A910"]), ("2026-11-30", ["A910", "A911"])],
)
async def test_a910_alone_after_the_period_and_a911_alone_before_it(
    writeoffs: WriteOffs, cancelled_on: str, journals: list[str]
) -> None:
    await writeoffs.take(configured(), contribution())

    await writeoffs.take(cancelled(cancelled_on=cancelled_on))

    assert [journal for journal, _, _ in await asked(writeoffs)] == journals


@pytest.mark.requirement("S4.7")
async def test_a910_waits_until_the_contribution_turns_out_to_be_invoiced(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), contribution(status="open"))

    await writeoffs.take(cancelled())
    before = await outcomes(writeoffs)
    await writeoffs.take(invoiced("C1"))

    assert before == {"C1": "not-invoiced"}
    assert await outcomes(writeoffs) == {"C1": "asked"}
    assert [journal for journal, _, _ in await asked(writeoffs)] == ["A910", "A911"]


@pytest.mark.requirement("S4.7")
async def test_a910_leaves_the_contribution_of_another_year_of_the_subscription_alone(writeoffs: WriteOffs) -> None:
    last_year = contribution("C0", period_start="2025-01-01", period_end="2025-12-31")
    await writeoffs.take(configured(), last_year, contribution("C2", subscription_id="S2"))

    await writeoffs.take(cancelled())

    assert not await asked(writeoffs)


@pytest.mark.requirement("S4.11")
async def test_a930_leaves_fines_of_other_material_and_of_other_notes(writeoffs: WriteOffs) -> None:
    await writeoffs.take(
        configured(),
        posted("I1", 3000, "material", note_id="N1", material_id="M1"),
        posted("I2", 2000, "material", note_id="N1", material_id="M2"),
        posted("I3", 250, "fine", note_id="N1", material_id="M2"),
        posted("I4", 250, "fine", note_id="N2", material_id="M1"),
        posted("I5", 250, "fine", material_id="M1"),
        posted("I6", 90, "fine", note_id="N1"),
    )

    await writeoffs.take(returned())

    assert await asked(writeoffs) == [("A930", "I1", 3000)]


@pytest.mark.requirement("S4.11")
async def test_a930_takes_what_is_open_and_reports_what_was_paid(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), posted("C1", 3000, "material", note_id="N1", material_id="M1"))
    await writeoffs.take(paid("C1", 1000, 2000))

    await writeoffs.take(returned())

    assert await asked(writeoffs) == [("A930", "C1", 2000)]
    (outcome,) = await writeoffs.rows("SELECT code, settled_amount FROM rule_outcome")
    assert outcome == {"code": "asked", "settled_amount": 1000}


@pytest.mark.requirement("S4.12")
async def test_a990_takes_the_late_fee_of_that_check_in_only(writeoffs: WriteOffs) -> None:
    await writeoffs.take(
        configured(), posted("I1", 40, "fine", checkin_id="C1"), posted("I2", 40, "fine", checkin_id="C2")
    )

    await writeoffs.take(uncharged())

    assert await asked(writeoffs) == [("A990", "I1", 40)]


async def test_a_rule_that_is_switched_off_says_so_and_one_on_another_journal_books_there(
    writeoffs: WriteOffs,
) -> None:
    rules = [
        {"rule": "checkin-cancelled", "journal": "A990", "enabled": False},
        {"rule": "bailiff", "journal": "A200"},
    ]
    await writeoffs.take(configured(write_off_rules=rules), posted("I1", 40, "fine", checkin_id="C1"), posted("I2"))

    await writeoffs.take(uncharged(), referred("I2"))

    assert await asked(writeoffs) == [("A200", "I2", 1250)]
    assert await outcomes(writeoffs) == {"I1": "rule-disabled", "I2": "asked"}


async def test_an_event_in_a_closed_period_is_refused_and_the_reason_is_kept(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), posted("I1", 40, "fine", checkin_id="C1"))

    await writeoffs.take(uncharged(cancelled_on="2025-01-20"))

    assert await outcomes(writeoffs) == {"I1": "closed-period"}


async def test_an_event_that_is_told_ahead_of_its_day_is_booked_when_it_is_told(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), contribution())

    await writeoffs.take(cancelled(cancelled_on="2026-12-31"))

    (request,) = await writeoffs.published("match-requested")
    assert request.date.isoformat() == "2026-11-22"
