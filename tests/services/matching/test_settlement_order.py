"""In which order credits settle: by date, or costs, then interest, then principal; compared with two pointers."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.matching.domain.amounts import settle_against_each_other
from services.matching.domain.ledger import allocations_of
from services.matching.domain.settlement_order import place_in, side_by_side
from tests.services.matching.books import Ledger
from tests.services.matching.library import configured, posted, requested, settlement
from tests.services.matching.offers import BOOKING, executed, proposed
from tests.services.matching.reference import Posting, settle
from tests.services.matching.test_oldest_first import an_item
from tests.support.desk import Desk

RANKS = {"reminder-fee": 0, "interest": 1, "fine": 2, "invoice": 2}
FIRST_DAY = date(2025, 1, 1)
LAW = {"settlement_order": "costs-interest-principal"}

drawn = st.lists(
    st.tuples(
        st.sampled_from(["P1", "P2"]),
        st.integers(0, 4),
        st.integers(1, 30),
        st.sampled_from([1, -1]),
        st.sampled_from(sorted(RANKS)),
    ),
    max_size=40,
)


def plan(rows: Iterable[tuple[str, int, int, int, str]]) -> list[tuple[Posting, str]]:
    """Postings with their kinds; a credit has a kind too, and none of it comes first."""
    return [
        (
            Posting(party_id, "EUR", FIRST_DAY + timedelta(days=day), "v", f"i{number:02}", size * sign, RANKS[kind]),
            kind,
        )
        for number, (party_id, day, size, sign, kind) in enumerate(rows)
    ]


def summed(settled: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for charge, credit, amount in settled:
        totals[charge, credit] += amount
    return dict(totals)


async def allocated(ledger: Ledger) -> list[tuple[str, str, int]]:
    matches = await ledger.published("items-matched")
    return [(a.charge_item_id, a.credit_item_id, a.amount) for match in matches for a in match.allocations]


@given(rows=drawn)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_run_settles_costs_then_interest_then_principal_as_two_pointers_do(
    ledger: Ledger, rows: list[tuple[str, int, int, int, str]]
) -> None:
    await ledger.forget()
    planned = plan(rows)
    if planned:
        await ledger.take(
            *(
                posted(p.item_id, p.amount, party_id=p.party_id, kind=kind, item_date=p.item_date, voucher=p.voucher)
                for p, kind in planned
            )
        )

    job = await ledger.settle(settlement(**LAW))

    left, settled = settle(posting for posting, _ in planned)
    totals = json.loads(job["result"])["totals"].get("EUR", {"parties": 0, "items": 0, "amount": 0})
    touched = {name for charge, credit, _ in settled for name in (charge, credit)}
    parties = {posting.party_id for posting, _ in planned if posting.item_id in touched}
    assert await ledger.open() == left
    assert summed(await allocated(ledger)) == summed(settled)
    assert totals["amount"] == sum(amount for _, _, amount in settled)
    assert (totals["parties"], totals["items"]) == (len(parties), len(touched))
    assert (await ledger.audit()).violations == ()


@given(rows=drawn)
def test_named_items_settle_costs_then_interest_then_principal_as_two_pointers_do(
    rows: list[tuple[str, int, int, int, str]],
) -> None:
    planned = plan(("P1", day, size, sign, kind) for _, day, size, sign, kind in rows)
    items = [an_item(p.item_id, p.amount, item_date=p.item_date, kind=kind) for p, kind in planned]

    settled = settle_against_each_other(
        {item.item_id: item.open_amount for item in items}, items, "costs-interest-principal"
    )

    _, pairs = settle(posting for posting, _ in planned)
    ordered = side_by_side((item for item in items if item.item_id in settled), "costs-interest-principal")
    found = allocations_of([item.item_id for item in ordered], [-settled[item.item_id] for item in ordered])
    assert [(pair.charge_item_id, pair.credit_item_id, pair.amount) for pair in found] == pairs


def test_credits_are_taken_by_date_in_either_order() -> None:
    credits_ = [an_item("C1", -5, kind="interest"), an_item("C2", -5, kind="payment")]

    assert sorted(credits_, key=place_in("costs-interest-principal")) == credits_


def reminded() -> list[Any]:
    """An old invoice, then interest on it, then the costs of reminding, and a payment that does not cover them."""
    return [
        posted("INVOICE", 10_000, kind="invoice", item_date="2026-03-01", invoice_number="F-2026-1"),
        posted("INTEREST", 300, kind="interest", item_date="2026-06-01", reference="F-2026-1"),
        posted("COSTS", 4_000, kind="reminder-fee", item_date="2026-06-02", reference="F-2026-1"),
        posted("OTHER", 900, kind="fine", item_date="2026-01-01"),
        posted("PAID", -5_000, item_date="2026-06-10", reference="F-2026-1"),
    ]


BY_DATE = {"INVOICE": 5_900, "INTEREST": 300, "COSTS": 4_000}
COSTS_FIRST = {"INVOICE": 10_000, "OTHER": 200}


@pytest.mark.parametrize(
    ("country", "order", "asked", "left"),
    [
        ("NL", None, None, BY_DATE),
        ("NL", "by-law", None, COSTS_FIRST),
        ("BE", "by-law", None, COSTS_FIRST),
        ("DK", "by-law", None, BY_DATE),
        ("DK", "costs-interest-principal", None, COSTS_FIRST),
        ("NL", "by-law", "by-date", BY_DATE),
        ("NL", None, "by-law", COSTS_FIRST),
        ("DK", None, "costs-interest-principal", COSTS_FIRST),
    ],
)
async def test_the_order_is_that_of_the_law_or_the_contract(
    ledger: Ledger, country: str, order: str | None, asked: str | None, left: dict[str, int]
) -> None:
    configuration = {"country": country} | ({"settlement_order": order} if order else {})
    await ledger.take(configured(version=2, **configuration), *reminded())

    await ledger.settle(settlement(**({"settlement_order": asked} if asked else {})))

    assert await ledger.open() == left


async def test_a_reference_means_a_debt_with_its_costs_and_its_interest(ledger: Ledger) -> None:
    await ledger.take(*reminded())

    await ledger.settle(settlement(method="reference"))
    before = await ledger.open()
    await ledger.settle(settlement(method="reference", **LAW))

    assert len(before) == 5
    assert await ledger.open() == {"INVOICE": 9_300, "OTHER": 900}
    (match,) = await ledger.published("items-matched")
    assert [(a.charge_item_id, a.amount) for a in match.allocations] == [
        ("COSTS", 4_000),
        ("INTEREST", 300),
        ("INVOICE", 700),
    ]


async def test_a_reference_that_two_debts_share_means_neither(ledger: Ledger) -> None:
    await ledger.take(*reminded(), posted("SECOND", 50, kind="invoice", invoice_number="F-2026-1"))

    await ledger.settle(settlement(method="reference", **LAW))

    assert len(await ledger.open()) == 6


async def test_a_proposal_is_executed_in_the_order_that_it_was_made_with(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(*reminded())
    path = await proposed(ledger, desk, method="oldest-first", **LAW)
    await desk.do(f"{path}/marks", {"marked": True}, 200)

    await executed(ledger, desk, path)

    assert await ledger.open() == COSTS_FIRST


async def test_by_hand_and_on_request_chosen_charges_are_settled_in_the_configured_order(
    ledger: Ledger, desk: Desk
) -> None:
    await ledger.take(configured(version=2, country="NL", settlement_order="by-law"), *reminded())
    lines = [("INVOICE", 10_000), ("COSTS", 4_000), ("PAID", -5_000)]
    chosen = [{"item_id": item_id, "amount": amount} for item_id, amount in lines]
    body = {"currency": "EUR", "lines": chosen, "booking": BOOKING}

    await desk.do("parties/P1/matches", body, 201)
    by_hand = await ledger.open()
    await ledger.take(posted("PAID2", -9_100))
    await ledger.take(
        requested({"OTHER": 900, "INTEREST": 300, "PAID2": -9_100}, method="manual", journal="M90", contra=None)
    )

    assert by_hand == {"INVOICE": 9_000, "INTEREST": 300, "OTHER": 900}
    request = (await ledger.published("items-matched"))[-1]
    assert [a.charge_item_id for a in request.allocations] == ["INTEREST", "OTHER"]
