import json
from typing import Any

import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.library import TODAY, party, posted, requested, settlement
from tests.support.desk import Desk

Rows = list[dict[str, Any]]


async def report(desk: Desk, name: str, **asked: Any) -> Rows:
    """The rows of an NDJSON report that was not cut off."""
    *found, end = [json.loads(line) for line in (await desk.text(f"reports/{name}", **asked)).splitlines()]
    assert end == {"end": {"rows": len(found)}}
    return found


@pytest.mark.requirement("S3.7", "S3.9")
async def test_parties_within_the_limits_are_listed_with_balance_counts_and_zero_balance_date(
    ledger: Ledger, desk: Desk
) -> None:
    await ledger.take(party("P1", group="schools"), party("P2", group="schools"), party("P3", kind="creditor"))
    await ledger.take(
        posted("I1", 100, item_date="2026-02-01"),
        posted("C1", -100, item_date="2026-02-05"),
        posted("I2", 50, item_date="2026-02-06"),
        posted("I3", 70, party_id="P2"),
        posted("K1", 40, party_id="P2", currency="DKK"),
        posted("I4", 80, party_id="P3"),
    )
    await ledger.settle(settlement(criteria={"item_date_to": "2026-02-05"}))

    seen = {
        name: [(row["party_id"], row["currency"]) for row in await report(desk, "parties", **asked)]
        for name, asked in {
            "from": {"party_from": "P2"},
            "to": {"party_to": "P1"},
            "group": {"party_group": "schools"},
            "kind": {"party_kind": "creditor"},
            "currency": {"currency_to": "DKK"},
        }.items()
    }
    (first,) = await report(desk, "parties", party_to="P1")

    assert seen == {
        "from": [("P2", "DKK"), ("P2", "EUR"), ("P3", "EUR")],
        "to": [("P1", "EUR")],
        "group": [("P1", "EUR"), ("P2", "DKK"), ("P2", "EUR")],
        "kind": [("P3", "EUR")],
        "currency": [("P2", "DKK")],
    }
    assert (first["balance"], first["charges"], first["credits"], first["items"]) == (50, 50, 0, 1)
    assert (first["zero_balance_date"], first["crossing_match"]) == ("2026-02-05", None)


@pytest.mark.requirement("S3.4", "S3.14")
async def test_settlement_information_is_reported_pair_by_pair_while_it_is_in_force(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 500), posted("C1", -200), posted("C2", -100))
    await ledger.take(posted("I2", 60, party_id="P2"), posted("C3", -60, party_id="P2"))
    job = await ledger.settle(settlement(criteria={"party_to": "P1"}))
    await ledger.settle(settlement(criteria={"party_from": "P2"}, settlement_information=False))

    told = await report(desk, "settlement-information")
    lines = await desk.text("reports/settlement-information", format="csv")
    await ledger.undo_run(job["job_id"])
    undone = await report(desk, "settlement-information")

    assert [(row["charge_item_id"], row["credit_item_id"], row["amount"]) for row in told] == [
        ("I1", "C1", 200),
        ("I1", "C2", 100),
    ]
    assert lines.splitlines()[1].startswith("P1,I1,C1,EUR,2.00,")
    assert undone == []


async def test_ageing_is_bounded_by_a_range_of_parties(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(*(posted(f"I{n}", 100, party_id=f"P{n}") for n in range(4)))

    aged = await report(desk, "ageing/2026-11-22", party_from="P1", party_to="P2")

    assert [row["party_id"] for row in aged] == ["P1", "P2"]


@pytest.mark.requirement("S3.13")
async def test_all_settlements_of_marked_parties_are_undone_whoever_made_them(ledger: Ledger, desk: Desk) -> None:
    amounts = {"I": 100, "C": -100}
    await ledger.take(*(posted(f"{k}{n}", a, party_id=f"P{n}") for n in (1, 2, 3) for k, a in amounts.items()))
    await ledger.take(posted("W", 30, party_id="P3"))
    by_hand = requested({"I1": 100, "C1": -100}, method="manual", journal="M90", contra=None)
    await ledger.take(by_hand, requested({"W": 30}, party_id="P3"))
    await ledger.settle(settlement())

    body = {"date": str(TODAY), "criteria": {"party_ids": ["P1", "P3"]}}
    tried = await ledger.finish((await desk.do("settlement-reversals", body | {"dry_run": True}, 202))["job_id"])
    settled = await ledger.open()
    first = await ledger.finish((await desk.do("settlement-reversals", body, 202))["job_id"])
    again = await ledger.finish((await desk.do("settlement-reversals", body, 202))["job_id"])

    assert json.loads(tried["result"]) == {"dry_run": True, "matches": 2, "by_hand": 1, "lines": 4, "later_matches": 0}
    assert settled == {}
    assert json.loads(first["result"]) == {"dry_run": False, "matches": 2, "by_hand": 1, "lines": 4, "later_matches": 0}
    assert json.loads(again["result"]) == {"dry_run": False, "matches": 0, "by_hand": 0, "lines": 0, "later_matches": 0}
    assert await ledger.open() == {"I1": 100, "C1": -100, "I3": 100, "C3": -100}
    assert (await ledger.audit()).violations == ()


async def test_an_undo_of_settlements_in_a_closed_period_is_refused(desk: Desk) -> None:
    problem = await desk.do("settlement-reversals", {"date": "2026-01-15"}, 422)

    assert problem["code"] == "closed-period"


@pytest.mark.requirement("S1.1", "S3.1")
async def test_a_kind_of_parties_bounds_a_run(ledger: Ledger) -> None:
    await ledger.take(party("P1", kind="creditor"), party("P2"))
    amounts = {"I": 100, "C": -100}
    await ledger.take(*(posted(f"{k}{n}", a, party_id=f"P{n}") for n in (1, 2, 3) for k, a in amounts.items()))

    await ledger.settle(settlement(criteria={"party_kind": "creditor"}))

    assert set(await ledger.open()) == {"I2", "C2", "I3", "C3"}
