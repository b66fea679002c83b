"""Every field and every operator finds what it says, and nothing else."""

from datetime import timedelta
from operator import itemgetter
from typing import Any

import pytest

from services.selection.domain.catalogue import catalogue, fields_of
from tests.services.selection.conftest import Selection, SelectionDesk, refusal
from tests.services.selection.library import ADMINISTRATION, TODAY, configured, posted
from tests.services.selection.two_parties import ago, library_with


async def found(desk: SelectionDesk, criteria: Any, set_type: str = "items") -> set[str]:
    made = await desk.do("sets", {"criteria": criteria, "set_type": set_type})
    members = (await desk.read(f"sets/{made['set_id']}/members"))["items"]
    return {member["item_id"] or member["party_id"] for member in members}


ONLY_I1 = [
    "item_id = I1",
    "amount = 1000",
    "open_amount = 999",
    "settled_amount = 1",
    "base_amount = 1000",
    "corrected_elsewhere = -1",
    "kind = fine and party_id = P1",
    f"item_date = {ago(10)}",
    "age = 10",
    f"due_date = {ago(5)}",
    f"payable_on = {ago(5)}",
    "days_overdue = 5",
    "status = open and journal = V10 and open_amount > 300",
    "voucher = v-I1",
    "description contains LAT",
    "branch = b1",
    "invoice_number = F1",
    "reference = R1",
    "payment_method = cash",
    "till = desk-1",
    "payment_terms_days = 30",
    "employee = e1",
    "blocked = yes",
    "in_payment_run = yes",
    "on_bank_statement = yes",
    "processed = no",
    "documents = 1",
    "subscription_id = S1",
    "period_start = 2026-01-01",
    "period_end = 2026-12-31",
    "loan_id = L1",
    "material_id = M1",
    "checkin_id = C1",
    "note_id = N1",
    "reminder_id = H1",
    "money_back = refund",
    "reverses = I0",
    "party_id = P1",
    "party_name starts Lotte",
    "debtor_type = consumer and party_kind = debtor and currency = EUR and account_currency = EUR and city = Gent",
    'street = "Kouter 1"',
    "postal_code = 9000",
    "city = Gent",
    "country = BE",
    "email = a@x.be",
    "phone = 1",
    "language = nl-BE",
    "party_group = g1",
    "category = adult",
    "party_payment_method = cash",
    "party_payment_terms_days = 14",
    "party_branch = b1",
    "channel = letter and iban = BE1",
    "party_open_amount = 999",
    "party_open_items = 1",
    "party_overdue_amount = 999",
    "party_oldest_age = 10",
    f"party_oldest_item_date = {ago(10)}",
    f"party_oldest_due_date = {ago(5)}",
    "party_reminder_level = 0",
    "party_writeoffs = 0",
    "blacklisted = no",
]
ONLY_I2 = [
    "age > 1 years",
    "age >= 400 days",
    "age between 13 and 14 months",
    "age > 57 weeks",
    "journal = V20",
    "kind = invoice",
    "status = D",
    "reminded = yes",
    "reminder_level = 2",
    f"reminded_on = {ago(20)}",
    "days_since_reminder = 20",
    "at_bailiff = yes",
    "days_overdue > 300 and status = bailiff",
]
OF_P2 = [
    "party_open_amount > 5000",
    "party_open_items = 2",
    "party_overdue_items = 1 and party_overdue_amount = 5000",
    "party_reminder_level = 2",
    f"party_reminded_on = {ago(20)}",
    "party_days_since_reminder = 20",
    "party_writeoffs = 1 and party_written_off_amount = 70",
    "blacklisted = yes",
    f"blacklisted_until = {(TODAY + timedelta(days=30)).isoformat()}",
    'blacklist_reason = "Owes a lot"',
    'party_name contains "æRØ"',
]
ANY_STATUS = " and status in (O, F, H, D)"


@pytest.mark.requirement("S0.2", "S0.5", "S0.14", "S0.16")
async def test_every_field_finds_what_it_says(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)

    expected = {text: {"I1"} for text in ONLY_I1} | {text: {"I2"} for text in ONLY_I2}
    expected |= {text: {"I2", "I3"} for text in OF_P2}
    answers = {text: await found(desk, f"({text}){ANY_STATUS}") for text in expected}

    assert {text: items for text, items in answers.items() if items != expected[text]} == {}
    asked = {word for text in expected for word in text.replace("(", " ").split()}
    assert set(catalogue()) - asked == set()


@pytest.mark.requirement("S0.1")
async def test_parties_are_found_by_every_field_of_theirs(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)

    assert {text: await found(desk, text, "parties") for text in OF_P2} == {text: {"P2"} for text in OF_P2}
    assert await found(desk, None, "parties") == {"P1", "P2"}
    assert refusal(await desk.send("sets", {"criteria": "open_amount > 1", "set_type": "parties"})) == "item-field"


async def test_what_an_item_says_of_its_account_is_what_the_account_says_of_itself(selection: Selection) -> None:
    await library_with(selection)
    columns = sorted({field.column for field in fields_of("parties")})

    of_items = await selection.rows("SELECT * FROM described_items($1, $2)", ADMINISTRATION, TODAY)
    of_parties = await selection.rows("SELECT * FROM selectable_parties($1, $2)", ADMINISTRATION, TODAY)

    assert {row["party_id"] for row in of_parties} == {"P1", "P2"}
    assert {itemgetter(*columns)(row) for row in of_items} == {itemgetter(*columns)(row) for row in of_parties}


@pytest.mark.requirement("S0.3", "S0.4")
@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("open_amount > 999", {"I2"}),
        ("open_amount >= 999", {"I1", "I2"}),
        ("open_amount < 999", {"I3"}),
        ("open_amount <= 300", {"I3"}),
        ("open_amount != 300", {"I1", "I2"}),
        ("open_amount between 300 and 999 cents", {"I1", "I3"}),
        (f"item_date < {ago(10)}", {"I2"}),
        (f"item_date > {ago(10)}", {"I3"}),
        (f"item_date between {ago(10)} and {ago(1)}", {"I1", "I3"}),
        ("item_id in (I1, I3, I9)", {"I1", "I3"}),
        ("item_id between I2 and I3", {"I2", "I3"}),
        ("invoice_number empty", {"I2", "I3"}),
        ("description empty", {"I2", "I3"}),
        ("not invoice_number = F1", {"I2", "I3"}),
        ("invoice_number != F1", {"I2", "I3"}),
        ("not (branch = b1 and blocked = yes)", {"I2", "I3"}),
        ("not not item_id = I1", {"I1"}),
        ("item_id = I1 or item_id = I2 and open_amount < 10", {"I1"}),
        ("(item_id = I1 or item_id = I2) and open_amount > 1000", {"I2"}),
        ("age < 5", {"I3"}),
        ("age <= 10", {"I1", "I3"}),
        ('description = "\' OR TRUE --"', set()),
    ],
)
async def test_every_operator_means_what_people_expect(
    selection: Selection, desk: SelectionDesk, text: str, items: set[str]
) -> None:
    await library_with(selection)

    assert await found(desk, f"({text}){ANY_STATUS}") == items


@pytest.mark.requirement("S0.5")
async def test_other_statuses_than_open_are_found_only_when_they_are_asked_for(
    selection: Selection, desk: SelectionDesk
) -> None:
    await selection.take(
        configured(),
        *(posted(status, status=status) for status in ("open", "invoiced", "reminded", "bailiff")),
    )

    alone = await desk.do("sets", {"criteria": "open_amount > 1"})

    assert alone["members"] == 1
    assert alone["criteria"]["text"] == "open_amount > 1 and status = open"
    assert await found(desk, "open_amount > 1 and status in (O, F)") == {"open", "invoiced"}
    assert await found(desk, "status = H") == {"reminded"}
    assert await found(desk, "status in (open, D)") == {"open", "bailiff"}
