"""Marks of a proposal: whose they are, what they may name, and what they approve."""

from typing import Any

import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.offers import pairs, proposed
from tests.support.desk import Desk


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"parties": ["P1", "P9"]}, "no party P9"),
        ({"groups": [{"party_id": "P1", "group_number": 99}]}, "no group P1/99"),
    ],
)
async def test_marks_of_what_is_not_proposed_are_refused_by_name(
    ledger: Ledger, desk: Desk, named: dict[str, Any], said: str
) -> None:
    await pairs(ledger)
    path = await proposed(ledger, desk)

    problem = await desk.do(f"{path}/marks", {"marked": True} | named, 404)

    assert problem["code"] == "not-proposed"
    assert said in problem["detail"]
    assert (await desk.read(path))["totals"][0]["marked_items"] == 0


@pytest.mark.parametrize("name", ["items", "groups", "parties"])
async def test_an_empty_list_of_marks_is_refused_and_not_taken_for_everything(
    ledger: Ledger, desk: Desk, name: str
) -> None:
    await pairs(ledger)
    path = await proposed(ledger, desk)

    await desk.do(f"{path}/marks", {"marked": True, name: []}, 422)

    assert (await desk.read(path))["totals"][0]["marked_items"] == 0


@pytest.mark.requirement("S3.10")
async def test_marks_of_others_stay_and_are_counted_and_what_changes_nothing_keeps_the_fingerprint(
    ledger: Ledger, desk: Desk
) -> None:
    await pairs(ledger)
    path = await proposed(ledger, desk)
    await desk.do(f"{path}/marks", {"marked": True, "parties": ["P1"]}, 200)
    before = (await desk.read(path))["fingerprint"]

    answer = await desk.as_employee("h.lund").do(f"{path}/marks", {"marked": False}, 200)

    assert answer == {"changed": 0, "of_others": 4}
    assert (await desk.read(path))["fingerprint"] == before


async def test_a_stale_fingerprint_is_refused_with_what_is_marked_now(ledger: Ledger, desk: Desk) -> None:
    await pairs(ledger)
    path = await proposed(ledger, desk)
    await desk.do(f"{path}/marks", {"marked": True, "items": [{"party_id": "P1", "item_id": "I1"}]}, 200)

    problem = await desk.do(f"{path}/execution", {"fingerprint": "0f0f0f0f"}, 409)

    assert problem["code"] == "stale-fingerprint"
    assert "Marked now: 1 items of 5.00 EUR" in problem["detail"]
