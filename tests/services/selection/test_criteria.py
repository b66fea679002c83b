"""Every field and operator finds what it says, and nothing else; everything else is refused with a remedy."""

import json
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.errors import TooLarge
from contracts.library import BailiffReferred
from contracts.reminders import ReminderIssued
from services.selection.domain.catalogue import Field, FieldType, SetType, catalogue, fields_of
from services.selection.domain.criteria import (
    Condition,
    Criteria,
    Group,
    Negation,
    as_json,
    read_criteria,
)
from services.selection.domain.sentences import sentence
from services.selection.domain.text_form import as_text, parse
from tests.services.selection.conftest import Desk, Selection, refusal
from tests.services.selection.library import NOW, TODAY, configured, matched, party, posted, read


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


async def library_with(selection: Selection) -> None:
    """Two parties whose every field differs: P1 owes I1 alone; P2 owes I2 and I3 and is on the black list."""
    first = {
        "kind": "debtor",
        "debtor_type": "consumer",
        "address": {"street": "Kouter 1", "postal_code": "9000", "city": "Gent", "country": "BE"},
        "email": "a@x.be",
        "phone": "1",
        "language": "nl-BE",
        "group": "g1",
        "category": "adult",
        "payment_method": "cash",
        "payment_terms_days": 14,
        "branch": "b1",
        "channel": "letter",
        "iban": "BE1",
    }
    item = {
        "base_amount": 1000,
        "payment_terms_days": 30,
        "payment_method": "cash",
        "description": "Late",
        "branch": "b1",
        "invoice_number": "F1",
        "reference": "R1",
        "employee": "e1",
        "subscription_id": "S1",
        "period_start": "2026-01-01",
        "period_end": "2026-12-31",
        "loan_id": "L1",
        "material_id": "M1",
        "checkin_id": "C1",
        "note_id": "N1",
        "reminder_id": "H1",
        "blocked": True,
        "in_payment_run": True,
        "on_bank_statement": True,
        "processed": False,
        "documents": [{"document_id": "D1", "name": "invoice.pdf"}],
    }
    await selection.take(
        configured(),
        party("P1", name="Lotte Peeters", **first),
        party("P2", name="Ærø Skole"),
        posted("I1", 1000, item_date=ago(10), due_date=ago(5), **item),
        posted("I2", 5000, party_id="P2", item_date=ago(400), due_date=ago(370), kind="invoice", journal="V20"),
        posted("I3", 300, party_id="P2", item_date=ago(1), due_date=(TODAY + timedelta(days=9)).isoformat()),
        posted("I4", 70, party_id="P2", item_date=ago(3)),
    )
    reminded = {
        "party_id": "P2",
        "reminder_id": "01937c1e-0000-7000-8000-000000000005",
        "run_id": "01937c1e-0000-7000-8000-000000000006",
        "level": 2,
        "date": ago(20),
        "items": [{"item_id": "I2", "open_amount": 5000, "level": 2}],
        "totals": [],
        "channel": "letter",
        "document": {"document_id": "R1", "kind": "reminder", "name": "r.pdf"},
        "employee": "e.maes",
    }
    await selection.take(
        read(ReminderIssued, reminded),
        read(BailiffReferred, {"party_id": "P2", "dossier_id": "D", "item_ids": ["I2"], "referred_on": ago(1)}),
        matched({"I4": (-70, 0, 1)}, party_id="P2", method="write-off", reason="A920"),
        matched({"I1": (-1, 999, 1)}, origin_administration="bib-aalst"),
    )
    await selection.rows(
        "INSERT INTO blacklist VALUES ('bib-gent', 'P2', 1, TRUE, 'Owes a lot', $1, 'e.maes', $2) RETURNING party_id",
        TODAY + timedelta(days=30),
        NOW,
    )


async def found(desk: Desk, criteria: Any, set_type: str = "items") -> set[str]:
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
async def test_every_field_finds_what_it_says(selection: Selection, desk: Desk) -> None:
    await library_with(selection)

    expected = {text: {"I1"} for text in ONLY_I1} | {text: {"I2"} for text in ONLY_I2}
    expected |= {text: {"I2", "I3"} for text in OF_P2}
    answers = {text: await found(desk, f"({text}){ANY_STATUS}") for text in expected}

    assert {text: items for text, items in answers.items() if items != expected[text]} == {}
    asked = {word for text in expected for word in text.replace("(", " ").split()}
    assert set(catalogue()) - asked == set()


@pytest.mark.requirement("S0.1")
async def test_parties_are_found_by_every_field_of_theirs(selection: Selection, desk: Desk) -> None:
    await library_with(selection)

    assert {text: await found(desk, text, "parties") for text in OF_P2} == {text: {"P2"} for text in OF_P2}
    assert await found(desk, None, "parties") == {"P1", "P2"}
    assert refusal(await desk.send("sets", {"criteria": "open_amount > 1", "set_type": "parties"})) == "item-field"


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
    selection: Selection, desk: Desk, text: str, items: set[str]
) -> None:
    await library_with(selection)

    assert await found(desk, f"({text}){ANY_STATUS}") == items


@pytest.mark.requirement("S0.5")
async def test_other_statuses_than_open_are_found_only_when_they_are_asked_for(
    selection: Selection, desk: Desk
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


REFUSED: list[tuple[Any, str]] = [
    ("open_amount > 1.50", "cents-expected"),
    ("open_amount > 1,50", "cents-expected"),
    ({"field": "open_amount", "operator": "gt", "value": 1.5}, "cents-expected"),
    ({"field": "open_amount", "operator": "gt", "value": "1.50"}, "cents-expected"),
    ({"field": "open_amount", "operator": "gt", "value": "100"}, "wrong-value"),
    ({"field": "open_amount", "operator": "gt", "value": True}, "wrong-value"),
    ({"field": "open_amount", "operator": "gt", "value": 10**19}, "wrong-value"),
    ({"field": "documents", "operator": "eq", "value": 0.5}, "wrong-value"),
    ("colour = red", "unknown-field"),
    ("open_amount starts 1", "unknown-operator"),
    ("open_amount > 1 euros", "unknown-unit"),
    ("age > 2 decades", "unknown-unit"),
    ("item_date > 2024-02-30", "wrong-value"),
    ("item_date > 1666-01-01", "wrong-value"),
    ("status = late", "wrong-value"),
    ("blocked = maybe", "wrong-value"),
    ({"field": "item_date", "operator": "between", "value": ["2024-01-01"]}, "wrong-number-of-values"),
    ({"field": "item_id", "operator": "in", "value": []}, "wrong-number-of-values"),
    ({"all": []}, "empty-group"),
    ({"all": [], "any": []}, "malformed-criteria"),
    ({"field": "item_id"}, "malformed-criteria"),
    ({"not": [1]}, "malformed-criteria"),
    ("open_amount >", "criteria-unreadable"),
    ("open_amount > 100 and", "criteria-unreadable"),
    ("(open_amount > 100", "criteria-unreadable"),
    ("open_amount > 100)", "criteria-unreadable"),
    ("open_amount is 100", "criteria-unreadable"),
    ('item_id = "unended', "criteria-unreadable"),
    ("(" * 20 + "open_amount > 1" + ")" * 20, "criteria-too-deep"),
    (" or ".join(["open_amount > 1"] * 201), "criteria-too-large"),
    ("x" * 20_001, "criteria-too-long"),
]


@pytest.mark.requirement("S0.3")
async def test_what_cannot_be_asked_is_refused_with_field_and_remedy(selection: Selection, desk: Desk) -> None:
    await selection.take(configured())
    answers = [await desk.send("criteria", {"criteria": criteria}) for criteria, _ in REFUSED]

    assert [refusal(answer) for answer in answers] == [code for _, code in REFUSED]
    problems = [answer.json()["errors"][0] for answer in answers]
    assert {problem["pointer"].split("/")[1] for problem in problems} == {"criteria"}
    assert "cent" in problems[0]["detail"]


def test_a_tree_may_be_just_so_large_and_deep() -> None:
    deep = "(" * 11 + "open_amount > 1 or age > 1" + ")" * 11

    assert as_text(parse(deep, "items")) == "open_amount > 1 or age > 1"
    assert len(as_json(parse(" or ".join(["open_amount > 1"] * 200), "items"))["any"]) == 200


def values(field: Field) -> st.SearchStrategy[Any]:
    texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
    codes = st.sampled_from(field.choices) if field.choices else texts
    return {
        FieldType.AMOUNT: st.integers(-(10**12), 10**12),
        FieldType.COUNT: st.integers(-5, 10**6),
        FieldType.AGE: st.integers(0, 4_000),
        FieldType.DATE: st.dates(date(1950, 1, 1), date(2100, 1, 1)),
        FieldType.FLAG: st.booleans(),
        FieldType.TEXT: texts,
        FieldType.CODE: codes,
    }[field.type]


@st.composite
def a_condition(draw: st.DrawFn) -> Condition:
    field = draw(st.sampled_from(fields_of("items")))
    operator = draw(st.sampled_from(field.operators))
    least, most = {"between": (2, 2), "empty": (0, 0), "in": (1, 4)}.get(operator, (1, 1))
    unit = draw(st.sampled_from(field.units)) if field.units and operator != "empty" else None
    drawn = draw(st.lists(values(field), min_size=least, max_size=most))
    return Condition(field.name, operator, tuple(drawn), unit)


TREES: st.SearchStrategy[Criteria] = st.recursive(
    a_condition(),
    lambda inner: st.one_of(
        st.builds(Negation, inner),
        st.builds(Group, st.sampled_from(("all", "any")), st.lists(inner, min_size=2, max_size=4).map(tuple)),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_json_and_text_read_back_to_the_same_tree_and_every_language_has_its_sentence(tree: Criteria) -> None:
    try:
        from_json = read_criteria(json.loads(json.dumps(as_json(tree))), "items")
    except TooLarge:
        return

    assert from_json == tree
    assert parse(as_text(tree), "items") == tree
    said = {sentence(tree, "items", language) for language in ("nl", "da", "en")}
    assert all(text.endswith(".") for text in said)


async def test_every_field_with_every_operator_is_accepted_by_the_database(selection: Selection, desk: Desk) -> None:
    await selection.take(configured(), party("P1"), posted("I1"))
    samples: dict[FieldType, Any] = {
        FieldType.AMOUNT: 5,
        FieldType.COUNT: 5,
        FieldType.AGE: 5,
        FieldType.DATE: "2024-01-01",
        FieldType.FLAG: True,
        FieldType.TEXT: "x",
    }
    for set_type in get_args(SetType):
        for field in fields_of(set_type):
            for operator in field.operators:
                sample = samples.get(field.type, field.choices[0] if field.choices else "x")
                value = {"between": [sample, sample], "in": [sample], "empty": None}.get(operator, sample)
                condition = {"field": field.name, "operator": operator} | ({} if value is None else {"value": value})

                counted = await desk.do("criteria/count", {"set_type": set_type, "criteria": {"not": condition}})

                assert counted["hits"] in {0, 1}, condition


async def test_the_catalogue_tells_types_operators_and_labels_in_three_languages(desk: Desk) -> None:
    fields = (await desk.read("fields"))["fields"]

    assert len(fields) == len(catalogue())
    assert all(set(field["labels"]) == {"nl", "da", "en"} and all(field["labels"].values()) for field in fields)
    amount = next(field for field in fields if field["name"] == "open_amount")
    assert (amount["type"], amount["units"], amount["tab"]) == ("amount", ["cents"], "items")
