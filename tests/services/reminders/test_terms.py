"""What the law grants debtors in time, and says to them before collection; and how a level goes out."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import SENDER, configured, party, posted, profile

CHRISTMAS_EVE = date(2026, 12, 24)
DUTCH = {
    **SENDER,
    "country": "NL",
    "postal_code": "3441 AB",
    "city": "Woerden",
    "iban": "NL91ABNA0417164300",
    "bic": None,
}
DANISH = {
    **SENDER,
    "country": "DK",
    "postal_code": "8000",
    "city": "Aarhus C",
    "iban": "DK5000400440116243",
    "bic": None,
}


def letter_text(reminders: Reminders) -> str:
    (letter,) = [path for path in reminders.documents.rglob("*") if path.is_file()]
    pages = PdfReader(BytesIO(letter.read_bytes())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u00a0", " ").split())


async def remind_consumer(reminders: Reminders, country: str, sender: dict[str, Any], **level: Any) -> dict[str, Any]:
    currency = "DKK" if country == "DK" else "EUR"
    profiles = [profile(level_changes={"days_after_previous": 10} | level)]
    await reminders.take(configured(country=country, base_currency=currency, reminder_profiles=profiles, sender=sender))
    language = {"NL": "nl", "BE": "nl-BE", "DK": "da"}[country]
    await reminders.take(party(language=language), posted(amount=10_000, currency=currency))
    await reminders.remind(generation_date=CHRISTMAS_EVE)
    (sent,) = (await reminders.desk.read("parties/P1/reminders"))["items"]
    return dict(sent)


@pytest.mark.parametrize(
    ("country", "sender", "pay_by"),
    [
        # Posted on a Thursday; Friday is Christmas, no post on Sunday and Monday, Wednesday is the second day of it.
        ("NL", DUTCH, "2027-01-13"),
        # The third working day after posting is Wednesday 30 December, and the first of fourteen days.
        ("BE", SENDER, "2027-01-12"),
    ],
)
async def test_the_day_to_pay_by_is_never_before_the_term_that_the_letter_grants_is_over(
    reminders: Reminders, country: str, sender: dict[str, Any], pay_by: str
) -> None:
    sent = await remind_consumer(reminders, country, sender, fee_rule="statutory")

    assert sent["pay_by"] == pay_by
    assert sent["charges"] == {}


async def test_a_belgian_first_reminder_without_an_enterprise_number_is_refused_and_who_is_no_consumer_is_reminded(
    reminders: Reminders,
) -> None:
    profiles = [profile(level_changes={"fee_rule": "statutory"})]
    sender = {**SENDER, "enterprise_number": None}
    await reminders.take(configured(reminder_profiles=profiles, sender=sender))
    await reminders.take(party("P1"), party("P2", debtor_type="business"), posted(), posted("I2", party_id="P2"))

    issued = await reminders.remind()

    assert {row["outcome"]: row["items"] for row in issued["outcomes"]} == {
        "reminded": 1,
        "missing-enterprise-number": 1,
    }
    (dropped,) = (await reminders.desk.read(f"runs/{issued['run_id']}/items", show="dropped"))["items"]
    assert (dropped["party_id"], "enterprise number" in dropped["outcome_message"]) == ("P1", True)
    assert [event.party_id for event in await reminders.published("reminder-issued")] == ["P2"]


async def test_a_danish_level_warns_before_collection_with_the_day_to_pay_by(reminders: Reminders) -> None:
    sent = await remind_consumer(reminders, "DK", DANISH, collection_warning=True, days_after_previous=7)

    assert sent["pay_by"] == "2027-01-03"
    assert "Inkassovarsel Er beløbet ikke betalt senest den 3. januar 2027, overgår kravet til inkasso" in letter_text(
        reminders
    )


async def test_without_such_a_level_nobody_is_warned(reminders: Reminders) -> None:
    await remind_consumer(reminders, "DK", DANISH, fee_rule="statutory")

    assert "Inkassovarsel" not in letter_text(reminders)


@pytest.mark.parametrize(("level", "expected"), [({"channel": "letter"}, "letter"), ({}, "e-mail")])
async def test_a_level_may_go_by_letter_whatever_the_debtor_prefers(
    reminders: Reminders, level: dict[str, str], expected: str
) -> None:
    sender = {**SENDER, "email": "post@bib.example"}
    await reminders.take(configured(reminder_profiles=[profile(level_changes=level)], sender=sender))
    await reminders.take(party(channel="e-mail", email="lotte@example.org"), posted())

    await reminders.remind()

    (issued,) = await reminders.published("reminder-issued")
    assert issued.channel == expected
