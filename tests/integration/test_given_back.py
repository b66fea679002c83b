"""What was paid is given back by allocation, whichever way it was matched, by rule, once, and in any order."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import pytest

from chassis.database import open_database
from contracts.matching import ItemsMatched
from contracts.operators import AdministrationConfigured
from contracts.writeoff import MatchRequested
from tests.databases import FreshDatabase
from tests.events import received
from tests.integration.both_services import Both, compensation, payment, settled
from tests.services.matching.library import requested as asked_of_the_ledger
from tests.services.writeoff.causes import returned, uncharged
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import LABEL, SEED_JOURNALS, TODAY, configured, posted, requested

FINE = {"note_id": "N1", "material_id": "M1"}


@pytest.fixture
async def both(database: FreshDatabase) -> AsyncIterator[Both]:
    async with AsyncExitStack() as stack:
        ledger = await open_database(database.settings("matching"))
        stack.push_async_callback(ledger.close)
        writing_off = await open_database(database.settings("writeoff"))
        stack.push_async_callback(writing_off.close)
        yield Both(ledger, WriteOffs(writing_off))


def by_rule(rule: str, **wishes: Any) -> AdministrationConfigured:
    journal = {"material-returned": "A930", "checkin-cancelled": "A990"}[rule]
    return configured(version=2, write_off_rules=[{"rule": rule, "journal": journal, **wishes}])


def with_foreign_currency(**changes: Any) -> AdministrationConfigured:
    journals = [{"code": code, "type": "A", "label": LABEL, **rest} for code, rest in SEED_JOURNALS.items()]
    links = {"debtors": "4000", "write_offs": "6420", "exchange_gains": "7500", "exchange_losses": "6500"}
    links |= {"payment_differences": "6430"}
    return configured(journals=[one | {"allows_foreign_currency": True} for one in journals], gl_links=links, **changes)


def undone(match_id: UUID) -> MatchRequested:
    return asked_of_the_ledger({}, date=TODAY, journal="M90", method="reversal", contra=None, reversal_of=match_id)


async def parts(both: Both) -> dict[str, tuple[int | None, int, int]]:
    """What each outcome says was settled before: paid, waived, and given back since."""
    rows = await both.writeoffs.rows(
        "SELECT o.item_id, o.paid_amount, o.waived_amount, coalesce(sum(r.amount)"
        " FILTER (WHERE u.match_id IS NOT NULL), 0)::bigint AS given_back"
        " FROM rule_outcome AS o LEFT JOIN release AS r USING (party_id, topic, cause_key, item_id)"
        " LEFT JOIN release_answer AS u ON u.request_id = r.undo_id"
        " GROUP BY o.item_id, o.paid_amount, o.waived_amount"
    )
    return {row["item_id"]: (row["paid_amount"], row["waived_amount"], row["given_back"]) for row in rows}


@pytest.mark.requirement("B.10", "S4.11")
@pytest.mark.parametrize("information", [True, False], ids=["allocations kept", "lines only"])
async def test_a_credit_note_elsewhere_in_a_mass_settlement_does_not_stop_it(both: Both, *, information: bool) -> None:
    fine = posted("I0", 500, "fine", item_date="2026-09-01")
    note = posted("N9", -500, "credit-note", item_date="2026-09-02")
    await both.take(configured(), fine, note, compensation("I1", 2990), payment(2990))
    await both.settle(settlement_information=information)

    await both.take(returned())

    assert await both.open_amounts() == {"I0": 0, "I1": 0, "N9": 0, "P1": -2990}
    assert await parts(both) == {"I1": (2990, 0, 2990)}


@pytest.mark.requirement("B.10")
async def test_only_the_part_that_money_paid_comes_back(both: Both) -> None:
    note = posted("N9", -700, "credit-note", item_date="2026-10-02")
    await both.take(configured(), compensation("I1", 3000), note, payment(1000), payment(800, "P2"))
    await both.take(settled(I1=1700, N9=-700, P1=-1000))
    await both.take(settled(I1=500, P2=-500))

    await both.take(returned())

    assert await both.open_amounts() == {"I1": 0, "N9": 0, "P1": -1000, "P2": -800}
    assert await parts(both) == {"I1": (1500, 0, 1500)}


@pytest.mark.requirement("B.10")
async def test_what_was_waived_is_no_money(both: Both) -> None:
    await both.take(configured(), compensation("I1", 3000), payment(1000), compensation("I2", 800))
    await both.take(settled(I1=1000, P1=-1000))
    await both.take(requested({"I1": 2000, "I2": 800}, journal="A200"))

    await both.take(returned())

    assert await both.open_amounts() == {"I1": 0, "I2": 0, "P1": -1000}
    assert await parts(both) == {"I1": (1000, 2000, 1000), "I2": (0, 800, 0)}


@pytest.mark.requirement("B.10", "S4.12")
@pytest.mark.parametrize(
    ("wish", "note_id", "given_back"),
    [
        (None, None, 250),
        ("always", None, 250),
        ("never", "N1", 0),
        ("only-what-is-on-the-note", "N1", 250),
        ("only-what-is-on-the-note", None, 0),
    ],
)
async def test_a_cancelled_check_in_gives_its_late_fee_back_by_rule(
    both: Both, wish: str | None, note_id: str | None, given_back: int
) -> None:
    late_fee = posted("I1", 250, "fine", checkin_id="C1", note_id=note_id)
    await both.take(configured(), by_rule("checkin-cancelled", give_back=wish), late_fee, payment(250))
    await both.take(settled(I1=250, P1=-250))

    await both.take(uncharged())

    assert await both.open_amounts() == {"I1": 0, "P1": -given_back}
    assert await parts(both) == {"I1": (250, 0, given_back)}


@pytest.mark.requirement("B.10", "S4.11")
@pytest.mark.parametrize(
    ("wishes", "back"),
    [
        ({}, {"I1", "I2"}),
        ({"give_back": "never"}, set()),
        ({"late_fine": "never"}, {"I1"}),
        ({"late_fine": "always"}, {"I1", "I2", "I3"}),
        ({"processing_fee": "only-what-is-on-the-note"}, {"I1", "I2", "I4"}),
        ({"late_fine": "always", "processing_fee": "always", "give_back": "always"}, {"I1", "I2", "I3", "I4", "I5"}),
    ],
    ids=lambda given: "+".join(f"{given}" for given in sorted(given)) or "nothing",
)
async def test_compensation_late_fine_and_processing_fee_go_as_configured(
    both: Both, wishes: dict[str, str], back: set[str]
) -> None:
    await both.take(
        configured(),
        by_rule("material-returned", **wishes),
        compensation("I1", 3000),
        posted("I2", 250, "fine", **FINE),
        posted("I3", 120, "fine", loan_id="L1"),
        posted("I4", 500, "other", **FINE),
        posted("I5", 400, "other", loan_id="L1"),
    )
    amounts = {"I1": 3000, "I2": 250, "I3": 120, "I4": 500, "I5": 400}
    for item_id, amount in amounts.items():
        await both.take(payment(amount, f"P-{item_id}"), settled(**{item_id: amount, f"P-{item_id}": -amount}))

    await both.take(returned())

    opened = await both.open_amounts()
    assert {item_id for item_id in amounts if opened[f"P-{item_id}"]} == back
    assert {opened[item_id] for item_id in amounts} == {0}


@pytest.mark.requirement("B.10")
async def test_a_payment_that_was_struck_out_is_not_given_back(both: Both) -> None:
    void = posted("V1", 3000, "payment", journal="K10", item_date="2026-10-16", money_back="void", reverses="P1")
    await both.take(configured(), compensation("I1", 3000), payment(3000), void)
    await both.take(settled(I1=3000, P1=-3000))

    await both.take(returned())

    assert await both.open_amounts() == {"I1": 0, "P1": 0, "V1": 0}
    assert (await parts(both))["I1"][0] == 0


@pytest.mark.requirement("B.10")
async def test_two_charges_of_one_payment_come_back_one_after_the_other(both: Both) -> None:
    await both.take(configured(), compensation(), compensation("I2", 2000, "M2"), payment(5000))
    await both.take(settled(I1=3000, I2=2000, P1=-5000))

    await both.writeoffs.take(returned())
    await both.writeoffs.take(returned(material_id="M2", loan_id="L2"))
    await both.exchange()

    assert await both.open_amounts() == {"I1": 0, "I2": 0, "P1": -5000}


@pytest.mark.requirement("B.10")
async def test_a_settlement_that_is_heard_after_the_return_is_given_back_too(both: Both) -> None:
    await both.take(configured(), compensation(), payment(1000))
    await both.matching.apply([received(settled(I1=1000, P1=-1000))])

    await both.writeoffs.take(returned())
    await both.exchange()
    await both.writeoffs.take(returned())
    await both.exchange()

    assert await both.open_amounts() == {"I1": 0, "P1": -1000}


@pytest.mark.requirement("B.10")
async def test_what_a_clerk_undid_meanwhile_is_not_settled_again(both: Both) -> None:
    await both.take(configured(), compensation(), compensation("I2", 2000, "M2"), payment(5000))
    await both.take(settled(I1=3000, I2=2000, P1=-5000))
    (match,) = [event for event in await both.answers() if isinstance(event, ItemsMatched)]
    await both.matching.apply([received(undone(match.match_id))])

    await both.writeoffs.take(returned())
    await both.exchange()

    assert await both.open_amounts() == {"I1": 0, "I2": 2000, "P1": -5000}


@pytest.mark.requirement("B.10")
async def test_undoing_what_was_settled_again_leaves_what_was_given_back(both: Both) -> None:
    await both.take(configured(), compensation(), compensation("I2", 2000, "M2"), payment(5000))
    await both.take(settled(I1=3000, I2=2000, P1=-5000))
    await both.take(returned())
    again = [event for event in await both.answers() if isinstance(event, ItemsMatched) and event.method == "manual"]

    await both.take(undone(again[-1].match_id))
    await both.take(returned())

    assert await both.open_amounts() == {"I1": 0, "I2": 2000, "P1": -5000}


@pytest.mark.requirement("B.10")
async def test_a_reversal_that_is_heard_before_its_match_leaves_nothing_to_give_back(both: Both) -> None:
    await both.take(configured(), compensation(), payment(1000))
    await both.matching.apply([received(settled(I1=1000, P1=-1000))])
    (match,) = [event for event in await both.answers() if isinstance(event, ItemsMatched)]
    await both.matching.apply([received(undone(match.match_id))])
    first, second = (event for event in await both.answers() if isinstance(event, ItemsMatched))
    both.answered = len(await both.answers())

    await both.writeoffs.take(second)
    await both.writeoffs.take(first)
    await both.take(returned())

    assert await both.open_amounts() == {"I1": 0, "P1": -1000}
    assert await parts(both) == {"I1": (None, 0, 0)} or (await parts(both))["I1"][2] == 0


@pytest.mark.requirement("B.10")
async def test_a_foreign_charge_gives_back_its_payment_and_the_exchange_difference_is_taken_back(both: Both) -> None:
    foreign = {"currency": "DKK", "note_id": "N1", "material_id": "M1"}
    charge = posted("I1", 7460, "material", base_amount=1000, **foreign)
    money = posted("P1", -7460, "payment", journal="K10", currency="DKK", base_amount=-990, item_date="2026-10-15")
    await both.take(with_foreign_currency(), charge, money)
    await both.take(settled(I1=7460, P1=-7460).model_copy(update={"currency": "DKK"}))

    await both.take(returned())

    assert await both.open_amounts() == {"I1": 0, "P1": -7460}


@pytest.mark.requirement("B.10")
@pytest.mark.parametrize("paid", [2950, 3050], ids=["too little", "too much"])
async def test_a_tolerated_difference_goes_with_its_charge(both: Both, paid: int) -> None:
    await both.take(with_foreign_currency(), compensation(), payment(paid))
    await both.settle(method="account-balance", tolerance=50, difference_code="payment-differences")

    await both.take(returned())

    opened = await both.open_amounts()
    assert (opened["I1"], opened["P1"]) == (0, -min(paid, 3000))
    assert (await parts(both))["I1"][0] == min(paid, 3000)
