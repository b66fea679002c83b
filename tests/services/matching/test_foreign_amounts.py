"""What of a foreign item's base amount goes with what is settled of it, and comes back when that is undone."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from services.matching.domain.amounts import base_open, base_share, line_of, mixed_line_of
from services.matching.domain.booking import check_booking
from services.matching.domain.grouping import Difference, DifferenceRules, MatchTerms, match_group, remainder_of
from services.matching.domain.ledger import Booking, Contra, LedgerItem, Line
from services.matching.domain.reversals import RemainderUsed, StoredMatch, reverse
from tests.services.matching.books import Ledger
from tests.services.matching.library import ADMINISTRATION, TODAY, configured, posted, wish
from tests.services.matching.offers import BOOKING
from tests.support.desk import Desk

RULES = DifferenceRules(
    method="account-balance", tolerance=100, difference_code="no-write-off", payment_differences="4900"
)


def booking() -> Booking:
    return check_booking(wish(journal="M91"), configured())


def foreign(amount: int, base_amount: int | None, **changes: Any) -> LedgerItem:
    """An item in US dollars, all of it open."""
    facts: dict[str, Any] = {
        "administration": ADMINISTRATION,
        "party_id": "P1",
        "item_id": "I1",
        "currency": "USD",
        "amount": amount,
        "base_amount": base_amount,
        "open_amount": amount,
        "open_base_amount": base_amount,
        "item_date": TODAY,
        "voucher": "v1",
        "kind": "fine",
        "journal": "V10",
    }
    return LedgerItem(**(facts | changes))


@pytest.mark.parametrize(
    ("base_amount", "amount", "open_amount", "share"),
    [
        (100, 300, 100, 33),
        (100, 300, 200, 67),
        (100, 300, 300, 100),
        (1, 2, 1, 1),
        (3, 4, 1, 1),
        (1, 3, 1, 0),
        (-1, -2, -1, -1),
        (-100, -300, -100, -33),
        (-3, 2, 1, -2),
        (0, 300, 100, 0),
    ],
)
def test_a_share_of_the_base_amount_is_rounded_half_up_away_from_zero(
    base_amount: int, amount: int, open_amount: int, share: int
) -> None:
    assert base_share(foreign(amount, base_amount), open_amount) == share


def test_a_partial_line_takes_its_share_of_the_base_amount_and_the_last_one_the_rest() -> None:
    whole = foreign(300, 100)

    first = line_of(whole, 100, "EUR")
    second = line_of(foreign(300, 100, open_amount=200, open_base_amount=67), 100, "EUR")
    last = line_of(foreign(300, 100, open_amount=100, open_base_amount=33), 100, "EUR")

    assert (first.amount, first.open_amount, first.base_amount) == (-100, 200, -33)
    assert (second.amount, second.open_amount, second.base_amount) == (-100, 100, -34)
    assert (last.amount, last.open_amount, last.base_amount) == (-100, 0, -33)


def test_a_credit_gives_its_share_of_the_base_amount_back() -> None:
    line = line_of(foreign(-300, -100), -100, "EUR")

    assert (line.amount, line.open_amount, line.base_amount) == (100, -200, 33)


@pytest.mark.parametrize("item", [foreign(300, None), foreign(300, None, currency="EUR")])
def test_a_line_has_no_base_amount_where_none_is_known_or_needed(item: LedgerItem) -> None:
    assert line_of(item, 100, "EUR").base_amount is None


@pytest.mark.parametrize("settled", [0, -100, 301])
def test_nothing_is_settled_against_the_item_or_beyond_what_is_open(settled: int) -> None:
    with pytest.raises(AssertionError, match="never more than is open"):
        line_of(foreign(300, 100), settled, "EUR")


def test_a_match_of_several_currencies_takes_all_that_is_open_in_the_base_currency() -> None:
    dollars, euros = foreign(300, 100, open_amount=150, open_base_amount=50), foreign(40, None, currency="EUR")

    assert mixed_line_of(dollars, "EUR") == Line("I1", -150, 0, "USD", -50)
    assert mixed_line_of(euros, "EUR") == Line("I1", -40, 0, "EUR", -40)
    assert (base_open(foreign(300, None), "EUR"), base_open(euros, "EUR")) == (None, 40)


def test_a_remainder_takes_what_the_lines_leave_of_the_base_amount() -> None:
    charge = foreign(300, 100, item_id="I1")
    credit = foreign(-250, -80, item_id="C1")

    outcome = match_group([charge, credit], MatchTerms(booking(), RULES), uuid4(), closes=True)

    assert outcome
    assert outcome.remainder
    assert outcome.entry.contra
    assert (outcome.remainder.amount, outcome.remainder.base_amount) == (50, 20)
    assert (outcome.entry.contra.amount, outcome.entry.contra.base_amount) == (50, 20)
    assert outcome.entry.exchange_difference == 0


@pytest.mark.parametrize(("amount", "base", "kept"), [(50, 20, 20), (50, 0, 0), (50, -20, None), (-50, -20, -20)])
def test_a_remainder_has_no_base_amount_of_the_other_sign(amount: int, base: int, kept: int | None) -> None:
    left = remainder_of(foreign(300, 100), Difference(amount, base), booking(), UUID(int=7))

    assert (left.item_id, left.amount, left.base_amount) == (f"rest-{UUID(int=7)}", amount, kept)


def stored_with_remainder() -> StoredMatch:
    """A match of 300 USD, worth 100, with 250, worth 80, that left a remainder of 50, worth 20."""
    return StoredMatch(
        administration=ADMINISTRATION,
        party_id="P1",
        match_id=UUID(int=1),
        method="account-balance",
        currency="USD",
        journal="M90",
        match_date=TODAY,
        lines=(Line("C1", 250, 0, "USD", 80), Line("I1", -300, 0, "USD", -100)),
        contra=Contra(kind="remainder", amount=50, base_amount=20, item_id="R1"),
        reason=None,
        reversal_of=None,
        reversed_by=None,
        is_foreign=False,
    )


def undone_items(**remainder: Any) -> dict[str, LedgerItem]:
    settled = {"open_amount": 0, "open_base_amount": None}
    return {
        "I1": foreign(300, 100, item_id="I1", **settled),
        "C1": foreign(-250, -80, item_id="C1", **settled),
        "R1": foreign(50, 20, item_id="R1", **remainder),
    }


def test_undoing_a_match_takes_its_remainder_back_at_its_base_amount() -> None:
    entry = reverse(stored_with_remainder(), undone_items(), booking(), UUID(int=2))

    assert [(line.item_id, line.amount, line.open_amount, line.base_amount) for line in entry.lines] == [
        ("C1", -250, -250, -80),
        ("I1", 300, 300, 100),
        ("R1", -50, 0, -20),
    ]
    assert (entry.contra, entry.exchange_difference, entry.reversal_of) == (None, 0, UUID(int=1))


def test_a_remainder_that_was_used_is_named_with_what_used_it() -> None:
    with pytest.raises(RemainderUsed) as used:
        reverse(stored_with_remainder(), undone_items(open_amount=40), booking(), UUID(int=2), used_by=[UUID(int=9)])

    assert (used.value.remainder, used.value.used_by) == ("R1", (UUID(int=9),))


async def test_a_match_with_a_foreign_remainder_comes_and_goes_without_a_trace(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(
        posted("I1", 300, currency="USD", base_amount=100), posted("C1", -250, currency="USD", base_amount=-80)
    )
    run = await desk.do(
        "settlement-runs", {"booking": BOOKING | {"journal": "M91"}, "method": "account-balance", "tolerance": 60}, 202
    )
    await ledger.finish(run["job_id"])
    rest = await ledger.rows("SELECT item_id, open_amount, open_base_amount FROM open_item")

    await ledger.undo_run(run["job_id"])

    assert [(row["open_amount"], row["open_base_amount"]) for row in rest] == [(50, 20)]
    told = (await ledger.published("items-matched"))[-1]
    assert [(line.amount, line.base_amount) for line in told.lines] == [(-250, -80), (300, 100), (-50, -20)]
    after = await ledger.rows("SELECT item_id, open_amount, open_base_amount FROM open_item ORDER BY item_id")
    assert [tuple(row.values()) for row in after] == [("C1", -250, -80), ("I1", 300, 100)]
    assert (await ledger.audit()).violations == ()
