"""The audit recomputes every day on which something happened, and names what older books hold."""

import json

import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.library import posted, requested, reversal, settlement
from tests.support.desk import Desk

pytestmark = pytest.mark.requirement("B.7")

FIRST, SECOND, THIRD = "2026-11-02", "2026-11-10", "2026-11-20"


async def found(ledger: Ledger) -> dict[str, list[str]]:
    """The details of the violations, by invariant."""
    by_invariant: dict[str, list[str]] = {}
    for violation in (await ledger.audit()).violations:
        by_invariant.setdefault(violation.invariant, []).append(violation.detail)
    return by_invariant


async def undone_too_early(ledger: Ledger) -> None:
    """A match of the 20th that was undone on the 2nd, as older books have it: the day before nothing was settled."""
    await ledger.take(posted("I1", 100), posted("C1", -100))
    await ledger.settle(settlement(booking={"date": THIRD, "journal": "M90"}))
    (match,) = await ledger.rows("SELECT match_id FROM match")
    await ledger.take(reversal(match["match_id"], date=THIRD))
    await ledger.tamper("UPDATE match SET match_date = $1, touched_on = NULL WHERE reversal_of IS NOT NULL", FIRST)


async def test_a_reversal_before_its_match_is_named_with_ids_and_days(ledger: Ledger) -> None:
    await undone_too_early(ledger)
    (undo,) = await ledger.rows("SELECT match_id FROM match WHERE reversal_of IS NOT NULL")

    violations = await found(ledger)

    assert violations["reversal-earlier-than-its-match"] == [
        f"match {undo['match_id']} of {FIRST}, touches what is of {THIRD}"
    ]
    assert violations["open-amount-exceeds-amount-on-a-day"] == [
        f"item C1: on {FIRST}: posted -100, recomputed -200 EUR",
        f"item I1: on {FIRST}: posted 100, recomputed 200 EUR",
    ]


async def test_a_match_before_its_item_is_named_with_ids_and_days(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 100), posted("C1", -100, item_date=SECOND))
    await ledger.settle(settlement(booking={"date": SECOND, "journal": "M90"}))
    await ledger.tamper("UPDATE match SET match_date = $1, touched_on = NULL", FIRST)
    (match,) = await ledger.rows("SELECT match_id FROM match")

    violations = await found(ledger)

    assert violations == {
        "match-earlier-than-its-items": [f"match {match['match_id']} of {FIRST}, touches what is of {SECOND}"],
        "account-differs-on-a-day": [
            f"account in EUR from {FIRST} on: what is open differs by -100 from postings and contra lines"
        ],
    }


async def test_what_was_settled_twice_for_a_while_is_named_though_it_is_right_today(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 100))
    await ledger.take(requested({"I1": 100}, date=FIRST))
    (match,) = await ledger.rows("SELECT match_id FROM match")
    await ledger.take(reversal(match["match_id"], date=THIRD), requested({"I1": 100}, date=THIRD))
    await ledger.tamper(
        "UPDATE match SET match_date = $1, touched_on = NULL WHERE amounts = '{-100}' AND sequence > 1", SECOND
    )

    violations = await found(ledger)

    assert violations == {"open-amount-flipped-on-a-day": [f"item I1: on {SECOND}: posted 100, recomputed -100 EUR"]}


async def test_books_with_all_sorts_of_matches_hold_on_every_day(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(
        posted("I1", 1_000, item_date="2026-09-01"),
        posted("C1", -995, item_date="2026-09-03"),
        posted("D1", 100, party_id="P2", currency="USD", base_amount=90),
        posted("E1", -88, party_id="P2"),
        posted("I3", 70, party_id="P3"),
    )
    by = {"date": FIRST, "journal": "M91"}
    whole = settlement(method="account-balance", tolerance=5, booking=by, criteria={"party_ids": ["P1"]})
    run = (await ledger.settle(whole))["job_id"]
    await desk.do("parties/P2/foreign-matches", {"item_ids": ["D1", "E1"], "booking": by, "tolerance": 2}, 201)
    await ledger.take(
        requested({"I3": 30}, party_id="P3", date=SECOND), requested({"I3": 40}, party_id="P3", date=FIRST)
    )
    undo = await desk.do(f"runs/{run}/reversal", {"date": THIRD}, 202)
    await ledger.finish(undo["job_id"])

    assert await found(ledger) == {}
    assert len(await ledger.rows("SELECT FROM match WHERE reversal_of IS NOT NULL")) == 1


async def test_a_run_of_older_books_that_was_earlier_than_its_items_is_undone_from_their_day_on(
    ledger: Ledger, desk: Desk
) -> None:
    await ledger.take(posted("I1", 100), posted("C1", -100, item_date=SECOND))
    run = (await ledger.settle(settlement(booking={"date": SECOND, "journal": "M90"})))["job_id"]
    await ledger.tamper("UPDATE match SET match_date = $1, touched_on = NULL", FIRST)

    early = await desk.do(f"runs/{run}/reversal", {"date": FIRST}, 202)
    tried = await ledger.finish(early["job_id"])
    done = await ledger.undo_run(run)

    assert [json.loads(job["result"])["matches"] for job in (tried, done)] == [0, 1]
