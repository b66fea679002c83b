"""Whose settlement is undone for a charge that is taken back, what of it comes open, and what is settled again."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.writeoff.domain.books import Books
from services.writeoff.domain.credits import Again, Undoing, freed_amounts, undoings
from services.writeoff.domain.settled import ContraSide, SettledLine, Settlement, Share, TakenBack, parts_of
from tests.services.writeoff.library import configured

MATCH = UUID(int=1)
BOOKS = Books(configured())
ACCOUNT = ContraSide("payment-difference", None, "4900")


def settled(
    *lines: tuple[str, int, str], journal: str = "M90", match_id: UUID = MATCH, contra: ContraSide | None = None
) -> Settlement:
    """A match whose credits are on K10; lines in the order of the ledger."""
    return Settlement(
        match_id=match_id,
        journal=journal,
        currency="EUR",
        lines=tuple(SettledLine(*line, journal="K10" if line[1] > 0 else "V10") for line in lines),
        contra=contra,
    )


def undone(settlement: Settlement, *charges: str) -> Undoing:
    (found,) = undoings([settlement], charges, BOOKS).found
    return found


def test_what_a_charge_had_settled_comes_open_and_the_rest_is_settled_again_by_the_same_money() -> None:
    settlement = settled(
        ("fine", -300, "fine"), ("book", -700, "material"), ("money", 600, "payment"), ("cash", 400, "payment")
    )

    undoing = undone(settlement, "book")

    assert undoing.freed == undoing.paid == (("book", 700),)
    assert undoing.again == (Again("again", (("fine", 300), ("money", -300))),)


def test_the_money_that_is_needed_again_is_taken_in_the_order_of_the_lines() -> None:
    settlement = settled(
        ("fine", -700, "fine"), ("book", -300, "material"), ("money", 600, "payment"), ("cash", 400, "payment")
    )

    undoing = undone(settlement, "book")

    assert undoing.again == (Again("again", (("fine", 700), ("money", -600), ("cash", -100))),)


def test_what_several_settlements_free_of_a_charge_adds_up() -> None:
    settlements = [
        settled(("book", -200, "material"), ("money", 200, "payment")),
        settled(("book", -100, "material"), ("fee", -50, "fine"), ("cash", 150, "payment"), match_id=UUID(int=2)),
    ]

    found = undoings(settlements, ["book", "fee"], BOOKS).found

    assert freed_amounts(found) == {"book": 300, "fee": 50}
    assert [undoing.again for undoing in found] == [(), ()]


def test_a_credit_note_elsewhere_in_the_same_match_stays_where_it_was() -> None:
    settlement = settled(
        ("fine", -500, "fine"), ("book", -2990, "material"), ("note", 500, "credit-note"), ("money", 2990, "payment")
    )

    undoing = undone(settlement, "book")

    assert undoing.paid == (("book", 2990),)
    assert undoing.again == (Again("again", (("fine", 500), ("note", -500))),)


def test_the_part_of_a_charge_that_a_credit_note_settled_is_settled_by_it_again() -> None:
    settlement = settled(("book", -500, "material"), ("note", 200, "credit-note"), ("money", 300, "payment"))

    undoing = undone(settlement, "book")

    assert undoing.freed == undoing.paid == (("book", 300),)
    assert undoing.again == (Again("again", (("book", 200), ("note", -200))),)


def test_told_allocations_go_before_the_order_of_the_lines() -> None:
    lines = (("fine", -300, "fine"), ("book", -700, "material"), ("note", 700, "credit-note"), ("cash", 300, "payment"))
    settlement = settled(*lines)
    told = (Share("book", "note", 700), Share("fine", "cash", 300))

    by_lines = parts_of("book", [settlement], 0, BOOKS)
    by_told = parts_of("book", [Settlement(**_fields(settlement) | {"told": told})], 0, BOOKS)

    assert (by_lines.paid, by_told.paid) == (300, 0)


def _fields(settlement: Settlement) -> dict[str, Any]:
    return {name: getattr(settlement, name) for name in Settlement.__slots__}


@pytest.mark.parametrize(
    ("charges", "freed", "again"),
    [
        (["book"], (("book", 500),), (Again("again", (("fine", 300), ("money", -300))),)),
        (
            ["fine"],
            (("fine", 300),),
            (Again("again", (("book", 450), ("money", -450))), Again("difference", (("book", 50),), ACCOUNT)),
        ),
    ],
    ids=["its own goes with it", "that of another is booked again"],
)
def test_a_difference_that_was_tolerated(
    charges: list[str], freed: tuple[tuple[str, int], ...], again: tuple[Again, ...]
) -> None:
    settlement = settled(("fine", -300, "fine"), ("book", -500, "material"), ("money", 750, "payment"), contra=ACCOUNT)

    undoing = undone(settlement, *charges)

    assert (undoing.freed, undoing.again) == (freed, again)
    assert undoing.paid == ((charges[0], 450 if charges == ["book"] else 300),)


def test_money_that_went_back_already_settles_the_payment_that_it_is_of() -> None:
    back = TakenBack("void", 700, date(2026, 10, 20))
    settlement = Settlement(
        match_id=MATCH,
        journal="M90",
        currency="EUR",
        lines=(
            SettledLine("book", -700, "material", "V10"),
            SettledLine("money", 700, "payment", "K10", taken_back=(back,)),
        ),
    )

    undoing = undone(settlement, "book")

    assert undoing.freed == (("book", 700),)
    assert undoing.paid == (("book", 0),)
    assert undoing.again == (Again("went-back", (("void", 700), ("money", -700))),)
    assert undoing.earliest == date(2026, 10, 20)


def test_items_of_different_currencies_are_undone_where_nothing_has_to_be_settled_again() -> None:
    lines = (
        SettledLine("book", -1000, "material", "V10", base_amount=-1000),
        SettledLine("kroner", 3730, "payment", "K10", base_amount=500),
        SettledLine("euro", 500, "payment", "K10", base_amount=500),
        SettledLine("note", 100, "credit-note", "V10", base_amount=100),
        SettledLine("fee", -100, "fine", "V10", base_amount=-100),
    )
    common: dict[str, Any] = {"match_id": MATCH, "journal": "M90", "currency": "EUR", "is_mixed": True}
    alone = Settlement(**common, lines=lines[:3])
    with_others = Settlement(**common, lines=lines)

    assert undone(alone, "book").again == ()
    assert undoings([with_others], ["book"], BOOKS).kept == {"book": "currencies-mixed"}
    assert parts_of("book", [with_others], 0, BOOKS).paid == 1000


@pytest.mark.parametrize(
    ("settlement", "reason"),
    [
        (settled(("fine", -5, "fine"), ("money", 5, "payment")), "another charge"),
        (settled(("book", -5, "material"), ("note", 5, "credit-note")), "not by money"),
        (settled(("book", -5, "material")), "by nothing"),
        (settled(("book", -5, "material"), ("money", 5, "payment"), journal="A930"), "on a write-off journal"),
        (settled(("book", -5, "material"), ("money", 5, "payment"), journal="M00"), "on an unknown journal"),
    ],
)
def test_other_settlements_stand(settlement: Settlement, reason: str) -> None:
    assert undoings([settlement], ["book"], BOOKS).found == [], reason


def test_a_payment_that_is_on_no_journal_for_money_was_not_received() -> None:
    settlement = Settlement(
        match_id=MATCH,
        journal="M90",
        currency="EUR",
        lines=(SettledLine("book", -5, "material", "V10"), SettledLine("carried", 5, "payment", "M90")),
    )

    assert undoings([settlement], ["book"], BOOKS).found == []
    assert parts_of("book", [settlement], 0, BOOKS).paid == 0
