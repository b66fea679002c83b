"""No booking is earlier than what it touches: a run takes what fits its day, one command names the earliest day."""

import json
from typing import Any

import asyncpg
import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.library import posted, requested, reversal, settlement
from tests.services.matching.offers import executed, proposed
from tests.support.desk import Desk

pytestmark = pytest.mark.requirement("B.7")

EARLY, LATE = "2026-10-31", "2026-11-05"
"""The day of the runs, and that of the payment, which is later."""
ON_EARLY = {"date": EARLY, "journal": "M90"}
ON_LATE = {"date": LATE, "journal": "M90"}
METHODS = ("oldest-first", "opposite-items", "credit-notes", "account-balance", "reference")


async def invoice_and_later_payment(ledger: Ledger, **changes: Any) -> None:
    """An invoice of 20 October, and a payment of 5 November that names it."""
    facts: dict[str, Any] = {"invoice_number": "F-2026-1", "reference": "F-2026-1"} | changes
    await ledger.take(posted("I1", 100, item_date="2026-10-20", **facts), posted("C1", -100, item_date=LATE, **facts))


async def open_as_of(desk: Desk, day: str) -> dict[str, int]:
    text = await desk.text("reports/open-items", as_of=day)
    rows = [json.loads(line) for line in text.splitlines()][:-1]
    return {row["item_id"]: row["open_amount"] for row in rows}


def result_of(job: dict[str, Any]) -> dict[str, Any]:
    assert job["state"] == "done", job["error"]
    return dict(json.loads(job["result"]))


@pytest.mark.parametrize("method", METHODS)
async def test_a_run_leaves_what_is_later_than_its_day_and_counts_it(ledger: Ledger, desk: Desk, method: str) -> None:
    await invoice_and_later_payment(ledger)

    early = result_of(await ledger.settle(settlement(method=method, booking=ON_EARLY)))

    assert (early["totals"], early["later_items"]) == ({}, 1)
    assert await open_as_of(desk, EARLY) == {"I1": 100}
    assert await ledger.open() == {"I1": 100, "C1": -100}


@pytest.mark.parametrize("method", ["oldest-first", "opposite-items", "account-balance"])
async def test_a_run_takes_what_fits_its_day(ledger: Ledger, method: str) -> None:
    await invoice_and_later_payment(ledger)
    await ledger.take(posted("C0", -100, item_date=EARLY))

    done = result_of(await ledger.settle(settlement(method=method, booking=ON_EARLY)))

    assert (done["totals"]["EUR"]["matches"], done["later_items"]) == (1, 1)
    assert await ledger.open() == {"C1": -100}


async def test_a_run_counts_only_later_items_that_its_criteria_ask_for(ledger: Ledger) -> None:
    await invoice_and_later_payment(ledger)

    done = result_of(await ledger.settle(settlement(booking=ON_EARLY, criteria={"voucher_to": "v-B"})))

    assert done["later_items"] == 0


async def test_currencies_that_settle_each_other_wait_for_their_day(ledger: Ledger, desk: Desk) -> None:
    booking = {"date": EARLY, "journal": "M91"}
    await ledger.take(
        posted("I1", 100, currency="USD", base_amount=90, item_date="2026-10-20"),
        posted("C1", -90, currency="EUR", item_date=LATE),
    )

    run = settlement(method="account-balance", mix_currencies=True, booking=booking)
    done = result_of(await ledger.settle(run))
    refused = await desk.do("parties/P1/foreign-matches", {"item_ids": ["I1", "C1"], "booking": booking}, 422)

    assert (done["totals"], done["later_items"]) == ({}, 1)
    assert refused["code"] == "earlier-than-item"
    assert LATE in refused["remedy"]


async def test_a_match_by_hand_is_refused_with_the_earliest_day(ledger: Ledger, desk: Desk) -> None:
    await invoice_and_later_payment(ledger)
    lines = [{"item_id": "I1", "amount": 100}, {"item_id": "C1", "amount": -100}]
    wish = {"currency": "EUR", "lines": lines}

    refused = await desk.do("parties/P1/matches", wish | {"booking": ON_EARLY}, 422)
    await desk.do("parties/P1/matches", wish | {"booking": ON_LATE}, 201)

    assert refused["code"] == "earlier-than-item"
    assert refused["errors"][0]["pointer"] == "/date"
    assert refused["remedy"] == f"Choose {LATE} or a later day."
    assert await open_as_of(desk, "2026-11-04") == {"I1": 100}
    assert await open_as_of(desk, LATE) == {}


async def test_by_hand_nothing_is_left_out_even_where_a_contra_takes_each_line(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 100), posted("I2", 50, item_date=LATE))
    wish = {
        "currency": "EUR",
        "lines": [{"item_id": "I1", "amount": 100}, {"item_id": "I2", "amount": 50}],
        "booking": {"date": EARLY, "journal": "A920"},
        "contra": {"kind": "write-off", "journal": "A920"},
    }

    refused = await desk.do("parties/P1/matches", wish, 422)

    assert (refused["code"], await ledger.open()) == ("earlier-than-item", {"I1": 100, "I2": 50})


async def test_a_request_whose_items_settle_each_other_is_refused_with_the_earliest_day(ledger: Ledger) -> None:
    await invoice_and_later_payment(ledger)
    asked = {"method": "manual", "journal": "M90", "contra": None, "date": EARLY}

    await ledger.take(requested({"I1": 100, "C1": -100}, **asked))

    (rejected,) = await ledger.published("match-rejected")
    assert (rejected.code, rejected.field) == ("earlier-than-item", "date")
    assert LATE in rejected.message


async def test_a_write_off_leaves_out_the_charge_that_is_later(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 100), posted("I2", 50, item_date=LATE))

    await ledger.take(requested({"I1": 100, "I2": 50}, date=EARLY))
    await ledger.take(requested({"I2": 50}, date=EARLY))

    (matched,) = await ledger.published("items-matched")
    (rejected,) = await ledger.published("match-rejected")
    assert [line.item_id for line in matched.lines] == ["I1"]
    assert [(skipped.item_id, skipped.code) for skipped in matched.skipped] == [("I2", "earlier-than-item")]
    assert rejected.code == "earlier-than-item"
    assert LATE in rejected.message


@pytest.mark.parametrize("per", ["party", "item"])
async def test_small_balances_are_those_that_fit_the_day(ledger: Ledger, desk: Desk, per: str) -> None:
    await ledger.take(posted("I1", 3), posted("I2", 4, item_date=LATE))

    run = await desk.do("small-balance-runs", {"booking": ON_EARLY, "limit": 5, "per": per}, 202)
    done = result_of(await ledger.finish(run["job_id"]))

    assert (done["matches"], done["later_items"]) == (1, 1)
    assert await ledger.open() == {"I2": 4}


async def test_nothing_later_is_proposed_and_the_explanation_says_from_when_on(ledger: Ledger, desk: Desk) -> None:
    await invoice_and_later_payment(ledger)

    path = await proposed(ledger, desk, booking=ON_EARLY)
    explained = await desk.read(f"{path}/explanation", party_id="P1", item_id="C1")
    (job,) = await ledger.rows("SELECT result FROM job")

    assert (await desk.read(f"{path}/items"))["items"] == []
    assert json.loads(job["result"])["later_items"] == 1
    (reason,) = explained["not_proposed_because"]
    assert reason["code"] == "earlier-than-item"
    assert LATE in reason["message"]


async def test_what_was_given_back_after_the_day_of_a_proposal_is_dropped(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 100), posted("C1", -100))
    path = await proposed(ledger, desk, booking=ON_EARLY)
    await desk.do(f"{path}/marks", {"marked": True})
    request = requested({"I1": 100}, date=EARLY)
    await ledger.take(request)
    (match,) = await ledger.rows("SELECT match_id FROM match")
    await ledger.take(reversal(match["match_id"], date=LATE))

    outcomes = await executed(ledger, desk, path)

    assert outcomes["I1"] == "earlier-than-item"
    assert (await ledger.audit()).violations == ()


async def test_a_match_is_undone_on_its_own_day_at_the_earliest(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 100), posted("C1", -100))
    await ledger.settle(settlement(booking=ON_LATE))
    (match,) = await ledger.rows("SELECT match_id FROM match")
    path = f"parties/P1/matches/{match['match_id']}/reversal"

    refused = await desk.do(path, {"date": EARLY}, 422)
    await ledger.take(reversal(match["match_id"], date=EARLY))
    await desk.do(path, {"date": LATE}, 201)

    (rejected,) = await ledger.published("match-rejected")
    assert (refused["code"], rejected.code) == ("earlier-than-match", "earlier-than-match")
    assert refused["remedy"] == f"Choose {LATE} or a later day."
    assert LATE in rejected.message
    assert await open_as_of(desk, EARLY) == {"I1": 100, "C1": -100}


async def test_a_run_is_undone_on_its_own_day_at_the_earliest(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 100), posted("C1", -100))
    run = (await ledger.settle(settlement(booking=ON_LATE)))["job_id"]

    refused = await desk.do(f"runs/{run}/reversal", {"date": EARLY, "dry_run": True}, 422)
    undo = await desk.do(f"runs/{run}/reversal", {"date": LATE}, 202)
    done = result_of(await ledger.finish(undo["job_id"]))

    assert (refused["code"], done["matches"]) == ("earlier-than-match", 1)
    assert LATE in refused["remedy"]


async def test_settlements_that_are_later_are_neither_undone_nor_settled_anew(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 100), posted("C1", -100), posted("I2", 30), posted("C2", -30))
    await ledger.take(
        requested({"I1": 100, "C1": -100}, method="manual", journal="M90", contra=None, date="2026-10-15"),
        requested({"I2": 30, "C2": -30}, method="manual", journal="M90", contra=None, date=LATE),
    )

    anew = result_of(await ledger.settle(settlement(booking=ON_EARLY, undo_first=True)))
    undo = await desk.do("settlement-reversals", {"date": EARLY}, 202)
    undone = result_of(await ledger.finish(undo["job_id"]))

    assert (anew["undone"], anew["later_matches"]) == (1, 1)
    assert (undone["matches"], undone["later_matches"]) == (1, 1)
    assert await ledger.open() == {"I1": 100, "C1": -100}
    assert (await ledger.audit()).violations == ()


async def test_what_was_settled_until_it_was_undone_is_not_settled_again_before_that(
    ledger: Ledger, desk: Desk
) -> None:
    await ledger.take(posted("I1", 100), posted("C1", -100))
    await ledger.settle(settlement(booking=ON_EARLY))
    (match,) = await ledger.rows("SELECT match_id FROM match")
    await desk.do(f"parties/P1/matches/{match['match_id']}/reversal", {"date": "2026-11-20"}, 201)
    wish = {"currency": "EUR", "lines": [{"item_id": "I1", "amount": 100}, {"item_id": "C1", "amount": -100}]}

    refused = await desk.do("parties/P1/matches", wish | {"booking": ON_LATE}, 422)
    left = result_of(await ledger.settle(settlement(booking=ON_LATE)))
    again = result_of(await ledger.settle(settlement(booking={"date": "2026-11-20", "journal": "M90"})))

    assert refused["code"] == "earlier-than-item"
    assert "2026-11-20" in refused["remedy"]
    assert (left["totals"], left["later_items"]) == ({}, 2)
    assert again["totals"]["EUR"]["matches"] == 1
    assert await open_as_of(desk, LATE) == {}


async def test_in_one_batch_a_request_sees_what_a_reversal_before_it_gave_back(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 100))
    first = requested({"I1": 100}, date=EARLY)
    await ledger.take(first)
    (match,) = await ledger.rows("SELECT match_id FROM match")

    await ledger.take(reversal(match["match_id"], date="2026-11-20"), requested({"I1": 100}, date=LATE))

    (rejected,) = await ledger.published("match-rejected")
    assert rejected.code == "earlier-than-item"
    assert (await ledger.audit()).violations == ()


async def test_the_database_takes_no_match_that_is_earlier_than_what_it_touches(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 100), posted("C1", -100))
    await ledger.settle(settlement())

    with pytest.raises(asyncpg.CheckViolationError, match="match_is_not_earlier_than_what_it_touches"):
        await ledger.rows(
            "INSERT INTO match (administration, party_id, match_date, touched_on, fiscal_year, period,"
            " settlement_information, method, journal, currency, employee, item_ids, amounts, open_amounts)"
            " SELECT administration, party_id, touched_on - 1, touched_on, fiscal_year, period, settlement_information,"
            " method, journal, currency, employee, item_ids, amounts, open_amounts FROM match"
        )
