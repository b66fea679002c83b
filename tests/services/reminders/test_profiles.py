"""Profiles: which one a debtor is reminded by, levels, blocks, minimum amounts, grace days, channels."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.reminders.domain.profiles import next_step
from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import SENDER, TODAY, configured, days_ago, party, posted, profile


@pytest.mark.parametrize(
    ("party_id", "category", "language", "expected"),
    [
        ("P1", "adult", "da", "debtor"),
        ("P2", "adult", "da", "category"),
        ("P2", "youth", "da", "language"),
        ("P2", "youth", "nl-BE", "dutch-be"),
        ("P2", "youth", "nl", "dutch"),
        ("P2", None, "nl-NL", "dutch"),
        ("P2", None, "en", "default"),
    ],
)
async def test_a_profile_is_chosen_by_debtor_then_category_then_language_then_default(
    reminders: Reminders, party_id: str, category: str | None, language: str, expected: str
) -> None:
    whom: dict[str, dict[str, Any]] = {
        "dutch": {"language": "nl"},
        "dutch-be": {"language": "nl-BE"},
        "language": {"language": "da"},
        "category": {"category": "adult"},
        "default": {},
        "debtor": {"party_id": "P1"},
        "second-default": {},
    }
    names = list(whom)
    profiles = [profile(name, grace_days=10 * place, **whom[name]) for place, name in enumerate(names)]
    await reminders.take(configured(reminder_profiles=profiles), party(party_id, category=category, language=language))

    await reminders.take(
        *(posted(f"I{place}", party_id=party_id, due_date=days_ago(10 * place + 5)) for place in range(len(names)))
    )

    first_past_its_grace = min(await reminders.listed())
    assert names[int(first_past_its_grace[1:])] == expected


def test_levels_rise_one_by_one_repeat_the_last_and_never_fall() -> None:
    (three,) = configured(reminder_profiles=[profile(levels=3)]).reminder_profiles

    assert [next_step(three, reached).level for reached in range(6)] == [1, 2, 3, 3, 4, 5]


@pytest.mark.parametrize(("grace", "expected"), [(9, ["I1"]), (10, [])])
async def test_grace_days_put_off_what_is_due(reminders: Reminders, grace: int, expected: list[str]) -> None:
    await reminders.take(configured(reminder_profiles=[profile(grace_days=grace)]), party())

    await reminders.take(posted("I1", due_date=days_ago(10)))

    assert await reminders.listed() == expected


async def test_levels_rise_with_each_reminder_and_a_block_ends_them(reminders: Reminders) -> None:
    await reminders.take(configured(reminder_profiles=[profile(block_after=2)]), party(), posted())

    for day in (45, 30, 15):
        await reminders.remind(generation_date=TODAY - timedelta(days=day) + timedelta(days=15))

    assert [event.level for event in await reminders.published("reminder-issued")] == [1, 2]
    assert await reminders.why_not() == {"I1": "last-level-reached"}


@pytest.mark.parametrize(("days", "expected"), [(14, ["I1"]), (13, [])])
async def test_the_next_level_waits_for_the_days_after_the_previous_one(
    reminders: Reminders, days: int, expected: list[str]
) -> None:
    await reminders.take(configured(reminder_profiles=[profile()]), party(), posted())
    await reminders.remind(generation_date=days_ago(days))

    assert await reminders.listed() == expected
    assert set((await reminders.why_not()).values()) == (set() if expected else {"next-level-not-due"})


@pytest.mark.parametrize(("amount", "expected"), [(500, ["I1"]), (499, [])])
async def test_less_than_the_minimum_amount_is_not_reminded(
    reminders: Reminders, amount: int, expected: list[str]
) -> None:
    small = profile(level_changes={"minimum_amount": 500})
    await reminders.take(configured(reminder_profiles=[small]), party(), posted("I1", amount))

    assert await reminders.listed() == expected
    summary = await reminders.desk.do("control-list", {"generation_date": str(TODAY)})
    assert [row["code"] for row in summary["left_out"]] == ([] if expected else ["below-minimum"])


async def test_a_debtor_who_prefers_e_mail_gets_one_and_without_an_address_is_reported(reminders: Reminders) -> None:
    sender = {**configured().model_dump(mode="json")["sender"], "email": "post@bib.example"}
    await reminders.take(configured(sender=sender), party("P1", channel="e-mail", email="lotte@example.org"))
    await reminders.take(party("P2", channel="e-mail"), party("P3"))
    await reminders.take(*(posted(f"I{n}", party_id=f"P{n}") for n in (1, 2, 3)))

    issued = await reminders.remind()

    events = await reminders.published("reminder-issued")
    assert [(event.party_id, event.channel) for event in events] == [("P1", "e-mail"), ("P3", "letter")]
    assert {row["outcome"]: row["items"] for row in issued["outcomes"]} == {"reminded": 2, "missing-email": 1}
    (queued,) = (await reminders.desk.read("emails"))["items"]
    assert (queued["recipient"], queued["state"]) == ("lotte@example.org", "queued")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"address": None}, "missing-address"),
        ({"language": "fi"}, "unknown-language"),
    ],
)
async def test_who_cannot_be_written_to_is_named_and_the_rest_goes_on(
    reminders: Reminders, changes: dict[str, object], code: str
) -> None:
    await reminders.take(configured(), party("P1", **changes), party("P2"))
    await reminders.take(posted("I1"), posted("I2", party_id="P2"))

    issued = await reminders.remind()

    assert {row["outcome"]: row["items"] for row in issued["outcomes"]} == {"reminded": 1, code: 1}
    assert (await reminders.desk.read("parties/P1"))["last_reminded_on"] is None


async def test_a_level_that_a_layout_has_no_words_for_is_named_and_the_rest_goes_on(
    reminders: Reminders, tmp_path: Path
) -> None:
    words = '[texts.schools.nl-BE.2]\nsubject = "Aan de scholen"\nopening = ["Betaal."]\n'
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "bib-gent.toml").write_text(words, "utf-8")
    schools = profile("schools", party_id="P1", level_changes={"layout": "schools"})
    await reminders.take(configured(reminder_profiles=[profile(), schools]), party("P1"), party("P2"))
    await reminders.take(posted("I1"), posted("I2", party_id="P2"))

    issued = await reminders.remind()

    assert {row["outcome"]: row["items"] for row in issued["outcomes"]} == {"reminded": 1, "unknown-level": 1}


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"iban": "BE68539007547035"}, "invalid-iban"), ({"bic": "GKCC"}, "invalid-bic")],
)
async def test_an_account_that_nobody_can_pay_to_is_refused_before_anything_is_printed(
    reminders: Reminders, changes: dict[str, str], code: str
) -> None:
    await reminders.take(configured(sender={**SENDER, **changes}), party(), posted())
    run = await reminders.make_run()
    path, approval = f"runs/{run['run_id']}", {"fingerprint": run["fingerprint"]}

    refused = await reminders.desk.do(f"{path}/issue", approval, status=422)
    foreseen = await reminders.desk.read(f"{path}/dry-run", 422)

    assert (refused["code"], foreseen["code"]) == (code, code)
    assert [path for path in reminders.documents.rglob("*") if path.is_file()] == []
    await reminders.take(configured(version=2))
    assert (await reminders.issue(run))["issued_items"] == 1


async def test_without_an_account_to_pay_to_nothing_is_issued(reminders: Reminders) -> None:
    await reminders.take(configured(sender=None), party(), posted())
    run = await reminders.make_run()

    refused = await reminders.desk.do(f"runs/{run['run_id']}/issue", {"fingerprint": run["fingerprint"]}, status=422)

    assert refused["code"] == "missing-account"
