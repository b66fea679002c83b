"""What becomes of a group of items, and of the match that it was when that is undone."""

from typing import Any
from uuid import UUID

import pytest

from chassis.errors import Refused
from services.matching.domain.booking import check_booking
from services.matching.domain.grouping import (
    DifferenceCode,
    DifferenceRules,
    GroupOutcome,
    MatchTerms,
    check_difference_account,
    match_group,
    match_mixed,
)
from services.matching.domain.ledger import Contra, LedgerItem, Line
from services.matching.domain.pairing import Pair
from services.matching.domain.reversals import StoredMatch, reverse
from tests.services.matching.library import ADMINISTRATION, TODAY, configured, wish

MATCH = UUID(int=1)


def an_item(item_id: str, amount: int, **changes: Any) -> LedgerItem:
    facts: dict[str, Any] = {
        "administration": ADMINISTRATION,
        "party_id": "P1",
        "item_id": item_id,
        "currency": "EUR",
        "amount": amount,
        "base_amount": None,
        "open_amount": amount,
        "open_base_amount": None,
        "item_date": TODAY,
        "voucher": "v",
        "kind": "other",
        "journal": "V10",
    }
    return LedgerItem(**(facts | changes))


def terms(code: DifferenceCode = "payment-differences", tolerance: int = 100) -> MatchTerms:
    rules = DifferenceRules(
        method="account-balance", tolerance=tolerance, difference_code=code, payment_differences="4900"
    )
    return MatchTerms(check_booking(wish(journal="M91"), configured()), rules)


def grouped(*amounts: int, closes: bool, code: DifferenceCode = "payment-differences") -> GroupOutcome | None:
    items = [an_item(f"i{number}", amount) for number, amount in enumerate(amounts)]
    return match_group(items, terms(code), MATCH, closes=closes)


@pytest.mark.parametrize(("charge", "contra"), [(600, 100), (400, -100), (501, 1), (499, -1)])
def test_a_difference_up_to_the_tolerance_is_booked(charge: int, contra: int) -> None:
    outcome = grouped(charge, -500, closes=True)

    assert outcome
    assert outcome.entry.contra == Contra(kind="payment-difference", amount=contra, gl_account="4900")
    assert outcome.remainder is None
    assert [line.open_amount for line in outcome.entry.lines] == [0, 0]


@pytest.mark.parametrize("charge", [601, 399])
def test_a_difference_above_the_tolerance_is_refused(charge: int) -> None:
    with pytest.raises(Refused) as refused:
        grouped(charge, -500, closes=True)

    assert refused.value.code == "difference-too-large"


def test_a_group_without_a_difference_has_no_contra() -> None:
    outcome = grouped(500, -500, closes=True, code="no-write-off")

    assert outcome
    assert (outcome.entry.contra, outcome.remainder) == (None, None)


@pytest.mark.parametrize(
    ("amounts", "closes"), [((50, 40), True), ((-50, -40), True), ((500, 400), False), ((-5,), False)]
)
def test_items_of_one_side_are_no_match(amounts: tuple[int, ...], *, closes: bool) -> None:
    assert grouped(*amounts, closes=closes) is None


def test_a_group_that_does_not_close_leaves_the_rest_open() -> None:
    outcome = grouped(900, -500, closes=False)

    assert outcome
    assert (outcome.entry.contra, outcome.remainder) == (None, None)
    assert [(line.item_id, line.amount, line.open_amount) for line in outcome.entry.lines] == [
        ("i1", 500, 0),
        ("i0", -500, 400),
    ]


def several_currencies(worth: int) -> list[LedgerItem]:
    return [an_item("I1", 1000), an_item("C1", -700, currency="USD", base_amount=worth, open_base_amount=worth)]


@pytest.mark.parametrize("worth", [-900, -1000, -1100])
def test_currencies_are_matched_within_the_tolerance_in_the_base_currency(worth: int) -> None:
    outcome = match_group(several_currencies(worth), terms(), MATCH, closes=True)

    assert outcome
    assert (outcome.entry.is_foreign, outcome.entry.currency) == (True, "EUR")
    assert outcome.entry.exchange_difference == 1000 + worth


@pytest.mark.parametrize("worth", [-899, -1101])
def test_currencies_beyond_the_tolerance_in_the_base_currency_are_refused(worth: int) -> None:
    with pytest.raises(Refused) as refused:
        match_group(several_currencies(worth), terms(), MATCH, closes=True)

    assert refused.value.code == "difference-too-large"


@pytest.mark.parametrize(("worth", "code"), [(None, "unknown-rate"), (700, "no-counterpart"), (0, "no-counterpart")])
def test_currencies_without_a_value_or_a_counterpart_are_refused(worth: int | None, code: str) -> None:
    items = [an_item("I1", 50), an_item("I2", 700, currency="USD", base_amount=worth, open_base_amount=worth)]

    with pytest.raises(Refused) as refused:
        match_mixed(items, terms().booking, "manual", 10_000, MATCH)

    assert refused.value.code == code


def test_differences_that_may_be_booked_need_an_account() -> None:
    with pytest.raises(Refused) as refused:
        check_difference_account("payment-differences", 1, configured(gl_links={"payment_differences": None}))

    assert refused.value.code == "no-difference-account"


@pytest.mark.parametrize(
    ("code", "tolerance", "account"),
    [("payment-differences", 0, None), ("payment-differences", 1, "4900"), ("no-write-off", 1, None)],
)
def test_differences_that_are_not_booked_need_none(code: DifferenceCode, tolerance: int, account: str | None) -> None:
    check_difference_account(code, tolerance, configured(gl_links={"payment_differences": account}))


def stored(contra: Contra | None) -> StoredMatch:
    return StoredMatch(
        administration=ADMINISTRATION,
        party_id="P1",
        match_id=MATCH,
        method="write-off",
        currency="EUR",
        journal="A920",
        match_date=TODAY,
        lines=(Line("I1", -500, 0, "EUR"),),
        contra=contra,
        reason="A920",
        reversal_of=None,
        reversed_by=None,
        is_foreign=False,
    )


@pytest.mark.parametrize(
    ("contra", "remainder"),
    [
        (None, None),
        (Contra(kind="write-off", amount=500, journal="A920"), None),
        (Contra(kind="remainder", amount=500, item_id="R1"), "R1"),
    ],
)
def test_a_stored_match_names_the_items_that_its_reversal_moves(contra: Contra | None, remainder: str | None) -> None:
    match = stored(contra)

    keys = [(ADMINISTRATION, "P1", name) for name in ("I1", remainder) if name]
    assert match.touched_keys == keys
    assert match.remainder_key == (keys[1] if remainder else None)


def test_undoing_a_write_off_turns_its_contra_on_the_same_journal() -> None:
    match = stored(Contra(kind="write-off", amount=500, base_amount=450, journal="A920", gl_account="4800"))

    entry = reverse(match, {"I1": an_item("I1", 500, open_amount=0)}, terms().booking, UUID(int=2))

    assert entry.contra == Contra(kind="write-off", amount=-500, base_amount=-450, journal="A920", gl_account="4800")
    assert (entry.method, entry.reason, entry.lines) == ("reversal", "A920", [Line("I1", 500, 500, "EUR")])


def test_a_remainder_in_the_base_currency_or_without_a_value_has_no_base_amount() -> None:
    match = stored(Contra(kind="remainder", amount=500, item_id="R1"))
    undone = an_item("I1", 500, open_amount=0)
    rests = [
        an_item("R1", 500, base_amount=500, open_base_amount=500),
        an_item("R1", 500, currency="USD"),
    ]

    entries = [reverse(match, {"I1": undone, "R1": rest}, terms().booking, UUID(int=2)) for rest in rests]

    assert [entry.lines[1].base_amount for entry in entries] == [None, None]


@pytest.mark.parametrize(
    ("charge", "credit", "runner_up", "reason"),
    [
        (500, -500, None, {"code": "exact-pair", "difference": 0}),
        (503, -500, None, {"code": "within-tolerance", "difference": 3}),
        (
            500,
            -500,
            500,
            {
                "code": "exact-pair",
                "difference": 0,
                "runner_up": {"item_id": "R", "difference": 0, "lost_because": "younger"},
            },
        ),
        (
            500,
            -502,
            -505,
            {
                "code": "within-tolerance",
                "difference": -2,
                "runner_up": {"item_id": "R", "difference": -5, "lost_because": "larger-difference"},
            },
        ),
    ],
)
def test_a_pair_says_why_it_was_made_and_what_lost(
    charge: int, credit: int, runner_up: int | None, reason: dict[str, Any]
) -> None:
    rest = None if runner_up is None else an_item("R", runner_up)

    assert Pair(an_item("I", charge), an_item("C", credit), rest).reason() == reason
