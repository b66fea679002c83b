import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.matching.store import runs
from tests.services.matching.books import Ledger
from tests.services.matching.library import changed, posted, requested, settlement
from tests.services.matching.reference import Posting, settle

FOREIGN = {"date": "2026-11-22", "journal": "M91"}
FIRST_DAY = date(2025, 1, 1)

postings = st.lists(
    st.builds(
        lambda party_id, currency, day, voucher, size, sign: (party_id, currency, day, voucher, size * sign),
        st.sampled_from(["P1", "P2", "P3"]),
        st.sampled_from(["EUR", "EUR", "DKK"]),
        st.integers(0, 4),
        st.sampled_from(["10", "9", "v"]),
        st.one_of(st.integers(1, 6), st.integers(1, 10**6)),
        st.sampled_from([1, -1]),
    ),
    max_size=60,
)


def plan(drawn: Iterable[tuple[str, str, int, str, int]]) -> list[Posting]:
    return [
        Posting(
            party_id,
            currency,
            FIRST_DAY + timedelta(days=day),
            voucher,
            f"i{position * 7919 % 1000:03}-{position}",
            amount,
        )
        for position, (party_id, currency, day, voucher, amount) in enumerate(drawn)
    ]


def event(posting: Posting, **changes: Any) -> Any:
    return posted(
        posting.item_id,
        posting.amount,
        party_id=posting.party_id,
        currency=posting.currency,
        voucher=posting.voucher,
        item_date=posting.item_date,
        **changes,
    )


async def allocations(ledger: Ledger) -> list[tuple[str, str, int]]:
    matches = await ledger.published("items-matched")
    return [(a.charge_item_id, a.credit_item_id, a.amount) for match in matches for a in match.allocations]


@pytest.mark.requirement("S3.11")
@given(drawn=postings)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_oldest_first_equals_two_pointers(ledger: Ledger, drawn: list[tuple[str, str, int, str, int]]) -> None:
    await ledger.forget()
    ledger_plan = plan(drawn)
    if ledger_plan:
        await ledger.take(*map(event, ledger_plan))

    job = await ledger.settle(settlement(booking=FOREIGN))

    left, settled = settle(ledger_plan)
    assert job["state"] == "done"
    assert await ledger.open() == left
    assert sorted(await allocations(ledger)) == sorted(settled)
    assert (await ledger.audit()).violations == ()


@pytest.mark.parametrize("most", [1, 2, 3, 1000])
@pytest.mark.parametrize("seed", range(4))
async def test_a_giant_account_is_cut_into_balanced_matches(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, seed: int, most: int
) -> None:
    monkeypatch.setattr(runs, "MAX_ALLOCATIONS", most)
    sizes = [(position * (37 + seed) % 11 + 1) * (1 if position % (seed + 2) else -3) for position in range(60)]
    ledger_plan = plan([("P1", "EUR", position // 9, "v", size) for position, size in enumerate(sizes)])
    await ledger.take(*map(event, ledger_plan))

    await ledger.settle(settlement())

    left, settled = settle(ledger_plan)
    assert await ledger.open() == left
    matches = await ledger.published("items-matched")
    assert all(len(match.allocations) <= most for match in matches)
    assert _merged(await allocations(ledger)) == _merged(settled)
    assert (await ledger.audit()).violations == ()


def _merged(settled: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
    totals: dict[tuple[str, str], int] = {}
    for charge, credit, amount in settled:
        totals[charge, credit] = totals.get((charge, credit), 0) + amount
    return totals


async def test_a_run_goes_over_all_parties_in_chunks(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "CHUNK_ITEMS", 3)
    await ledger.take(
        *(
            posted(f"{kind}{n}", amount, party_id=f"P{n}")
            for n in range(9)
            for kind, amount in (("I", 500), ("C", -500))
        )
    )

    job = await ledger.settle(settlement())

    assert await ledger.open() == {}
    assert job["done"] == 9
    assert len(await ledger.published("items-matched")) == 9


@pytest.mark.requirement("S3.6")
async def test_only_zero_accounts_leaves_other_balances_alone(ledger: Ledger) -> None:
    await ledger.take(
        posted("I1", 100, party_id="P1"),
        posted("C1", -100, party_id="P1"),
        posted("I2", 100, party_id="P2"),
        posted("C2", -90, party_id="P2"),
        posted("I3", 70, party_id="P2", currency="DKK"),
        posted("C3", -70, party_id="P2", currency="DKK"),
    )

    await ledger.settle(settlement(only_zero_balance=True, booking=FOREIGN))

    assert await ledger.open() == {"I2": 100, "C2": -90}


@pytest.mark.requirement("S3.7", "S3.8")
async def test_a_run_settles_up_to_the_zero_balance_date(ledger: Ledger) -> None:
    await ledger.take(
        posted("I1", 100, item_date="2026-02-01"),
        posted("C1", -60, item_date="2026-02-03"),
        posted("C2", -40, item_date="2026-02-05"),
        posted("I2", 50, item_date="2026-02-06"),
        posted("C3", -30, item_date="2026-02-07"),
    )

    await ledger.settle(settlement(up_to_zero_balance=True))

    assert await ledger.open() == {"I2": 50, "C3": -30}


@pytest.mark.requirement("S3.8")
async def test_a_party_settled_across_its_zero_balance_date_is_reported_and_left_alone(ledger: Ledger) -> None:
    await ledger.take(
        posted("I1", 100, item_date="2026-02-01"),
        posted("C1", -100, item_date="2026-02-05"),
        posted("C2", -30, item_date="2026-02-07"),
        posted("I2", 50, item_date="2026-02-08"),
    )
    lines = [{"item_id": "I1", "amount": 30}, {"item_id": "C2", "amount": -30}]
    await ledger.take(requested(method="manual", journal="M90", contra=None, lines=lines))

    job = await ledger.settle(settlement(up_to_zero_balance=True))

    assert await ledger.open() == {"I1": 70, "C1": -100, "I2": 50}
    (left_alone,) = json.loads(job["result"])["left_alone"]
    assert (left_alone["party_id"], left_alone["code"]) == ("P1", "settled-across-zero-balance-date")
    assert left_alone["zero_balance_date"] == "2026-02-05"


@pytest.mark.requirement("S3.4", "S3.5")
@pytest.mark.parametrize("kept", [True, False])
async def test_settlement_information_is_kept_or_omitted_and_undo_works_either_way(
    ledger: Ledger, *, kept: bool
) -> None:
    await ledger.take(posted("I1", 100), posted("C1", -60), posted("C2", -40))

    job = await ledger.settle(settlement(settlement_information=kept))
    seen = await allocations(ledger)
    await ledger.undo_run(job["job_id"])

    assert seen == ([("I1", "C1", 60), ("I1", "C2", 40)] if kept else [])
    assert await ledger.open() == {"I1": 100, "C1": -60, "C2": -40}


@pytest.mark.requirement("S3.12")
async def test_earlier_settlements_are_undone_first_if_asked(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 100, item_date="2026-02-02"), posted("C1", -100, item_date="2026-02-02"))
    await ledger.settle(settlement())
    await ledger.take(posted("I0", 100, item_date="2026-02-01"), posted("C2", -10))

    await ledger.settle(settlement(undo_first=True))

    assert await ledger.open() == {"I1": 90}
    assert (await ledger.audit()).violations == ()


@pytest.mark.requirement("S3.12")
async def test_a_party_without_anything_open_is_settled_anew_too(ledger: Ledger) -> None:
    await ledger.take(posted("OLD", 100, item_date="2026-02-01"), posted("NEW", 100, item_date="2026-02-02"))
    await ledger.take(posted("C1", -100, item_date="2026-02-03"), posted("C2", -100, item_date="2026-02-04"))
    await ledger.take(requested({"NEW": 100, "C1": -100}, method="manual", journal="M90", contra=None))
    await ledger.take(requested({"OLD": 100, "C2": -100}, method="manual", journal="M90", contra=None))

    job = await ledger.settle(settlement(undo_first=True))

    assert json.loads(job["result"])["undone"] == 2
    assert (await allocations(ledger))[-2:] == [("OLD", "C1", 100), ("NEW", "C2", 100)]
    assert await ledger.open() == {}


@pytest.mark.requirement("S3.12")
async def test_undone_first_is_only_what_the_run_may_settle_anew(ledger: Ledger) -> None:
    await ledger.take(
        *(posted(f"{kind}-EUR", sign * 100) for kind, sign in (("I", 1), ("C", -1))),
        *(posted(f"{kind}-DKK", sign * 100, currency="DKK") for kind, sign in (("I", 1), ("C", -1))),
        *(posted(f"{kind}-LATE", sign * 70, item_date="2026-11-01") for kind, sign in (("I", 1), ("C", -1))),
        *(posted(f"{kind}-HELD", sign * 50) for kind, sign in (("I", 1), ("C", -1))),
        posted("W", 30),
    )
    for name, amount in (("EUR", 100), ("LATE", 70), ("HELD", 50)):
        lines = {f"I-{name}": amount, f"C-{name}": -amount}
        await ledger.take(requested(lines, method="manual", journal="M90", contra=None))
    danish = requested({"I-DKK": 100, "C-DKK": -100}, method="manual", journal="M91", contra=None, currency="DKK")
    await ledger.take(danish, requested({"W": 30}))
    await ledger.take(changed("I-HELD", on_bank_statement=True))

    criteria = {"currency_from": "EUR", "currency_to": "EUR", "item_date_to": "2026-10-31"}
    job = await ledger.settle(settlement(undo_first=True, criteria=criteria))

    undone = [match for match in await ledger.published("items-matched") if match.reversal_of]
    assert json.loads(job["result"])["undone"] == 1
    assert [[line.item_id for line in match.lines] for match in undone] == [["C-EUR", "I-EUR"]]
    assert await ledger.open() == {}


@pytest.mark.requirement("S3.6", "S3.12")
async def test_an_account_with_a_balance_keeps_its_settlements_when_only_zero_accounts_are_settled(
    ledger: Ledger,
) -> None:
    await ledger.take(
        *(posted(f"{kind}{n}", sign * 100, party_id=f"P{n}") for n in (1, 2) for kind, sign in (("I", 1), ("C", -1))),
        posted("REST", 40, party_id="P2"),
    )
    await ledger.settle(settlement(criteria={"item_date_to": "2026-10-31"}, method="opposite-items"))

    job = await ledger.settle(settlement(undo_first=True, only_zero_balance=True))

    assert json.loads(job["result"])["undone"] == 1
    assert await ledger.open() == {"REST": 40}


@pytest.mark.requirement("S3.8", "S3.12")
async def test_undone_first_is_nothing_behind_the_zero_balance_date_or_across_it(ledger: Ledger) -> None:
    days = {"I1": 1, "C1": 3, "I2": 6, "C2": 7}
    amounts = {"I1": 100, "C1": -100, "I2": 50, "C2": -30}
    await ledger.take(*(posted(name, amounts[name], item_date=f"2026-02-0{day}") for name, day in days.items()))
    crossing = {"I1": 100, "C1": -100, "C2": -30, "I2": 50}
    await ledger.take(
        *(posted(f"{name}x", crossing[name], party_id="P2", item_date=f"2026-02-0{days[name]}") for name in days)
    )
    await ledger.settle(settlement(criteria={"party_to": "P1", "item_date_to": "2026-02-03"}))
    await ledger.settle(settlement(criteria={"party_to": "P1"}))
    lines = [{"item_id": "I1x", "amount": 30}, {"item_id": "C2x", "amount": -30}]
    await ledger.take(requested(party_id="P2", method="manual", journal="M90", contra=None, lines=lines))

    job = await ledger.settle(settlement(undo_first=True, up_to_zero_balance=True))

    result = json.loads(job["result"])
    assert [left["party_id"] for left in result["left_alone"]] == ["P2"]
    assert result["undone"] == 1
    assert await ledger.open() == {"I2": 20, "I1x": 70, "C1x": -100, "I2x": 50}


@pytest.mark.requirement("S3.13")
@given(drawn=postings)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_undo_of_a_run_restores_every_open_amount(
    ledger: Ledger, drawn: list[tuple[str, str, int, str, int]]
) -> None:
    await ledger.forget()
    ledger_plan = plan(drawn)
    if ledger_plan:
        await ledger.take(*map(event, ledger_plan))
    job = await ledger.settle(settlement())

    if await ledger.published("items-matched"):
        await ledger.undo_run(job["job_id"])

    assert await ledger.open() == {posting.item_id: posting.amount for posting in ledger_plan}
    assert (await ledger.audit()).violations == ()
