"""One rule for every way: other currencies than the books' are settled and valued on journals that allow them."""

import json
from typing import Any

import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.library import (
    JOURNALS,
    LABEL,
    TODAY,
    changed,
    configured,
    party,
    posted,
    requested,
    settlement,
)
from tests.services.matching.offers import executed, proposed
from tests.support.desk import Desk

DOMESTIC = {"date": str(TODAY), "journal": "M90"}
FOREIGN = {"date": str(TODAY), "journal": "M91"}
LINES = [{"item_id": "D1", "amount": 400}, {"item_id": "D2", "amount": -400}]
OPEN = {"D1": 400, "D2": -400, "USD": 70}


async def danish_and_domestic(ledger: Ledger) -> None:
    """An account in the books' currency, one in Danish crowns, both of zero, and one with one side only."""
    await ledger.take(
        party(),
        posted("E1", 300, invoice_number="F-200"),
        posted("E2", -300, invoice_number="F-200"),
        posted("D1", 400, currency="DKK", base_amount=54, invoice_number="F-100"),
        posted("D2", -400, currency="DKK", base_amount=-53, invoice_number="F-100"),
        posted("USD", 70, currency="USD", base_amount=65),
    )


def result_of(job: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(job["result"]))


@pytest.mark.requirement("S1.16")
@pytest.mark.parametrize(
    "form",
    [
        {"method": "oldest-first"},
        {"method": "account-balance"},
        {"method": "account-balance", "tolerance": 5},
        {"method": "opposite-items"},
        {"method": "opposite-items", "tolerance": 5},
        {"method": "credit-notes"},
        {"method": "reference"},
        {"undo_first": True},
        {"up_to_zero_balance": True},
    ],
)
async def test_a_run_leaves_foreign_accounts_alone_and_names_them(ledger: Ledger, form: dict[str, Any]) -> None:
    await danish_and_domestic(ledger)

    result = result_of(await ledger.settle(settlement(**form)))
    allowed = result_of(await ledger.settle(settlement(**form, booking=FOREIGN)))

    (told,) = result["left_alone"]
    assert (told["code"], told["party_id"], told["currency"]) == ("no-foreign-currency", "P1", "DKK")
    assert (set(told["item_ids"]), result["left_alone_total"]) == ({"D1", "D2"}, 1)
    assert list(result["totals"]) == ["EUR"]
    assert ("DKK" in allowed["totals"], allowed["left_alone_total"]) == (True, 0)
    assert await ledger.open() == {"USD": 70}


@pytest.mark.parametrize("path", ["settlement-runs", "proposals", "small-balance-runs"])
async def test_a_run_over_foreign_currencies_alone_is_refused_at_once(ledger: Ledger, desk: Desk, path: str) -> None:
    await danish_and_domestic(ledger)
    body = {"criteria": {"currency_to": "DKK"}} | ({"limit": 500} if path.startswith("small") else {})

    refused = await desk.do(path, body | {"booking": DOMESTIC}, 422)
    await desk.do(path, body | {"booking": FOREIGN}, 202)

    assert (refused["code"], refused["errors"][0]["pointer"]) == ("no-foreign-currency", "/journal")


async def test_a_match_by_hand_and_one_that_is_requested_are_refused(ledger: Ledger, desk: Desk) -> None:
    await danish_and_domestic(ledger)
    body = {"currency": "DKK", "lines": LINES}
    asked = {"D1": 400, "D2": -400}

    refused = await desk.do("parties/P1/matches", body | {"booking": DOMESTIC}, 422)
    await ledger.take(requested(asked, method="manual", journal="M90", contra=None, currency="DKK"))
    await ledger.take(requested({"D1": 400}, currency="DKK"))
    on_a_foreign_journal = {"method": "write-off", "journal": "M91", "currency": "DKK"}
    await ledger.take(requested({"D1": 400}, **on_a_foreign_journal))
    before = await ledger.open()
    await desk.do("parties/P1/matches", body | {"booking": FOREIGN}, 201)

    rejections = await ledger.published("match-rejected")
    assert refused["code"] == "no-foreign-currency"
    assert [(told.code, told.field) for told in rejections] == [
        ("no-foreign-currency", "journal"),
        ("no-foreign-currency", "journal"),
        ("no-foreign-currency", "contra/journal"),
    ]
    assert before == OPEN | {"E1": 300, "E2": -300}
    assert "D1" not in await ledger.open()


async def test_a_write_off_journal_that_allows_foreign_currency_takes_foreign_items(ledger: Ledger) -> None:
    await danish_and_domestic(ledger)
    allowing = [
        {**journal, "label": LABEL, "allows_foreign_currency": True}
        if journal["code"] == "A920"
        else {**journal, "label": LABEL}
        for journal in JOURNALS
    ]
    await ledger.take(configured(version=2, journals=allowing))

    await ledger.take(requested({"D1": 400}, currency="DKK"))

    assert "D1" not in await ledger.open()


async def test_a_proposal_holds_no_foreign_items_and_executes_none(ledger: Ledger, desk: Desk) -> None:
    await danish_and_domestic(ledger)

    path = await proposed(ledger, desk, method="account-balance")
    shown = await desk.read(f"{path}/items")
    (built,) = await ledger.rows("SELECT result FROM job")
    later = await proposed(ledger, desk, method="account-balance", booking=FOREIGN)
    await desk.do(f"{later}/marks", {"marked": True}, 200)
    closed = [{**journal, "label": LABEL, "allows_foreign_currency": False} for journal in JOURNALS]
    await ledger.take(configured(version=2, journals=closed))
    outcomes = await executed(ledger, desk, later)

    assert [item["item_id"] for item in shown["items"]] == ["E1", "E2"]
    assert [told["code"] for told in result_of(built)["left_alone"]] == ["no-foreign-currency"]
    assert outcomes == dict.fromkeys(("D1", "D2"), "no-foreign-currency")


@pytest.mark.requirement("S3.18")
@pytest.mark.parametrize("per", ["party", "item"])
@pytest.mark.parametrize("write_off_journal", [None, "A920"])
async def test_small_balances_in_other_currencies_stay_and_are_named(
    ledger: Ledger, desk: Desk, per: str, write_off_journal: str | None
) -> None:
    await danish_and_domestic(ledger)
    journal = {"write_off_journal": write_off_journal} if write_off_journal else {}
    booking = FOREIGN if write_off_journal else DOMESTIC

    run = await desk.do("small-balance-runs", {"booking": booking, "limit": 500, "per": per, **journal}, 202)
    result = result_of(await ledger.finish(run["job_id"]))

    assert await ledger.open() == OPEN
    assert [(told["code"], told["currency"]) for told in result["left_alone"]] == [
        ("no-foreign-currency", "DKK"),
        ("no-foreign-currency", "USD"),
    ]


@pytest.mark.requirement("S3.19")
async def test_an_exchange_adjustment_is_refused(ledger: Ledger, desk: Desk) -> None:
    await danish_and_domestic(ledger)
    body = {"rates": {"DKK": "0.134", "USD": "0.95"}}

    refused = await desk.do("revaluation-runs", body | {"booking": DOMESTIC | {"date": "2026-10-31"}}, 422)
    await desk.do("revaluation-runs", body | {"booking": FOREIGN | {"date": "2026-10-31"}}, 202)

    assert refused["code"] == "no-foreign-currency"


async def test_a_match_is_undone_on_its_own_journal_whatever_that_allows_now(ledger: Ledger, desk: Desk) -> None:
    await danish_and_domestic(ledger)
    match = await desk.do("parties/P1/matches", {"currency": "DKK", "lines": LINES, "booking": FOREIGN}, 201)
    closed = [{**journal, "label": LABEL, "allows_foreign_currency": False} for journal in JOURNALS]
    await ledger.take(configured(version=2, journals=closed), changed("E1"))

    await desk.do(f"parties/P1/matches/{match['match_id']}/reversal", {"date": str(TODAY)}, 201)

    assert await ledger.open() == OPEN | {"E1": 300, "E2": -300}
