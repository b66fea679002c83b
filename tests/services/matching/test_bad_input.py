"""What cannot be asked of matching: each a refusal that names it, and nothing changes."""

from typing import Any

import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.library import TODAY, configured, posted, requested
from tests.support.desk import Desk

REFUSED = {"matches": 422, "foreign-matches": 404}
BOOKING = {"date": str(TODAY), "journal": "M90"}


@pytest.mark.requirement("S1.1", "S1.2", "S1.3", "S1.4", "S3.1", "S3.2")
@pytest.mark.parametrize("path", ["settlement-runs", "proposals", "small-balance-runs"])
@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("party", "P2", "P1"),
        ("voucher", "v-2", "v-1"),
        ("item_date", "2026-10-02", "2026-10-01"),
        ("due_date", "2026-10-02", "2026-10-01"),
        ("currency", "SEK", "DKK"),
    ],
)
async def test_a_range_that_goes_backwards_is_refused_by_name(
    desk: Desk, path: str, name: str, low: str, high: str
) -> None:
    criteria = {f"{name}_from": low, f"{name}_to": high}
    body = {"booking": BOOKING, "criteria": criteria} | ({"limit": 5} if path == "small-balance-runs" else {})

    problem = await desk.do(path, body, 422)

    assert (problem["code"], f"{name}_from" in str(problem)) == ("reversed-range", True)


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("settlement-runs", {"tolerance": -1}, "tolerance"),
        ("proposals", {"tolerance": -1}, "tolerance"),
        ("small-balance-runs", {"limit": 0}, "limit"),
        ("small-balance-runs", {"limit": -5}, "limit"),
        ("proposals", {"reserve_minutes": 0}, "reserve_minutes"),
        ("settlement-runs", {"method": "by-chance"}, "method"),
        ("settlement-runs", {"criteria": {"kinds": ["fines"]}}, "kinds"),
        ("settlement-runs", {"criteria": {"party_kind": "borrower"}}, "party_kind"),
        ("settlement-runs", {"difference_code": "forget"}, "difference_code"),
    ],
)
async def test_a_value_that_is_none_is_refused_by_its_field(
    desk: Desk, path: str, body: dict[str, Any], named: str
) -> None:
    problem = await desk.do(path, {"booking": BOOKING, **body}, 422)

    assert named in str(problem)


@pytest.mark.parametrize(
    "option", [{"only_zero_balance": True}, {"up_to_zero_balance": True}], ids=lambda option: next(iter(option))
)
async def test_zero_balance_options_belong_to_oldest_first(desk: Desk, option: dict[str, bool]) -> None:
    problem = await desk.do("settlement-runs", {"booking": BOOKING, "method": "credit-notes", **option}, 422)

    assert problem["code"] == "wrong-method"


async def test_overlapping_buckets_are_refused(desk: Desk) -> None:
    problem = await desk.read(f"reports/ageing/{TODAY}", 422, buckets="1,31,31")

    assert problem["code"] == "overlapping-buckets"


@pytest.mark.parametrize("path", ["matches", "foreign-matches"])
async def test_items_of_two_parties_are_refused_by_name(ledger: Ledger, desk: Desk, path: str) -> None:
    await ledger.take(posted("I1", 100), posted("C2", -100, party_id="P2"))
    lines = [{"item_id": "I1", "amount": 100}, {"item_id": "C2", "amount": -100}]
    bodies: dict[str, dict[str, Any]] = {
        "matches": {"currency": "EUR", "lines": lines, "booking": BOOKING},
        "foreign-matches": {"item_ids": ["I1", "C2"], "booking": {**BOOKING, "journal": "M91"}},
    }

    problem = await desk.do(f"parties/P1/{path}", bodies[path], REFUSED[path])

    assert (problem["code"], problem["detail"]) == ("unknown-item", "Party P1 has no item C2.")
    assert await ledger.open() == {"I1": 100, "C2": -100}


@pytest.mark.requirement("S1.12", "S3.13")
async def test_a_match_of_a_period_that_was_closed_since_is_undone_on_an_open_date_only(
    ledger: Ledger, desk: Desk
) -> None:
    await ledger.take(posted("I1", 100), posted("C1", -100))
    lines = [{"item_id": "I1", "amount": 100}, {"item_id": "C1", "amount": -100}]
    october = {"date": "2026-10-15", "journal": "M90"}
    match = await desk.do("parties/P1/matches", {"currency": "EUR", "lines": lines, "booking": october}, 201)
    periods = [period.model_dump(mode="json") for period in configured().fiscal_periods]
    for period in periods:
        period["open"] = (period["year"], period["period"]) == (2026, 11)
    await ledger.take(configured(version=2, fiscal_periods=periods))
    path = f"parties/P1/matches/{match['match_id']}/reversal"

    closed = await desk.do(path, {"date": "2026-10-15"}, 422)
    dateless = await desk.do(path, {}, 422)
    undone = await desk.do(path, {"date": str(TODAY)}, 201)

    assert (closed["code"], "date" in str(dateless)) == ("closed-period", True)
    assert (undone["fiscal_year"], undone["period"]) == (2026, 11)
    assert await ledger.open() == {"I1": 100, "C1": -100}


@pytest.mark.parametrize(
    ("lines", "code", "said"),
    [
        ({"I1": 301, "C1": -200}, "changed-meanwhile", "Of item I1 3.00 EUR is open, not 3.01 EUR."),
        ({"I1": 300, "C1": -201}, "changed-meanwhile", "Of item C1 -2.00 EUR is open, not -2.01 EUR."),
        ({"I1": 300, "GONE": 100, "C1": -200}, "settled-meanwhile", "Nothing is open of item GONE any more."),
    ],
)
async def test_a_match_by_hand_of_more_than_is_open_is_refused_and_says_what_is(
    ledger: Ledger, desk: Desk, lines: dict[str, int], code: str, said: str
) -> None:
    await ledger.take(posted("I1", 300), posted("C1", -200), posted("GONE", 100))
    await ledger.take(requested({"GONE": 100}))
    chosen = [{"item_id": name, "amount": amount} for name, amount in lines.items()]

    problem = await desk.do("parties/P1/matches", {"currency": "EUR", "lines": chosen, "booking": BOOKING}, 409)

    assert (problem["code"], problem["detail"].startswith(said)) == (code, True)
    assert await ledger.open() == {"I1": 300, "C1": -200}


async def test_items_of_one_side_are_refused_and_each_is_named_with_its_reason(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 300), posted("I2", 200))
    chosen = [{"item_id": name, "amount": amount} for name, amount in (("I1", 300), ("I2", 200))]

    problem = await desk.do("parties/P1/matches", {"currency": "EUR", "lines": chosen, "booking": BOOKING}, 422)

    assert problem["code"] == "nothing-to-settle"
    assert "I1: Nothing was left on the other side to settle it. I2: Nothing" in problem["detail"]
