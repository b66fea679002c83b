import json
from typing import Any

import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.library import TODAY, party, posted, settlement
from tests.support.desk import Desk

BOOKING = {"date": str(TODAY), "journal": "M90"}


def rows(text: str) -> list[dict[str, Any]]:
    """The rows of an NDJSON report that was not cut off."""
    *found, end = [json.loads(line) for line in text.splitlines()]
    assert end == {"end": {"rows": len(found)}}
    return found


async def run(ledger: Ledger, desk: Desk, path: str, body: dict[str, Any]) -> str:
    answer = await desk.do(path, body, 202)
    job = await ledger.finish(answer["job_id"])
    assert job["state"] == "done", job["error"]
    return str(answer["job_id"])


@pytest.mark.requirement("S3.14")
async def test_open_items_are_recomputed_for_any_day(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(
        posted("I1", 500, item_date="2026-09-01"),
        posted("C1", -200, item_date="2026-10-01"),
        posted("I2", 80, item_date="2026-12-01"),
    )
    await ledger.settle(settlement())

    seen = {day: await desk.text("reports/open-items", as_of=day) for day in ("2026-09-15", "2026-11-21", "2026-11-22")}

    assert {day: {row["item_id"]: row["open_amount"] for row in rows(text)} for day, text in seen.items()} == {
        "2026-09-15": {"I1": 500},
        "2026-11-21": {"I1": 500, "C1": -200},
        "2026-11-22": {"I1": 300},
    }


@pytest.mark.requirement("S3.14")
async def test_the_report_opens_in_a_spreadsheet_and_in_programs(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 123456, item_date="2026-09-01"))

    plain = await desk.text("reports/open-items", as_of="2026-11-22", format="csv")
    spreadsheet = await desk.text("reports/open-items", as_of="2026-11-22", format="spreadsheet")

    assert plain.splitlines()[1].endswith(",EUR,1234.56,1234.56")
    assert spreadsheet.splitlines()[1].endswith(";EUR;1234,56;1234,56")


async def test_ageing_counts_from_the_due_date_in_the_given_buckets(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(
        posted("I1", 100, due_date="2026-11-22"),
        posted("I2", 200, due_date="2026-11-21"),
        posted("I3", 400, due_date="2026-10-23"),
        posted("I4", 800, due_date="2026-10-22"),
    )

    aged = rows(await desk.text("reports/ageing/2026-11-22", buckets="1,31"))
    problem = await desk.read("reports/ageing/2026-11-22", 422, buckets="31,1")

    assert {row["bucket"]: row["open_amount"] for row in aged} == {"<1": 100, "1-30": 600, ">=31": 800}
    assert problem["code"] == "overlapping-buckets"


async def test_the_clearing_journal_lists_matches_and_their_reversals_by_period(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 500), posted("C1", -200))
    job = await ledger.settle(settlement(booking={"date": "2026-10-15", "journal": "M90"}))
    await ledger.undo_run(job["job_id"])

    october = rows(await desk.text("reports/clearing-journal", fiscal_year=2026, period=10))
    whole = rows(await desk.text("reports/clearing-journal", fiscal_year=2026))

    assert [(row["method"], row["charges_settled"], row["credits_settled"]) for row in october] == [
        ("oldest-first", -200, 200)
    ]
    assert [row["method"] for row in whole] == ["oldest-first", "reversal"]


@pytest.mark.requirement("S3.4")
async def test_settlement_information_is_shown_item_by_item(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 500), posted("C1", -200), posted("C2", -100))
    await ledger.settle(settlement())

    explained = await desk.read("parties/P1/items/I1")

    (match,) = explained["matches"]
    assert match["match"]["allocations"] == [
        {"charge_item_id": "I1", "credit_item_id": "C1", "amount": 200},
        {"charge_item_id": "I1", "credit_item_id": "C2", "amount": 100},
    ]


@pytest.mark.requirement("S3.18")
@pytest.mark.parametrize(
    ("per", "limit", "left"),
    [
        ("party", 5, {"BIG": 900, "SMALL": 3, "P": 700, "C": -694}),
        ("party", 6, {"BIG": 900, "SMALL": 3}),
        ("item", 3, {"BIG": 900, "P": 700, "C": -694}),
    ],
)
async def test_small_balances_of_parties_or_items_are_cleared_up_to_the_limit(
    ledger: Ledger, desk: Desk, per: str, limit: int, left: dict[str, int]
) -> None:
    await ledger.take(
        posted("BIG", 900), posted("SMALL", 3), posted("P", 700, party_id="P2"), posted("C", -694, party_id="P2")
    )

    await run(ledger, desk, "small-balance-runs", {"booking": BOOKING, "limit": limit, "per": per})

    assert await ledger.open() == left
    assert (await ledger.audit()).violations == ()


@pytest.mark.requirement("S3.18")
async def test_a_dry_run_of_small_balances_tells_what_is_cleared_per_currency_and_clears_nothing(
    ledger: Ledger, desk: Desk
) -> None:
    await ledger.take(
        posted("I1", 4),
        posted("C1", -3, party_id="P2"),
        posted("D1", 5, party_id="P2", currency="DKK"),
        posted("I2", 9),
    )
    booking = {"date": str(TODAY), "journal": "M91"}
    before, body = await ledger.open(), {"booking": booking, "limit": 5, "per": "item"}

    tried = await run(ledger, desk, "small-balance-runs", body | {"dry_run": True})
    after = await ledger.open()
    done = await run(ledger, desk, "small-balance-runs", body)

    told, did = [(await desk.read(f"/v1/jobs/{name}"))["result"] for name in (tried, done)]
    assert after == before
    assert (told.pop("dry_run"), did.pop("dry_run")) == (True, False)
    assert told == did
    assert told["totals"] == {
        "DKK": {"matches": 1, "items": 1, "amount": 5},
        "EUR": {"matches": 2, "items": 2, "amount": 1},
    }
    assert await ledger.open() == {"I2": 9}


@pytest.mark.requirement("S3.18")
async def test_small_balances_go_to_a_write_off_journal_if_one_is_named(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 3))
    body = {"booking": BOOKING, "limit": 5}

    refused = await desk.do("small-balance-runs", body | {"write_off_journal": "M90"}, 422)
    await run(ledger, desk, "small-balance-runs", body | {"write_off_journal": "A920"})

    (match,) = await ledger.published("items-matched")
    assert refused["code"] == "wrong-journal-type"
    assert (match.contra_lines[0].kind, match.contra_lines[0].journal, match.reason) == ("write-off", "A920", "A920")


@pytest.mark.requirement("S3.19")
async def test_exchange_adjustment_values_what_is_open_and_takes_it_back_the_next_day(
    ledger: Ledger, desk: Desk
) -> None:
    await ledger.take(posted("I1", 10_000, currency="USD", base_amount=9_000), posted("I2", 500))
    body = {"booking": {"date": "2026-10-31", "journal": "M91"}, "rates": {"USD": "0.95"}}

    run_id = await run(ledger, desk, "revaluation-runs", body)

    entries = (await desk.read(f"reports/revaluations/{run_id}"))["items"]
    assert [(entry["booked_on"], entry["difference"], entry["gl_account"]) for entry in entries] == [
        ("2026-10-31", 500, "7500"),
        ("2026-11-01", -500, "7500"),
    ]


@pytest.mark.requirement("S3.19")
@pytest.mark.parametrize(
    ("rates", "date", "code"),
    [
        ({}, "2026-10-31", "unknown-rate"),
        ({"USD": "0,95"}, "2026-10-31", "bad-rate"),
        ({"USD": "0.95"}, "2025-12-31", "closed-period"),
    ],
)
async def test_an_adjustment_without_a_rate_or_into_a_closed_period_is_refused(
    ledger: Ledger, desk: Desk, rates: dict[str, str], date: str, code: str
) -> None:
    await ledger.take(posted("I1", 10_000, currency="USD", base_amount=9_000))

    problem = await desk.do("revaluation-runs", {"booking": {"date": date, "journal": "M91"}, "rates": rates}, 422)

    assert problem["code"] == code


@pytest.mark.requirement("S1.16")
async def test_a_journal_that_allows_foreign_currency_matches_items_of_different_currencies(
    ledger: Ledger, desk: Desk
) -> None:
    await ledger.take(posted("I1", 9_000), posted("C1", -10_000, currency="USD", base_amount=-9_040))
    body = {"item_ids": ["I1", "C1"], "booking": {"date": str(TODAY), "journal": "M91"}, "tolerance": 40}

    forbidden = await desk.do("parties/P1/foreign-matches", body | {"booking": BOOKING}, 422)
    too_far = await desk.do("parties/P1/foreign-matches", body | {"tolerance": 39}, 422)
    match = await desk.do("parties/P1/foreign-matches", body, 201)
    (told,) = await ledger.published("items-matched")
    undo = {"date": str(TODAY)}
    await desk.do(f"parties/P1/matches/{match['match_id']}/reversal", undo, 201)

    assert (forbidden["code"], too_far["code"]) == ("no-foreign-currency", "difference-too-large")
    assert match["exchange_difference"] == -40
    assert told.contra_lines[0].gl_account == "7500"
    assert [(line.currency, line.base_amount) for line in told.lines] == [("USD", 9_040), ("EUR", -9_000)]
    assert await ledger.open() == {"I1": 9_000, "C1": -10_000}
    assert (await ledger.audit()).violations == ()


@pytest.mark.requirement("S1.16")
async def test_account_balances_mix_currencies_through_such_a_journal(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 9_000), posted("C1", -10_000, currency="USD", base_amount=-9_040))
    form = {"method": "account-balance", "mix_currencies": True, "tolerance": 40}

    refused = await desk.do("settlement-runs", {"booking": BOOKING, **form}, 422)
    await run(ledger, desk, "settlement-runs", {"booking": {"date": str(TODAY), "journal": "M91"}, **form})

    assert refused["code"] == "no-foreign-currency"
    assert await ledger.open() == {}


async def test_a_foreign_item_of_unknown_worth_is_refused_by_name(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 9_000), posted("C1", -10_000, currency="USD"))
    body = {"item_ids": ["I1", "C1"], "booking": {"date": str(TODAY), "journal": "M91"}}

    problem = await desk.do("parties/P1/foreign-matches", body, 422)

    assert (problem["code"], "C1" in problem["detail"]) == ("unknown-rate", True)


@pytest.mark.requirement("S3.15")
async def test_chosen_items_are_settled_by_hand_without_touching_others(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 300, item_date="2026-01-01"), posted("I2", 300), posted("C1", -300))
    lines = [{"item_id": "I2", "amount": 300}, {"item_id": "C1", "amount": -300}]

    await desk.do("parties/P1/matches", {"currency": "EUR", "lines": lines, "booking": BOOKING}, 201)

    assert await ledger.open() == {"I1": 300}


@pytest.mark.requirement("B.9")
async def test_what_the_items_on_a_journal_add_up_to_is_told_day_by_day_as_the_journal_gains(
    ledger: Ledger, desk: Desk
) -> None:
    await ledger.take(
        party("S1", kind="creditor"),
        posted("R1", -500, journal="K10", item_date="2026-11-01"),
        posted("V1", 200, journal="K10", item_date="2026-11-01"),
        posted("R2", -70, journal="K10", item_date="2026-11-02"),
        posted("Q1", -900, journal="B10", item_date="2026-11-02", party_id="S1"),
        posted("I1", 300, journal="V10", item_date="2026-11-02"),
    )

    pages = [await desk.read("audit/journals", journal=["B10", "K10"], limit="2")]
    pages.append(await desk.read("audit/journals", journal=["B10", "K10"], limit="2", cursor=pages[0]["next"]))

    assert [(row["journal"], row["day"], row["movement"]) for page in pages for row in page["items"]] == [
        ("B10", "2026-11-02", -900),
        ("K10", "2026-11-01", 300),
        ("K10", "2026-11-02", 70),
    ]
