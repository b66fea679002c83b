from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain.combinations import MAX_CHARGES, only_combinations, search_combination
from services.matching.domain.ledger import LedgerItem, allocations_of
from services.matching.domain.pairing import pair_opposites


def item(position: int, amount: int, day: int = 0) -> LedgerItem:
    return LedgerItem(
        administration="a",
        party_id="p",
        item_id=f"i{position:03}",
        currency="EUR",
        amount=amount,
        base_amount=None,
        open_amount=amount,
        open_base_amount=None,
        item_date=date(2026, 1, 1) + timedelta(days=day),
        voucher="v",
        kind="other",
        journal="V",
    )


amounts = st.lists(st.integers(-40, 40).filter(bool), max_size=40)


def brute_force(account: list[LedgerItem], tolerance: int) -> list[int]:
    """The differences of pairs found by always taking the closest two that are left."""
    left = list(account)
    differences: list[int] = []
    while True:
        pairs = [
            (abs(charge.open_amount + credit.open_amount), charge, credit)
            for charge in left
            for credit in left
            if charge.open_amount > 0 > credit.open_amount
        ]
        best = min(pairs, key=lambda pair: pair[0], default=None)
        if best is None or best[0] > tolerance:
            return differences
        differences.append(best[0])
        left.remove(best[1])
        left.remove(best[2])


@given(amounts, st.integers(0, 10))
def test_pairs_never_exceed_the_tolerance_and_use_each_item_once(drawn: list[int], tolerance: int) -> None:
    account = [item(position, amount) for position, amount in enumerate(drawn)]

    pairs = pair_opposites(account, tolerance)

    used = [one.item_id for pair in pairs for one in (pair.charge, pair.credit)]
    assert len(used) == len(set(used))
    assert all(abs(pair.difference) <= tolerance for pair in pairs)
    exact = [pair for pair in pairs if pair.difference == 0]
    assert pairs[: len(exact)] == exact
    assert len(exact) == brute_force(account, 0).count(0)


@given(amounts, st.integers(0, 10))
def test_no_pair_within_the_tolerance_is_left(drawn: list[int], tolerance: int) -> None:
    account = [item(position, amount) for position, amount in enumerate(drawn)]

    used = {one.item_id for pair in pair_opposites(account, tolerance) for one in (pair.charge, pair.credit)}

    left = [entry for entry in account if entry.item_id not in used]
    assert brute_force(left, tolerance) == []


def test_of_equal_amounts_the_oldest_go_together_and_the_runner_up_is_named() -> None:
    old, young, credit = item(2, 100, 0), item(1, 100, 5), item(3, -100, 9)

    (pair,) = pair_opposites([old, young, credit], 0)

    assert (pair.charge, pair.credit) == (old, credit)
    assert pair.reason()["runner_up"] == {"item_id": "i001", "difference": 0, "lost_because": "younger"}


def test_a_closer_amount_wins_and_the_runner_up_says_by_how_much_it_lost() -> None:
    (pair,) = pair_opposites([item(1, 98), item(2, 101), item(3, -100)], 5)

    assert pair.charge.item_id == "i002"
    assert pair.reason()["runner_up"] == {"item_id": "i001", "difference": -2, "lost_because": "larger-difference"}


def test_a_combination_is_offered_only_when_it_is_the_only_one() -> None:
    charges = [item(1, 100), item(2, 200), item(3, 300)]

    assert search_combination(500, charges).charges == (charges[1], charges[2])
    assert search_combination(300, charges).code == "combination-not-unique"
    assert search_combination(200, charges).charges == (charges[1],)
    assert search_combination(400, [*charges, item(4, 100)]).code == "combination-not-unique"
    assert search_combination(999, charges).code == "no-combination"


def test_a_charge_that_two_payments_would_cover_is_offered_to_neither() -> None:
    one, other, charge, rest = item(1, -100), item(2, -100), item(3, 100), item(4, 250)

    assert only_combinations([one, other, charge, rest]) == []
    assert only_combinations([one, charge, rest]) == [(one, (charge,))]
    assert only_combinations([item(5, -350), charge, rest]) == [(item(5, -350), (charge, rest))]


@pytest.mark.parametrize(("charges", "found"), [(MAX_CHARGES, True), (MAX_CHARGES + 1, False)])
def test_a_combination_is_searched_among_so_many_charges_and_no_more(charges: int, *, found: bool) -> None:
    account = [item(n, 2 * n + 2) for n in range(charges - 1)]

    searched = search_combination(1_000_001, [*account, item(999, 1_000_001)])

    assert searched.code == ("only-combination" if found else "too-many-charges")


def test_a_search_for_a_combination_gives_up_and_says_so() -> None:
    even = [item(position, 1_000_000 + 2 * position) for position in range(MAX_CHARGES)]

    assert search_combination(20_000_001, even).code == "search-gave-up"


@given(st.lists(st.integers(1, 30), max_size=9), st.integers(1, 90))
def test_a_combination_is_found_exactly_where_trying_all_of_them_finds_one(sizes: list[int], amount: int) -> None:
    charges = [item(position, size) for position, size in enumerate(sizes)]
    all_of_them = (chosen for count in range(1, len(charges) + 1) for chosen in combinations(charges, count))
    covering = [chosen for chosen in all_of_them if sum(charge.open_amount for charge in chosen) == amount]

    searched = search_combination(amount, charges)

    codes = ("no-combination", "only-combination", "combination-not-unique")
    assert searched.code == codes[min(len(covering), 2)]
    assert searched.charges == (covering[0] if len(covering) == 1 else ())


@given(amounts)
def test_allocations_add_up_to_the_lines_item_by_item(drawn: list[int]) -> None:
    item_ids = [f"i{position}" for position in range(len(drawn))]

    found = allocations_of(item_ids, drawn)

    settled = min(sum(a for a in drawn if a > 0), -sum(a for a in drawn if a < 0))
    assert sum(allocation.amount for allocation in found) == settled
    assert all(allocation.amount > 0 for allocation in found)
