import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.library import TODAY, posted, settlement
from tests.support.desk import Desk


@pytest.mark.requirement("S1.7", "S1.9")
@pytest.mark.parametrize(("tolerance", "left"), [(0, {"I2", "C2", "I3", "C3"}), (3, {"I3", "C3"}), (4, set())])
async def test_opposite_items_match_exact_pairs_first_then_within_the_tolerance(
    ledger: Ledger, tolerance: int, left: set[str]
) -> None:
    await ledger.take(
        posted("I1", 500),
        posted("C1", -500),
        posted("I2", 700),
        posted("C2", -703),
        posted("I3", 900),
        posted("C3", -904),
    )

    form = settlement(method="opposite-items", tolerance=tolerance, difference_code="payment-differences")
    await ledger.settle(form)

    assert set(await ledger.open()) == left
    assert (await ledger.audit()).violations == ()


@pytest.mark.parametrize("tolerance", [0, 5])
async def test_each_pair_is_undone_without_its_neighbours(ledger: Ledger, desk: Desk, tolerance: int) -> None:
    await ledger.take(*(posted(f"{kind}{n}", sign * 100) for n in range(3) for kind, sign in (("I", 1), ("C", -1))))
    await ledger.settle(settlement(method="opposite-items", tolerance=tolerance))
    matches = await ledger.published("items-matched")

    undo = {"date": str(TODAY)}
    await desk.do(f"parties/P1/matches/{matches[1].match_id}/reversal", undo, 201)

    assert [[line.item_id for line in match.lines] for match in matches] == [["C0", "I0"], ["C1", "I1"], ["C2", "I2"]]
    assert await ledger.open() == {"C1": -100, "I1": 100}
    assert (await ledger.audit()).violations == ()


async def test_pairs_in_a_foreign_currency_each_book_their_exchange_difference(ledger: Ledger) -> None:
    for n, worth in enumerate((9_040, 9_000)):
        await ledger.take(
            posted(f"I{n}", 10_000, currency="USD", base_amount=9_000),
            posted(f"C{n}", -10_000, currency="USD", base_amount=-worth),
        )

    await ledger.settle(settlement(method="opposite-items", booking={"date": TODAY, "journal": "M91"}))

    gained, even = await ledger.published("items-matched")
    assert [(contra.kind, contra.base_amount, contra.gl_account) for contra in gained.contra_lines] == [
        ("exchange-difference", -40, "7500")
    ]
    assert even.contra_lines == ()
    assert (await ledger.audit()).violations == ()
