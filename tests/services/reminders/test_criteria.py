"""Every criterion of the control list, each at its bounds (document 25.212.500, section Selectie)."""

from datetime import date, timedelta

import pytest

from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import TODAY, changed, configured, days_ago, party, posted


@pytest.mark.requirement("S2.1")
@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"parties": ["P2"]}, ["I2"]),
        ({"parties": ["P1", "P3"]}, ["I1", "I3"]),
        ({"party_from": "P2", "party_to": "P3"}, ["I2", "I3"]),
        ({"party_from": "P3"}, ["I3", "I4"]),
        ({"party_to": "P2"}, ["I1", "I2"]),
        ({}, ["I1", "I2", "I3", "I4"]),
    ],
)
async def test_debtor_one_a_list_or_a_range(
    reminders: Reminders, criteria: dict[str, object], expected: list[str]
) -> None:
    await reminders.take(configured(), *(party(f"P{n}") for n in range(1, 5)))
    await reminders.take(*(posted(f"I{n}", party_id=f"P{n}") for n in range(1, 5)))

    listed = await reminders.listed(criteria)

    assert listed == expected
    others = await reminders.why_not(criteria)
    assert set(others.values()) <= {"other-debtor"}
    assert len(others) + len(listed) == 4


@pytest.mark.requirement("S2.2")
async def test_journal(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1"), posted("I2", journal="V20"), posted("I3", journal="V30"))

    assert await reminders.listed({"journals": ["V10", "V20"]}) == ["I1", "I2"]
    assert await reminders.why_not({"journals": ["V10", "V20"]}) == {"I3": "other-journal"}


@pytest.mark.requirement("S2.3")
async def test_language_of_the_debtor(reminders: Reminders) -> None:
    await reminders.take(configured(), *(party(f"P-{tag}", language=tag) for tag in ("nl", "nl-BE", "da")))
    await reminders.take(*(posted(f"I-{tag}", party_id=f"P-{tag}") for tag in ("nl", "nl-BE", "da")))

    assert await reminders.listed({"languages": ["da"]}) == ["I-da"]
    assert await reminders.listed({"languages": ["nl-BE"]}) == ["I-nl-BE"]
    assert await reminders.listed({"languages": ["nl"]}) == ["I-nl", "I-nl-BE"]
    assert await reminders.why_not({"languages": ["nl"]}) == {"I-da": "other-language"}


@pytest.mark.requirement("S2.4")
async def test_category_of_the_debtor(reminders: Reminders) -> None:
    await reminders.take(configured(), party("P1", category="adult"), party("P2", category="school"), party("P3"))
    await reminders.take(*(posted(f"I{n}", party_id=f"P{n}") for n in (1, 2, 3)))

    assert await reminders.listed({"categories": ["school"]}) == ["I2"]
    assert await reminders.why_not({"categories": ["school"]}) == {"I1": "other-category", "I3": "other-category"}


@pytest.mark.requirement("S2.5")
async def test_voucher_one_a_list_or_a_range(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), *(posted(f"I{n}", voucher=f"2026-10{n}") for n in range(1, 5)))

    assert await reminders.listed({"vouchers": ["2026-101", "2026-104"]}) == ["I1", "I4"]
    assert await reminders.listed({"voucher_from": "2026-102", "voucher_to": "2026-103"}) == ["I2", "I3"]
    assert await reminders.listed({"voucher_from": "2026-104"}) == ["I4"]
    assert await reminders.why_not({"voucher_to": "2026-103"}) == {"I4": "other-voucher"}


@pytest.mark.requirement("S2.6")
async def test_payment_method_of_the_item_or_else_of_its_debtor(reminders: Reminders) -> None:
    await reminders.take(configured(), party("P1"), party("P2", payment_method="transfer"))
    await reminders.take(
        posted("I1", payment_method="direct-debit"),
        posted("I2", payment_method="transfer"),
        posted("I3"),
        posted("I4", party_id="P2"),
        posted("I5", party_id="P2", payment_method="direct-debit"),
    )

    assert await reminders.listed({"payment_methods": ["transfer"]}) == ["I2", "I4"]
    assert set((await reminders.why_not({"payment_methods": ["transfer"]})).values()) == {"other-payment-method"}


@pytest.mark.requirement("S2.7")
async def test_age_of_at_least_15_days_keeps_out_what_is_14_days_old_or_younger(reminders: Reminders) -> None:
    await reminders.take(configured(), party())
    for age in (13, 14, 15, 16, 30, 31):
        await reminders.take(posted(f"I{age}", item_date=days_ago(age), due_date=days_ago(age)))

    assert await reminders.listed({"age_from": 15}) == ["I15", "I16", "I30", "I31"]
    assert await reminders.listed({"age_from": 15, "age_to": 30}) == ["I15", "I16", "I30"]
    assert await reminders.listed({"age_to": 14}) == ["I13", "I14"]
    assert await reminders.why_not({"age_from": 15, "age_to": 30}) == {
        "I13": "too-young",
        "I14": "too-young",
        "I31": "too-old",
    }


@pytest.mark.requirement("S2.7")
async def test_the_age_holds_for_the_letter_as_for_the_list(reminders: Reminders) -> None:
    await reminders.take(configured(), party())
    for age in (14, 15):
        await reminders.take(posted(f"I{age}", item_date=days_ago(age), due_date=days_ago(age)))

    await reminders.remind({"age_from": 15})

    (issued,) = await reminders.published("reminder-issued")
    assert [item.item_id for item in issued.items] == ["I15"]


@pytest.mark.requirement("S2.8")
@pytest.mark.parametrize("blocked", [None, True, False])
async def test_blocked_items_are_left_out_whatever_the_filter_says(
    reminders: Reminders, *, blocked: bool | None
) -> None:
    await reminders.take(configured(), party(), posted("I1"), posted("I2", blocked=True), posted("I3"))
    await reminders.take(changed("I3", blocked=True))

    assert await reminders.listed({"blocked": blocked}) == ["I1"]
    assert await reminders.why_not({"blocked": blocked}) == {"I2": "blocked", "I3": "blocked"}


@pytest.mark.requirement("S3.17")
async def test_items_of_creditors_and_of_unknown_parties_are_never_reminded(reminders: Reminders) -> None:
    await reminders.take(configured(), party("P1"), party("P2", kind="creditor"))
    await reminders.take(*(posted(f"I{n}", party_id=f"P{n}") for n in (1, 2, 3)))

    assert await reminders.listed() == ["I1"]
    assert await reminders.why_not() == {"I2": "not-a-debtor", "I3": "unknown-debtor"}


@pytest.mark.parametrize(
    ("criteria", "field"),
    [
        ({"party_from": "P2", "party_to": "P1"}, "party_from"),
        ({"voucher_from": "2", "voucher_to": "1"}, "voucher_from"),
        ({"age_from": 2, "age_to": 1}, "age_from"),
        ({"age_from": 1.5}, "age_from"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_criteria_that_cannot_be_meant_are_refused_with_the_field(
    reminders: Reminders, criteria: dict[str, object], field: str
) -> None:
    await reminders.take(configured())

    refused = await reminders.desk.do("control-list", {"generation_date": str(TODAY), "criteria": criteria}, status=422)

    assert field in str(refused["errors"])


async def test_criteria_are_combined_and_the_first_one_that_fails_is_the_reason(reminders: Reminders) -> None:
    await reminders.take(configured(), party("P1"), party("P2", language="da"))
    await reminders.take(posted("I1"), posted("I2", journal="V20"), posted("I3", party_id="P2", journal="V20"))

    criteria = {"journals": ["V20"], "languages": ["nl"]}

    assert await reminders.listed(criteria) == ["I2"]
    assert await reminders.why_not(criteria) == {"I1": "other-journal", "I3": "other-language"}


async def test_a_long_list_comes_in_pages_without_gaps(reminders: Reminders) -> None:
    await reminders.take(configured(), *(party(f"P{n:03}") for n in range(60)))
    await reminders.take(*(posted(f"I{m}", party_id=f"P{n:03}") for n in range(60) for m in range(3)))
    body = {"generation_date": str(TODAY)}

    seen, cursor = [], None
    for _ in range(60):
        page = await reminders.desk.do("control-list/items", body, limit=7, **({"cursor": cursor} if cursor else {}))
        seen += [(item["party_id"], item["item_id"]) for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert seen == sorted({(f"P{n:03}", f"I{m}") for n in range(60) for m in range(3)})


async def test_the_list_says_how_much_is_on_it_and_how_much_is_not(reminders: Reminders) -> None:
    await reminders.take(configured(), party("P1"), party("P2"))
    tomorrow = TODAY + timedelta(days=1)
    await reminders.take(posted("I1", 1000), posted("I2", 500, "P2"), posted("I3", 7, "P2", due_date=tomorrow))
    await reminders.take(posted("I4", 300, "P2", currency="DKK"))

    summary = await reminders.desk.do("control-list", {"generation_date": str(TODAY)})

    assert (summary["items"], summary["parties"]) == (3, 2)
    assert {total["currency"]: total["open_amount"] for total in summary["totals"]} == {"EUR": 1500, "DKK": 300}
    (not_due,) = summary["left_out"]
    assert (not_due["code"], not_due["items"], not_due["totals"][0]["open_amount"]) == ("not-due", 1, 7)


@pytest.mark.requirement("S2.21")
async def test_the_generation_date_decides_what_is_due(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1", due_date=date(2026, 10, 15)))

    assert await reminders.listed(generation_date=date(2026, 10, 15)) == []
    assert await reminders.listed(generation_date=date(2026, 10, 16)) == ["I1"]
