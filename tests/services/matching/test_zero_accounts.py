"""Zero accounts: of each currency by itself, which is the default, or of all currencies of a party at once."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.matching.domain.ledger import PartyChunk
from services.matching.store.zero_balances import zero_balance_days
from tests.services.matching.books import Ledger
from tests.services.matching.library import ADMINISTRATION, TODAY, posted, settlement
from tests.services.matching.offers import proposed
from tests.support.desk import Desk

FOREIGN = {"date": str(TODAY), "journal": "M91"}
FIRST_DAY = date(2026, 3, 1)


async def two_currencies(ledger: Ledger) -> None:
    """P1 is zero in euros but not in crowns, P2 is zero in both."""
    for party_id, rest in (("P1", -60), ("P2", -70)):
        await ledger.take(
            posted(f"I{party_id}", 100, party_id=party_id),
            posted(f"C{party_id}", -100, party_id=party_id),
            posted(f"D{party_id}", 70, party_id=party_id, currency="DKK"),
            posted(f"K{party_id}", rest, party_id=party_id, currency="DKK"),
        )


@pytest.mark.requirement("S3.6")
async def test_zero_accounts_are_those_of_each_currency_by_default(ledger: Ledger) -> None:
    await two_currencies(ledger)

    await ledger.settle(settlement(only_zero_balance=True, booking=FOREIGN))

    assert set(await ledger.open()) == {"DP1", "KP1"}


@pytest.mark.requirement("S3.6")
@pytest.mark.parametrize("undo_first", [False, True])
async def test_zero_accounts_over_all_currencies_leave_a_party_alone_that_owes_in_one(
    ledger: Ledger, *, undo_first: bool
) -> None:
    await two_currencies(ledger)

    await ledger.settle(settlement(only_zero_balance=True, zero_per="party", booking=FOREIGN, undo_first=undo_first))

    assert set(await ledger.open()) == {"IP1", "CP1", "DP1", "KP1"}


@pytest.mark.requirement("S3.6")
async def test_zero_accounts_over_all_currencies_count_those_that_the_run_does_not_select(ledger: Ledger) -> None:
    await two_currencies(ledger)
    euros = {"currency_from": "EUR", "currency_to": "EUR"}

    await ledger.settle(settlement(only_zero_balance=True, zero_per="party", criteria=euros))

    assert set(await ledger.open()) == {"IP1", "CP1", "DP1", "KP1", "DP2", "KP2"}


@pytest.mark.requirement("S3.6")
@pytest.mark.parametrize(("zero_per", "parties"), [("currency", {"P1", "P2"}), ("party", {"P2"})])
async def test_a_proposal_of_zero_accounts_has_those_of_each_currency_or_of_all(
    ledger: Ledger, desk: Desk, zero_per: str, parties: set[str]
) -> None:
    await two_currencies(ledger)

    path = await proposed(
        ledger, desk, method="oldest-first", only_zero_balance=True, zero_per=zero_per, booking=FOREIGN
    )

    shown = (await desk.read(f"{path}/items"))["items"]
    assert {item["party_id"] for item in shown} == parties
    assert not {"DP1", "KP1"} & {item["item_id"] for item in shown}


async def test_an_item_of_an_account_that_is_not_zero_is_explained(ledger: Ledger, desk: Desk) -> None:
    await two_currencies(ledger)
    path = await proposed(
        ledger, desk, method="oldest-first", only_zero_balance=True, zero_per="party", booking=FOREIGN
    )

    answer = await desk.read(f"{path}/explanation", party_id="P1", item_id="IP1")

    assert [reason["code"] for reason in answer["not_proposed_because"]] == ["not-within-zero-balance"]


async def zero_one_day_after_the_other(ledger: Ledger) -> None:
    """Euros are zero on 3 and 7 March, crowns on 5 and 7 March; on 9 March a last invoice comes."""
    days = [("I1", 100, "EUR", 1), ("K1", 50, "DKK", 2), ("C1", -100, "EUR", 3), ("L1", -50, "DKK", 5)]
    days += [("I2", 30, "EUR", 4), ("C2", -30, "EUR", 7), ("I3", 8, "EUR", 9), ("C3", -2, "EUR", 9)]
    await ledger.take(
        *(
            posted(item_id, amount, currency=currency, item_date=f"2026-03-0{day}")
            for item_id, amount, currency, day in days
        )
    )


@pytest.mark.requirement("S3.7")
@pytest.mark.parametrize(
    ("zero_per", "days"),
    [("currency", {"EUR": "2026-03-07", "DKK": "2026-03-05"}), ("party", {"EUR": "2026-03-07", "DKK": "2026-03-07"})],
)
async def test_the_zero_balance_date_is_of_each_currency_or_of_all(
    ledger: Ledger, desk: Desk, zero_per: str, days: dict[str, str]
) -> None:
    await zero_one_day_after_the_other(ledger)
    await ledger.take(posted("LATE", 5, party_id="P2", currency="DKK"), posted("N", 1, party_id="P2"))

    lines = (await desk.text("reports/parties", zero_per=zero_per)).splitlines()

    assert {line for line in lines if '"P1"' in line} == {
        line for line in lines if any(f'"{currency}"' in line and day in line for currency, day in days.items())
    }


@pytest.mark.requirement("S3.8")
async def test_a_run_settles_up_to_the_day_on_which_all_currencies_were_zero(ledger: Ledger) -> None:
    await zero_one_day_after_the_other(ledger)
    await ledger.take(posted("K2", 6, currency="DKK", item_date="2026-03-06"), posted("L2", -1, currency="DKK"))

    form: dict[str, Any] = {"up_to_zero_balance": True, "booking": FOREIGN}
    await ledger.settle(settlement(**form, zero_per="party"))
    over_all = set(await ledger.open())
    await ledger.settle(settlement(**form))

    assert over_all == {"I1", "K1", "C1", "L1", "I2", "C2", "I3", "C3", "K2", "L2"}
    assert set(await ledger.open()) == {"I3", "C3", "K2", "L2"}


@pytest.mark.requirement("S3.8")
async def test_a_proposal_goes_up_to_the_zero_balance_date(ledger: Ledger, desk: Desk) -> None:
    await zero_one_day_after_the_other(ledger)

    path = await proposed(
        ledger, desk, method="oldest-first", up_to_zero_balance=True, zero_per="party", booking=FOREIGN
    )

    shown = (await desk.read(f"{path}/items"))["items"]
    assert {item["item_id"] for item in shown} == {"I1", "K1", "C1", "L1", "I2", "C2"}


@given(
    drawn=st.lists(
        st.tuples(st.sampled_from(["EUR", "DKK", "USD"]), st.integers(0, 6), st.integers(-3, 3).filter(bool)),
        min_size=1,
        max_size=16,
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_day_on_which_all_currencies_were_zero_is_what_adding_up_by_hand_gives(
    ledger: Ledger, drawn: list[tuple[str, int, int]]
) -> None:
    await ledger.forget()
    await ledger.take(
        *(
            posted(f"i{number}", amount, currency=currency, item_date=str(FIRST_DAY + timedelta(days=day)))
            for number, (currency, day, amount) in enumerate(drawn)
        )
    )

    async with ledger.database.snapshot() as connection:
        rows = await zero_balance_days(connection, PartyChunk(ADMINISTRATION, ["P1"]), "party")

    zero = None
    balances: dict[str, int] = defaultdict(int)
    for day in sorted({day for _, day, _ in drawn}):
        for currency, of_day, amount in drawn:
            balances[currency] += amount if of_day == day else 0
        if not any(balances.values()):
            zero = FIRST_DAY + timedelta(days=day)
    assert {row["day"] for row in rows} == {zero}
