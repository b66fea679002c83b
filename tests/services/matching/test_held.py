"""A run says how many of the items asked for it passed over, since a payment run or a statement holds them."""

import json
from typing import Any

import pytest

from services.matching.store import runs
from tests.services.matching.books import Ledger
from tests.services.matching.library import TODAY, changed, party, posted, settlement
from tests.services.matching.offers import proposed
from tests.support.desk import Desk

BOOKING = {"date": str(TODAY), "journal": "M90"}


async def held_and_free(ledger: Ledger) -> None:
    """An item on a statement, one in a payment run, and a blocked one, which nothing holds; each on its account."""
    await ledger.take(*(party(f"P{n}") for n in range(3)))
    for n in range(3):
        await ledger.take(posted(f"I{n}", 300, party_id=f"P{n}"), posted(f"C{n}", -200, party_id=f"P{n}"))
    await ledger.take(posted("X0", 50, party_id="P0", kind="contribution", voucher="x-0", item_date="2026-09-01"))
    await ledger.take(posted("X1", 70, party_id="P1", in_payment_run=True, due_date="2026-11-01"))
    await ledger.take(changed("X0", party_id="P0", on_bank_statement=True, due_date="2026-10-15"))
    await ledger.take(changed("I2", party_id="P2", blocked=True))


def result_of(job: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(job["result"]))


@pytest.mark.parametrize("method", ["oldest-first", "opposite-items", "credit-notes", "account-balance", "reference"])
async def test_every_method_counts_them_over_all_chunks(
    ledger: Ledger, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CHUNK_ITEMS", 1)
    await held_and_free(ledger)

    job = await ledger.settle(settlement(method=method))

    assert result_of(job)["held_items"] == 2
    assert {"X0", "X1"} <= set(await ledger.open())


@pytest.mark.parametrize(
    ("criteria", "held"),
    [
        ({"party_to": "P0"}, 1),
        ({"party_from": "P2"}, 0),
        ({"kinds": ["contribution"]}, 1),
        ({"kinds": ["payment"]}, 0),
        ({"voucher_from": "x"}, 1),
        ({"voucher_to": "w"}, 1),
        ({"item_date_to": "2026-09-01"}, 1),
        ({"item_date_from": "2026-09-02"}, 1),
        ({"due_date_to": "2026-10-15"}, 1),
        ({"due_date_from": "2026-10-16"}, 1),
        ({"due_date_from": "2026-11-02"}, 0),
        ({"currency_from": "USD"}, 0),
    ],
)
async def test_only_what_the_criteria_ask_for_is_counted(
    ledger: Ledger, criteria: dict[str, object], held: int
) -> None:
    await held_and_free(ledger)

    job = await ledger.settle(settlement(criteria=criteria, booking=BOOKING | {"journal": "M91"}))

    assert result_of(job)["held_items"] == held


async def test_what_a_payment_run_gave_back_is_settled_and_no_longer_counted(ledger: Ledger) -> None:
    await held_and_free(ledger)
    await ledger.take(changed("X1", party_id="P1", in_payment_run=False))

    job = await ledger.settle(settlement())

    assert result_of(job)["held_items"] == 1


async def test_small_balances_and_what_is_only_tried_count_them_too(ledger: Ledger, desk: Desk) -> None:
    await held_and_free(ledger)
    small = {"booking": BOOKING, "limit": 1_000, "dry_run": True}

    run = await desk.do("small-balance-runs", small, 202)
    cleared = await ledger.finish(run["job_id"])
    tried = await ledger.settle(settlement(dry_run=True, undo_first=True))

    assert result_of(cleared)["held_items"] == 2
    assert result_of(tried)["held_items"] == 2


async def proposals_hold_two_accounts(ledger: Ledger, desk: Desk) -> set[str]:
    """Four items of two parties, each party's in a proposal of its own; a third party's two items are free."""
    for n in range(3):
        await ledger.take(
            party(f"P{n}"), posted(f"I{n}", 200, party_id=f"P{n}"), posted(f"C{n}", -200, party_id=f"P{n}")
        )
    paths = [await proposed(ledger, desk, criteria={"party_ids": [f"P{n}"]}) for n in range(2)]
    return {path.rpartition("/")[2] for path in paths}


@pytest.mark.parametrize("method", ["oldest-first", "opposite-items", "credit-notes", "account-balance", "reference"])
async def test_every_method_counts_what_proposals_hold_and_names_them(
    ledger: Ledger, desk: Desk, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CHUNK_ITEMS", 1)
    proposals = await proposals_hold_two_accounts(ledger, desk)

    job = await ledger.settle(settlement(method=method))

    result = result_of(job)
    assert (result["held_items"], result["proposed_items"], set(result["proposals"])) == (0, 4, proposals)
    assert {"I0", "C0", "I1", "C1"} <= set(await ledger.open())


async def test_what_a_payment_run_and_a_proposal_hold_is_counted_once(ledger: Ledger, desk: Desk) -> None:
    proposals = await proposals_hold_two_accounts(ledger, desk)
    await ledger.take(changed("I0", party_id="P0", in_payment_run=True))

    job = await ledger.settle(settlement())

    result = result_of(job)
    assert (result["held_items"], result["proposed_items"], set(result["proposals"])) == (1, 3, proposals)


async def test_only_proposals_that_hold_what_the_criteria_ask_for_are_named(ledger: Ledger, desk: Desk) -> None:
    await proposals_hold_two_accounts(ledger, desk)

    other = result_of(await ledger.settle(settlement(criteria={"party_from": "P2"}, dry_run=True)))
    kinds = result_of(await ledger.settle(settlement(criteria={"kinds": ["contribution"]}, dry_run=True)))
    await ledger.rows("UPDATE reservation SET expires_at = now() - INTERVAL '1 s'")
    expired = result_of(await ledger.settle(settlement(dry_run=True)))

    for result in (other, kinds, expired):
        assert (result["proposed_items"], result["proposals"]) == (0, [])


async def test_small_balances_name_proposals_too(ledger: Ledger, desk: Desk) -> None:
    proposals = await proposals_hold_two_accounts(ledger, desk)

    run = await desk.do("small-balance-runs", {"booking": BOOKING, "limit": 1_000, "dry_run": True}, 202)
    cleared = result_of(await ledger.finish(run["job_id"]))

    assert (cleared["proposed_items"], set(cleared["proposals"])) == (4, proposals)
