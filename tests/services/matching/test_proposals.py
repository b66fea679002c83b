from typing import Any

import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.library import TODAY, changed, party, posted, requested, settlement
from tests.services.matching.offers import executed, pairs, proposed
from tests.support.desk import Desk

BOOKING = {"date": str(TODAY), "journal": "M90"}


@pytest.mark.requirement("S1.5")
async def test_shown_items_are_matched_only_when_marked(ledger: Ledger, desk: Desk) -> None:
    await pairs(ledger)

    path = await proposed(ledger, desk)
    before = await ledger.open()
    places = [{"party_id": "P1", "item_id": item} for item in ("I1", "C1")]
    await desk.do(f"{path}/marks", {"marked": True, "items": places}, 200)
    outcomes = await executed(ledger, desk, path)

    assert len(before) == 7
    assert outcomes == {
        "I1": "matched",
        "C1": "matched",
        "I2": "not-marked",
        "C2": "not-marked",
        "I3": "not-marked",
        "C3": "not-marked",
    }
    assert set(await ledger.open()) == {"I2", "C2", "I3", "C3", "ODD"}


@pytest.mark.requirement("S1.5")
async def test_without_showing_the_selection_the_same_items_are_matched_at_once(ledger: Ledger, desk: Desk) -> None:
    await pairs(ledger)

    run = await desk.do("settlement-runs", {"booking": BOOKING, "method": "opposite-items"}, 202)
    await ledger.finish(run["job_id"])

    assert set(await ledger.open()) == {"ODD"}
    assert await ledger.rows("SELECT * FROM proposal") == []


@pytest.mark.requirement("S3.9")
async def test_the_parties_within_the_limits_are_listed_with_balance_and_counts(ledger: Ledger, desk: Desk) -> None:
    await pairs(ledger)

    path = await proposed(ledger, desk, criteria={"party_from": "P2"})
    listed = await desk.read(f"{path}/parties")

    assert listed["items"] == [
        {"party_id": "P2", "currency": "EUR", "items": 2, "marked_items": 0, "open_amount": 0, "marked_amount": 0}
    ]


@pytest.mark.requirement("S3.10")
async def test_all_are_marked_all_unmarked_and_single_ones_marked_with_live_totals(ledger: Ledger, desk: Desk) -> None:
    await pairs(ledger)
    path = await proposed(ledger, desk)

    everything = await desk.do(f"{path}/marks", {"marked": True}, 200)
    nothing = await desk.do(f"{path}/marks", {"marked": False}, 200)
    one_party = await desk.do(f"{path}/marks", {"marked": True, "parties": ["P2"]}, 200)
    one_group = await desk.do(f"{path}/marks", {"marked": True, "groups": [{"party_id": "P1", "group_number": 1}]}, 200)
    (total,) = (await desk.read(path))["totals"]

    assert [step["changed"] for step in (everything, nothing, one_party, one_group)] == [6, 6, 2, 2]
    assert (total["items"], total["marked_items"], total["marked_charges"]) == (6, 4, 1400)


async def test_a_reserved_item_is_not_proposed_to_somebody_else_nor_taken_by_a_run(ledger: Ledger, desk: Desk) -> None:
    await pairs(ledger)
    await proposed(ledger, desk, criteria={"party_to": "P1"})

    other = await proposed(ledger, desk.as_employee("j.smit"))
    await ledger.settle(settlement())
    why = await desk.read(f"{other}/explanation", party_id="P1", item_id="I1")

    (total,) = (await desk.read(other))["totals"]
    assert total["items"] == 2
    assert set(await ledger.open()) == {"I1", "C1", "I2", "C2", "I3", "C3", "ODD"}
    assert why["not_proposed_because"][0]["code"] == "reserved"


async def test_an_expired_reservation_gives_way_and_its_proposal_is_refused(ledger: Ledger, desk: Desk) -> None:
    await pairs(ledger)
    path = await proposed(ledger, desk)
    await desk.do(f"{path}/marks", {"marked": True}, 200)
    fingerprint = (await desk.read(path))["fingerprint"]
    await ledger.rows("UPDATE reservation SET expires_at = now() - INTERVAL '1 s'")
    await ledger.rows("UPDATE proposal SET expires_at = now() - INTERVAL '1 s'")

    problem = await desk.do(f"{path}/execution", {"fingerprint": fingerprint}, 409)
    other = await proposed(ledger, desk.as_employee("j.smit"))

    assert problem["code"] == "reservation-expired"
    assert (await desk.read(other))["totals"][0]["items"] == 6


async def test_a_stale_fingerprint_is_refused(ledger: Ledger, desk: Desk) -> None:
    await pairs(ledger)
    path = await proposed(ledger, desk)
    await desk.do(f"{path}/marks", {"marked": True}, 200)
    fingerprint = (await desk.read(path))["fingerprint"]
    await desk.do(f"{path}/marks", {"marked": False, "parties": ["P2"]}, 200)

    problem = await desk.do(f"{path}/execution", {"fingerprint": fingerprint}, 409)

    assert problem["code"] == "stale-fingerprint"
    assert len(await ledger.open()) == 7


async def test_an_item_marked_by_somebody_else_is_refused_by_name(ledger: Ledger, desk: Desk) -> None:
    await pairs(ledger)
    path = await proposed(ledger, desk)
    place = {"party_id": "P1", "item_id": "I1"}
    await desk.as_employee("j.smit").do(f"{path}/marks", {"marked": True, "items": [place]}, 200)

    problem = await desk.do(f"{path}/marks", {"marked": False, "items": [place]}, 409)
    unknown = await desk.do(f"{path}/marks", {"marked": True, "items": [{"party_id": "P1", "item_id": "ODD"}]}, 404)

    assert (problem["code"], "j.smit" in problem["detail"]) == ("marked-by-other", True)
    assert unknown["code"] == "not-proposed"


async def test_what_changed_meanwhile_is_dropped_and_said_item_by_item(ledger: Ledger, desk: Desk) -> None:
    await pairs(ledger)
    path = await proposed(ledger, desk)
    await desk.do(f"{path}/marks", {"marked": True}, 200)
    await ledger.take(requested({"I1": 500}), changed("C2", in_payment_run=True))

    outcomes = await executed(ledger, desk, path)

    assert outcomes == {
        "I1": "changed-meanwhile",
        "C1": "difference-too-large",
        "I2": "difference-too-large",
        "C2": "held-meanwhile",
        "I3": "matched",
        "C3": "matched",
    }
    assert (await desk.read(path))["totals"][0]["dropped_items"] == 4
    assert await ledger.rows("SELECT * FROM reservation") == []


@pytest.mark.requirement("S1.6")
async def test_a_party_whose_balance_is_not_what_was_approved_is_dropped_even_where_the_rest_balances(
    ledger: Ledger, desk: Desk
) -> None:
    await pairs(ledger)
    await ledger.take(posted("D1", 40, currency="DKK"), posted("D2", -40, currency="DKK"))
    foreign = BOOKING | {"journal": "M91"}
    path = await proposed(ledger, desk, method="account-balance", tolerance=500, booking=foreign)
    await desk.do(f"{path}/marks", {"marked": True}, 200)
    await ledger.take(changed("I1", in_payment_run=True), requested({"C1": -500}))

    outcomes = await executed(ledger, desk, path)

    assert outcomes == {
        "I1": "held-meanwhile",
        "C1": "changed-meanwhile",
        **dict.fromkeys(("I2", "C2", "ODD", "D1", "D2"), "balance-changed"),
        "I3": "matched",
        "C3": "matched",
    }
    assert set(await ledger.open()) == {"I1", "I2", "C2", "ODD", "D1", "D2"}


async def test_a_combination_of_which_a_charge_changed_is_not_matched_within_the_tolerance(
    ledger: Ledger, desk: Desk
) -> None:
    await ledger.take(posted("I1", 500), posted("I2", 30), posted("C1", -530))
    path = await proposed(ledger, desk, method="reference", tolerance=50)
    await desk.do(f"{path}/marks", {"marked": True}, 200)
    await ledger.take(changed("I2", in_payment_run=True))

    outcomes = await executed(ledger, desk, path)

    assert outcomes == {"I1": "balance-changed", "I2": "held-meanwhile", "C1": "balance-changed"}


async def test_a_discarded_proposal_lets_go_of_its_items(ledger: Ledger, desk: Desk) -> None:
    await pairs(ledger)
    path = await proposed(ledger, desk)

    await desk.do(f"{path}/discarding", {}, 200)
    problem = await desk.do(f"{path}/marks", {"marked": True}, 409)
    await ledger.settle(settlement())

    assert problem["code"] == "proposal-not-open"
    assert set(await ledger.open()) == {"ODD"}


@pytest.mark.requirement("S1.8")
async def test_credit_notes_show_every_item_and_settle_what_the_clerk_marks(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(
        posted("I1", 500), posted("I2", 300, item_date="2026-10-02"), posted("C1", -300), posted("X", 5, party_id="P2")
    )
    path = await proposed(ledger, desk, method="credit-notes")
    shown = await desk.read(f"{path}/items")

    places = [{"party_id": "P1", "item_id": item} for item in ("I2", "C1")]
    await desk.do(f"{path}/marks", {"marked": True, "items": places}, 200)
    await executed(ledger, desk, path)

    assert {item["item_id"] for item in shown["items"]} == {"I1", "I2", "C1"}
    assert await ledger.open() == {"I1": 500, "X": 5}


@pytest.mark.parametrize(
    ("item", "form", "code"),
    [
        ("ODD", {}, "difference-outside-tolerance"),
        ("ODD", {"criteria": {"voucher_to": "a"}}, "outside-criteria"),
        ("ODD", {"method": "account-balance"}, "balance-outside-tolerance"),
        ("ODD", {"method": "reference"}, "no-reference"),
        ("DKK", {"booking": BOOKING | {"journal": "M91"}}, "no-counterpart"),
        ("DKK", {}, "no-foreign-currency"),
        ("HELD", {}, "held"),
    ],
)
async def test_an_item_that_was_not_proposed_is_explained(
    ledger: Ledger, desk: Desk, item: str, form: dict[str, Any], code: str
) -> None:
    await pairs(ledger)
    await ledger.take(posted("DKK", 40, currency="DKK"), posted("HELD", 50, in_payment_run=True))
    path = await proposed(ledger, desk, **form)

    answer = await desk.read(f"{path}/explanation", party_id="P1", item_id=item)

    assert answer["proposed"] is False
    assert answer["not_proposed_because"][0]["code"] == code


@pytest.mark.parametrize(
    ("criteria", "fields"),
    [
        ({"party_group": "schools"}, ["party_group"]),
        ({"party_kind": "creditor"}, ["party_kind"]),
        ({"party_group": "adults", "party_kind": "debtor", "kinds": ["other"]}, ["kinds"]),
        ({"party_from": "P2", "currency_from": "SEK"}, ["party_from", "currency_from"]),
    ],
)
async def test_an_item_outside_of_the_criteria_is_told_each_bound(
    ledger: Ledger, desk: Desk, criteria: dict[str, Any], fields: list[str]
) -> None:
    await ledger.take(party(group="adults"))
    await pairs(ledger)
    path = await proposed(ledger, desk, criteria=criteria, booking=BOOKING | {"journal": "M91"})

    answer = await desk.read(f"{path}/explanation", party_id="P1", item_id="I1")

    assert [reason["field"] for reason in answer["not_proposed_because"]] == fields


async def test_a_combination_that_is_not_the_only_one_is_refused_and_explained(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(*(posted(f"I{size}", size) for size in (100, 200, 300)), posted("C1", -300))
    path = await proposed(ledger, desk, method="reference")

    answer = await desk.read(f"{path}/explanation", party_id="P1", item_id="C1")

    assert [reason["code"] for reason in answer["not_proposed_because"]] == ["no-reference", "combination-not-unique"]
    assert len(await ledger.open()) == 4


async def test_a_proposed_pair_says_why_and_what_its_runner_up_was(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 500), posted("I2", 500, item_date="2026-10-05"), posted("C1", -500))
    path = await proposed(ledger, desk)

    answer = await desk.read(f"{path}/explanation", party_id="P1", item_id="C1")

    assert answer["reason"]["code"] == "exact-pair"
    assert answer["reason"]["runner_up"] == {"item_id": "I2", "difference": 0, "lost_because": "younger"}
