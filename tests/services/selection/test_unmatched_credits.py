"""The first confirmation of a bulk write-off says what credit of its parties lies unmatched, or is refused for it."""

from tests.services.selection.conftest import Selection, SelectionDesk, confirmation
from tests.services.selection.library import configured, party, posted

FIRST = {"party_id": "P1", "currency": "EUR", "items": 1, "amount": 60_000}


async def test_the_first_confirmation_says_what_credit_lies_unmatched(
    selection: Selection, desk: SelectionDesk
) -> None:
    await selection.take(configured(), party("P1"), party("P2"))
    await selection.take(posted("I1", 1_250), posted("I2", 800, party_id="P2"), posted("C1", -60_000, kind="payment"))
    made = await desk.reported("open_amount > 0")

    batch = await desk.do(f"sets/{made['set_id']}/write-offs")

    assert batch["unmatched_credits"] == {"parties": 1, "totals": {"EUR": 60_000}, "first": [FIRST]}


async def test_both_confirmations_are_refused_where_credits_come_first(
    selection: Selection, desk: SelectionDesk
) -> None:
    await selection.take(configured(unmatched_credits="refuse"), party("P1"), posted("I1", 1_250))
    made = await desk.reported("open_amount > 0")
    batch = await desk.do(f"sets/{made['set_id']}/write-offs")
    await selection.take(posted("C1", -60_000, kind="payment"))

    second = await desk.do(f"write-offs/{batch['batch_id']}/confirmation", confirmation(batch), 422)
    first = await desk.do(f"sets/{made['set_id']}/write-offs", None, 422)

    assert (first["code"], second["code"]) == ("unmatched-credits", "unmatched-credits")
    assert "600.00 EUR of credit of party P1 lies unmatched." in first["detail"]
