"""Whose settlement is undone for a charge that is taken back, what of it comes open, and what is settled again."""

from uuid import UUID

import pytest

from services.writeoff.domain.books import Books
from services.writeoff.domain.credits import SettledLine, StandingSettlement, freed_amounts, undoings
from tests.services.writeoff.library import configured

MATCH = UUID(int=1)
BOOKS = Books(configured())


def settled(*lines: tuple[str, int, str], journal: str = "M90", match_id: UUID = MATCH) -> StandingSettlement:
    return StandingSettlement(match_id, journal, "EUR", tuple(SettledLine(*line) for line in lines))


def test_what_a_charge_had_settled_comes_open_and_the_rest_is_settled_again_by_the_same_money() -> None:
    settlement = settled(
        ("fine", -300, "fine"), ("book", -700, "material"), ("money", 600, "payment"), ("cash", 400, "payment")
    )

    (undoing,) = undoings([settlement], ["book"], BOOKS)

    assert undoing.freed == (("book", 700),)
    assert undoing.again == (("fine", 300), ("money", -300))


def test_the_money_that_is_needed_again_is_taken_in_the_order_of_the_lines() -> None:
    settlement = settled(
        ("fine", -700, "fine"), ("book", -300, "material"), ("money", 600, "payment"), ("cash", 400, "payment")
    )

    (undoing,) = undoings([settlement], ["book"], BOOKS)

    assert undoing.again == (("fine", 700), ("money", -600), ("cash", -100))


def test_what_several_settlements_free_of_a_charge_adds_up() -> None:
    settlements = [
        settled(("book", -200, "material"), ("money", 200, "payment")),
        settled(("book", -100, "material"), ("fee", -50, "fine"), ("cash", 150, "payment"), match_id=UUID(int=2)),
    ]

    found = undoings(settlements, ["book", "fee"], BOOKS)

    assert freed_amounts(found) == {"book": 300, "fee": 50}
    assert [undoing.again for undoing in found] == [(), ()]


@pytest.mark.parametrize(
    ("settlement", "reason"),
    [
        (settled(("fine", -5, "fine"), ("money", 5, "payment")), "another charge"),
        (settled(("book", -5, "material"), ("note", 5, "credit-note")), "not by money"),
        (settled(("book", -5, "material"), ("money", 3, "payment"), ("note", 2, "credit-note")), "not by money alone"),
        (settled(("book", -5, "material")), "by nothing"),
        (settled(("book", -5, "material"), ("money", 5, "payment"), journal="A930"), "on a write-off journal"),
        (settled(("book", -5, "material"), ("money", 5, "payment"), journal="M00"), "on an unknown journal"),
    ],
)
def test_other_settlements_stand(settlement: StandingSettlement, reason: str) -> None:
    assert undoings([settlement], ["book"], BOOKS) == [], reason
