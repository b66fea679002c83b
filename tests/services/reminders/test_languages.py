"""Why items are not reminded is told in the clerk's language; what is stored keeps the English."""

import pytest

from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import configured, party, posted
from tests.services.reminders.test_dry_run import a_run_with_every_trouble, foreseen


@pytest.mark.parametrize("language", ["nl", "da"])
async def test_every_trouble_of_a_run_is_told_in_the_clerks_language(reminders: Reminders, language: str) -> None:
    run = await a_run_with_every_trouble(reminders)
    english = await foreseen(reminders, run)
    reminders.desk.client.headers["accept-language"] = language

    debtors = await foreseen(reminders, run)
    await reminders.issue(run)

    told = {item["code"]: item["message"] for one in debtors for item in one["dropped"]}
    meant = {item["code"]: item["message"] for one in english for item in one["dropped"]}
    stored = await reminders.rows("SELECT outcome, outcome_message FROM run_item WHERE outcome_message IS NOT NULL")
    assert told.keys() == meant.keys() == {row["outcome"] for row in stored}
    assert not [message for code, message in told.items() if message == meant[code]]
    assert {row["outcome_message"] for row in stored} <= {*meant.values()} | {
        item["message"] for one in english for item in one["dropped"]
    }


async def test_a_wrong_range_is_refused_in_dutch_and_in_english_as_ever(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())
    body = {"generation_date": "2026-06-30", "criteria": {"age_from": 9, "age_to": 1}}

    english = (await reminders.desk.send("control-list", body)).json()
    reminders.desk.client.headers["accept-language"] = "nl"
    dutch = (await reminders.desk.send("control-list", body)).json()

    assert english["errors"][0]["detail"] == "Value error, age_from lies behind age_to"
    assert dutch["errors"][0]["detail"] == "Onjuiste waarde: age_from ligt na age_to"
    assert dutch["errors"][0]["code"] == english["errors"][0]["code"] == "value_error"
