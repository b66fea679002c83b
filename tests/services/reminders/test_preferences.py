"""Every preference of the control list, each at its bounds (document 25.212.500, section Voorkeuren)."""

from datetime import timedelta

import pytest

from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import TODAY, changed, configured, days_ago, matched, party, posted, profile

FUTURE = str(TODAY + timedelta(days=30))


@pytest.mark.requirement("S2.9")
async def test_always_lists_debtors_with_a_negative_balance_too(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1", 1000), posted("C1", -5000))

    assert await reminders.listed(debtors="always") == ["I1"]


@pytest.mark.requirement("S2.10")
@pytest.mark.parametrize(("credit", "expected"), [(-999, ["I1"]), (-1000, []), (-1001, [])])
async def test_debtor_balance_positive_counts_items_that_would_not_be_printed(
    reminders: Reminders, credit: int, expected: list[str]
) -> None:
    await reminders.take(configured(), party(), posted("I1", 600), posted("I2", 400, due_date=FUTURE))
    await reminders.take(posted("C1", credit, blocked=True))

    assert await reminders.listed(debtors="balance-positive") == expected
    if not expected:
        assert (await reminders.why_not(debtors="balance-positive"))["I1"] == "balance-not-positive"


@pytest.mark.requirement("S2.11")
async def test_balance_to_be_printed_positive_counts_printed_items_only(reminders: Reminders) -> None:
    await reminders.take(configured(), party("P1"), party("P2"))
    await reminders.take(posted("I1", 600), posted("C1", -600), posted("I2", 400, due_date=FUTURE))
    await reminders.take(posted("I3", 600, "P2"), posted("C3", -599, "P2"), posted("C4", -5000, "P2", blocked=True))

    listed = await reminders.listed(debtors="printed-balance-positive", credit_notes=True)

    assert listed == ["C3", "I3"]
    left_out = await reminders.why_not(debtors="printed-balance-positive", credit_notes=True)
    assert left_out["I1"] == left_out["C1"] == "printed-balance-not-positive"


async def test_balances_are_judged_in_each_currency_by_itself(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1", 1000), posted("C1", -500, currency="DKK"))
    await reminders.take(posted("I2", 400, currency="DKK"))

    assert await reminders.listed(debtors="balance-positive") == ["I1"]


@pytest.mark.requirement("S2.12")
async def test_by_due_date_an_item_is_due_once_that_date_is_past(reminders: Reminders) -> None:
    await reminders.take(configured(), party(payment_terms_days=30))
    await reminders.take(
        posted("I1", due_date=days_ago(1)),
        posted("I2", due_date=days_ago(0)),
        posted("I3", due_date=None, item_date=days_ago(31)),
        posted("I4", due_date=None, item_date=days_ago(30)),
    )

    assert await reminders.listed(date_basis="due-date") == ["I1", "I3"]
    assert await reminders.why_not(date_basis="due-date") == {"I2": "not-due", "I4": "not-due"}


@pytest.mark.requirement("S2.12")
async def test_a_due_date_that_was_changed_counts(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())
    assert await reminders.listed() == ["I1"]

    await reminders.take(changed(due_date=FUTURE))

    assert await reminders.listed() == []


@pytest.mark.requirement("S2.13")
async def test_by_payment_terms_an_item_is_due_after_the_days_of_its_terms(reminders: Reminders) -> None:
    await reminders.take(configured(), party(payment_terms_days=30))
    await reminders.take(
        posted("I1", item_date=days_ago(15), payment_terms_days=14, due_date=FUTURE),
        posted("I2", item_date=days_ago(14), payment_terms_days=14, due_date=days_ago(14)),
        posted("I3", item_date=days_ago(31), due_date=FUTURE),
        posted("I4", item_date=days_ago(30), due_date=days_ago(30)),
    )

    assert await reminders.listed(date_basis="payment-terms") == ["I1", "I3"]


@pytest.mark.requirement("S2.14")
async def test_by_item_date_an_item_is_due_the_day_after_it(reminders: Reminders) -> None:
    await reminders.take(configured(), party())
    await reminders.take(
        posted("I1", item_date=days_ago(1), due_date=FUTURE), posted("I2", item_date=days_ago(0), due_date=days_ago(9))
    )

    assert await reminders.listed(date_basis="item-date") == ["I1"]


@pytest.mark.requirement("S2.15")
async def test_who_was_reminded_5_days_ago_is_left_out_by_5_and_6_days_ago_is_not(reminders: Reminders) -> None:
    free_of_terms = [profile(level_changes={"days_after_previous": 0})]
    await reminders.take(configured(reminder_profiles=free_of_terms), party("P5"), party("P6"), party("P0"))
    await reminders.take(posted("I5", party_id="P5"), posted("I6", party_id="P6"), posted("I0", party_id="P0"))
    await reminders.remind({"parties": ["P5"]}, generation_date=days_ago(5))
    await reminders.remind({"parties": ["P6"]}, generation_date=days_ago(6))

    assert await reminders.listed(days_since_last_reminder=5) == ["I0", "I6"]
    assert await reminders.why_not(days_since_last_reminder=5) == {"I5": "reminded-recently"}
    assert await reminders.listed(days_since_last_reminder=4) == ["I0", "I5", "I6"]
    assert await reminders.listed() == ["I0", "I5", "I6"]


@pytest.mark.requirement("S2.15")
async def test_a_control_list_and_a_run_that_is_not_issued_move_no_date(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())

    await reminders.listed()
    await reminders.make_run()

    assert (await reminders.desk.read("parties/P1"))["last_reminded_on"] is None
    assert await reminders.listed(days_since_last_reminder=5) == ["I1"]


@pytest.mark.requirement("S2.16")
async def test_credit_notes_are_on_the_list_when_asked_for(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1", 1000), posted("C1", -300))

    assert await reminders.listed() == ["I1"]
    assert await reminders.why_not() == {"C1": "credit-note"}
    assert await reminders.listed(credit_notes=True) == ["C1", "I1"]


@pytest.mark.requirement("S2.17")
async def test_credit_notes_by_their_due_date_are_only_the_due_ones_and_otherwise_all(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1", 1000))
    await reminders.take(posted("C1", -300, due_date=days_ago(1)), posted("C2", -200, due_date=days_ago(0)))

    assert await reminders.listed(credit_notes=True, credit_note_due_date=True) == ["C1", "I1"]
    assert await reminders.why_not(credit_notes=True, credit_note_due_date=True) == {"C2": "not-due"}
    assert await reminders.listed(credit_notes=True, credit_note_due_date=False) == ["C1", "C2", "I1"]


@pytest.mark.requirement("B.7")
async def test_what_is_later_than_the_generation_date_is_not_on_its_list_whatever_it_is_due_by(
    reminders: Reminders,
) -> None:
    await reminders.take(configured(), party(), posted("I1", 1000))
    await reminders.take(
        posted("I2", 100, item_date=FUTURE, due_date=days_ago(1)), posted("C1", -300, item_date=FUTURE)
    )

    assert await reminders.listed(credit_notes=True, credit_note_due_date=False) == ["I1"]
    assert await reminders.why_not(credit_notes=True) == {"C1": "later-than-run", "I2": "later-than-run"}


@pytest.mark.requirement("S2.18")
async def test_amount_after_posting_counts_bookings_that_are_not_processed_yet(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1", 500), posted("I2", 700, processed=False))
    await reminders.take(posted("C1", -600, processed=False))

    assert await reminders.listed(amount_after_posting=False, debtors="balance-positive") == ["I1"]
    assert await reminders.why_not(amount_after_posting=False) == {"C1": "not-processed", "I2": "not-processed"}
    assert await reminders.listed(amount_after_posting=True) == ["I1", "I2"]
    assert await reminders.listed({"vouchers": ["v-I1"]}, amount_after_posting=True, debtors="balance-positive") == [
        "I1"
    ]
    await reminders.take(changed("I2", processed=True))
    assert await reminders.listed(amount_after_posting=False) == ["I1", "I2"]


@pytest.mark.requirement("S2.18")
async def test_an_unprocessed_credit_only_lessens_the_balance_after_posting(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1", 500), posted("C1", -500, processed=False))

    assert await reminders.listed(amount_after_posting=False, debtors="balance-positive") == ["I1"]
    assert await reminders.listed(amount_after_posting=True, debtors="balance-positive") == []


@pytest.mark.requirement("S2.19")
async def test_corrections_from_another_administration_count_or_do_not(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1", 1000), posted("I2", 800))
    await reminders.take(matched({"I1": (-400, 600), "I2": (-800, 0)}, method="correction", origin_administration="be"))

    counted = await reminders.desk.do("control-list/items", _asked(current_account=True))
    ignored = await reminders.desk.do("control-list/items", _asked(current_account=False))

    assert [(item["item_id"], item["open_amount"]) for item in counted["items"]] == [("I1", 600)]
    assert [(item["item_id"], item["open_amount"]) for item in ignored["items"]] == [("I1", 1000), ("I2", 800)]


@pytest.mark.requirement("S2.19")
async def test_a_settlement_of_ones_own_counts_in_any_case(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1", 1000), matched({"I1": (-1000, 0)}))

    assert await reminders.listed(current_account=False) == []


@pytest.mark.requirement("S2.20")
async def test_several_reminders_per_debtor_are_refused_for_a_control_list(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())

    refused = await reminders.desk.do("control-list", _asked(several_reminders=True), status=422)
    also_refused = await reminders.desk.do("control-list/items", _asked(several_reminders=True), status=422)

    assert refused["code"] == also_refused["code"] == "not-for-control-list"
    assert "preferences/several_reminders" in str(refused["errors"])


@pytest.mark.requirement("S2.20")
@pytest.mark.parametrize(("several", "expected"), [(True, [(1, ["I2"]), (2, ["I1"])]), (False, [(2, ["I1", "I2"])])])
async def test_a_letter_per_level_or_one_at_the_highest(
    reminders: Reminders, *, several: bool, expected: list[tuple[int, list[str]]]
) -> None:
    await reminders.take(configured(), party(), posted("I1"))
    await reminders.remind(generation_date=days_ago(20))
    await reminders.take(posted("I2"))

    await reminders.remind(several_reminders=several)

    _, *letters = await reminders.published("reminder-issued")
    assert [(letter.level, [item.item_id for item in letter.items]) for letter in letters] == expected


@pytest.mark.requirement("S2.21")
async def test_issuing_stores_the_generation_date_at_the_items_and_the_debtor(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())

    await reminders.remind(generation_date=days_ago(3))

    assert (await reminders.desk.read("parties/P1"))["last_reminded_on"] == str(days_ago(3))
    (item,) = await reminders.rows("SELECT status, reminded_on, reminder_level FROM item")
    assert item == {"status": "reminded", "reminded_on": days_ago(3), "reminder_level": 1}


@pytest.mark.requirement("S2.22")
@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({}, ["I1", "I2", "I3"]),
        ({"sort_by": "name"}, ["I3", "I1", "I2"]),
        ({"sort_by": "amount"}, ["I2", "I3", "I1"]),
        ({"sort_by": "age"}, ["I3", "I1", "I2"]),
        ({"sort_by": "item-date"}, ["I3", "I1", "I2"]),
        ({"sort_by": "due-date"}, ["I2", "I1", "I3"]),
        ({"sort_by": "voucher"}, ["I3", "I2", "I1"]),
        ({"group_by": "category", "sort_by": "amount"}, ["I3", "I2", "I1"]),
        ({"group_by": "language"}, ["I3", "I1", "I2"]),
        ({"group_by": "branch"}, ["I1", "I3", "I2"]),
    ],
)
async def test_the_list_is_grouped_and_sorted_as_chosen(
    reminders: Reminders, report: dict[str, str], expected: list[str]
) -> None:
    await reminders.take(configured(), party("P1", name="Zoë", category="youth"))
    await reminders.take(party("P2", name="adam", category="adult", language="da"))
    await reminders.take(
        posted("I1", 100, voucher="30", item_date=days_ago(50), due_date=days_ago(20), branch="North"),
        posted("I2", 300, voucher="20", item_date=days_ago(40), due_date=days_ago(30), branch="South"),
        posted("I3", 200, "P2", voucher="10", item_date=days_ago(60), due_date=days_ago(10), branch="North"),
    )

    pages = [
        await reminders.desk.do("control-list/items", {"generation_date": str(TODAY), "report": report}, limit=limit)
        for limit in (2, 3)
    ]

    assert [item["item_id"] for item in pages[1]["items"]] == expected
    assert [item["item_id"] for item in pages[0]["items"]] == expected[:2]
    rest = await reminders.desk.do(
        "control-list/items", {"generation_date": str(TODAY), "report": report}, cursor=pages[0]["next"]
    )
    assert [item["item_id"] for item in rest["items"]] == expected[2:]


@pytest.mark.requirement("S2.23")
async def test_documents_shows_the_invoice_and_after_issue_the_reminder_beside_it(reminders: Reminders) -> None:
    invoice = {"document_id": "D1", "name": "invoice.pdf", "uri": "https://docs.example/D1", "sha256": "0" * 64}
    await reminders.take(configured(), party(), posted("I1", documents=[invoice]), posted("I2"))
    before = await reminders.desk.do("control-list/items", _asked())
    assert [[d["kind"] for d in item["documents"]] for item in before["items"]] == [["invoice"], []]

    await reminders.remind()
    await reminders.echo()

    after = await reminders.desk.do("control-list/items", _asked(), show="all")
    assert [[d["kind"] for d in item["documents"]] for item in after["items"]] == [
        ["invoice", "reminder"],
        ["reminder"],
    ]
    assert after["items"][0]["documents"][0] == before["items"][0]["documents"][0]
    (issued,) = await reminders.published("reminder-issued")
    assert after["items"][0]["documents"][1]["document_id"] == issued.document.document_id


def _asked(**preferences: object) -> dict[str, object]:
    return {"generation_date": str(TODAY), "preferences": preferences}
