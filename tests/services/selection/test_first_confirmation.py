"""The first confirmation of a bulk write-off decides as the write-off does: what it leaves out, it names."""

from tests.services.selection.conftest import Selection, SelectionDesk, confirmation, refusal
from tests.services.selection.library import LABEL, configured, party, posted

COSTS_ON_A920 = [
    {"code": "A920", "type": "A", "label": LABEL, "used_for": ["other-costs"]},
    {"code": "A100", "type": "A", "label": LABEL, "used_for": ["contributions"]},
]
LEFT_JOURNAL = {"code": "A100", "type": "A", "label": LABEL}
ALL = "open_amount > 0 or open_amount < 0"


async def library_with_what_may_not_be_waived(selection: Selection) -> None:
    await selection.take(
        configured(journals=COSTS_ON_A920),
        party("P1"),
        party("S1", kind="creditor"),
        posted("I1", 1250),
        posted("I2", 800),
        posted("I3", -500, kind="payment"),
        posted("I4", 3500, kind="contribution"),
        posted("I5", 900, party_id="S1"),
    )


async def test_the_first_confirmation_leaves_out_what_the_write_off_would_skip_with_reasons_and_amounts(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with_what_may_not_be_waived(selection)
    made = await desk.reported(ALL)

    batch = await desk.do(f"sets/{made['set_id']}/write-offs")
    rows = (await desk.read(f"write-offs/{batch['batch_id']}/left-out"))["items"]
    await desk.do(f"write-offs/{batch['batch_id']}/confirmation", confirmation(batch))
    await selection.work()
    requests = await selection.published("writeoff-requested")

    assert (made["members"], batch["items"], batch["totals"]) == (5, 2, [{"currency": "EUR", "amount": 2050}])
    assert batch["left_out"] == {"contribution-not-allowed": 1, "not-a-charge": 1, "not-a-debtor": 1}
    assert batch["left_out_totals"] == [
        {"code": "contribution-not-allowed", "currency": "EUR", "items": 1, "amount": 3500},
        {"code": "not-a-charge", "currency": "EUR", "items": 1, "amount": -500},
        {"code": "not-a-debtor", "currency": "EUR", "items": 1, "amount": 900},
    ]
    assert {row["item_id"]: row["code"] for row in rows} == {
        "I3": "not-a-charge",
        "I4": "contribution-not-allowed",
        "I5": "not-a-debtor",
    }
    assert [[line.item_id for line in request.lines] for request in requests] == [["I1", "I2"]]


async def test_foreign_items_are_left_out_where_the_journal_does_not_allow_them(
    selection: Selection, desk: SelectionDesk
) -> None:
    foreign = {"code": "A930", "type": "A", "label": LABEL, "allows_foreign_currency": True}
    await selection.take(configured(journals=[*COSTS_ON_A920, foreign]), party("P1"))
    await selection.take(posted("I1", 1250), posted("I2", 800, currency="DKK"))
    made = await desk.reported(ALL)

    domestic = await desk.send(f"sets/{made['set_id']}/write-offs")
    allowed = await desk.send(f"sets/{made['set_id']}/write-offs", {"journal": "A930"})

    assert (domestic.json()["items"], domestic.json()["left_out"]) == (1, {"no-foreign-currency": 1})
    assert (allowed.json()["items"], allowed.json()["left_out"]) == (2, {})


async def test_where_nothing_may_be_written_off_the_first_confirmation_says_why(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with_what_may_not_be_waived(selection)
    made = await desk.reported(ALL)
    only_suppliers = await desk.reported("party_id = S1", "Suppliers")

    refused = await desk.send(f"sets/{only_suppliers['set_id']}/write-offs")
    contributions = await desk.send(f"sets/{made['set_id']}/write-offs", {"journal": "A100"})

    assert refusal(refused) == "nothing-to-write-off"
    assert "1 are left out: Only what is owed to the administration can be waived." in refused.json()["detail"]
    assert [contributions.json()[name] for name in ("items", "left_out")] == [
        1,
        {"costs-not-allowed": 2, "not-a-charge": 1, "not-a-debtor": 1},
    ]


async def test_the_second_confirmation_decides_by_the_rules_of_now(selection: Selection, desk: SelectionDesk) -> None:
    await selection.take(configured(), party("P1"), party("P2"), posted("I1"), posted("I2", 800, party_id="P2"))
    made = await desk.reported("open_amount > 100")
    batch = await desk.do(f"sets/{made['set_id']}/write-offs")
    await selection.take(party("P2", version=2, kind="creditor"))

    refused = await desk.send(f"write-offs/{batch['batch_id']}/confirmation", confirmation(batch))
    await selection.take(party("P2", version=3), configured(version=2, journals=[LEFT_JOURNAL]))
    retired = await desk.send(f"write-offs/{batch['batch_id']}/confirmation", confirmation(batch))

    assert refusal(refused) == "changed-since-first-confirmation"
    assert "P2/I2" in refused.json()["detail"]
    assert refusal(retired) == "unknown-journal"
