"""Runs: frozen, corrected, undone, resumed after a crash; and what is shown of them afterwards."""

from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import TODAY, configured, days_ago, matched, party, posted, referred


async def test_what_is_posted_after_the_freezing_is_not_in_the_run(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1"))
    run = await reminders.make_run()

    await reminders.take(posted("I2"))
    await reminders.issue(run)

    (issued,) = await reminders.published("reminder-issued")
    assert [item.item_id for item in issued.items] == ["I1"]


async def test_a_clerk_leaves_out_a_debtor_or_an_item_with_a_note_and_takes_it_back(reminders: Reminders) -> None:
    await reminders.take(
        configured(), party("P1"), party("P2"), posted("I1"), posted("I2"), posted("I3", party_id="P2")
    )
    run = await reminders.make_run()
    path = f"runs/{run['run_id']}"

    await reminders.desk.do(f"{path}/leave-out", {"party_id": "P1", "item_id": "I2", "note": "In dispute"})
    await reminders.desk.do(f"{path}/leave-out", {"party_id": "P2", "note": "Pays by instalments"})
    left_out = await reminders.desk.read(f"{path}/items", show="left-out")
    await reminders.desk.do(f"{path}/take-back", {"party_id": "P2"})
    await reminders.issue(await reminders.desk.read(path))

    assert [(item["item_id"], item["left_out_by"], item["left_out_note"]) for item in left_out["items"]] == [
        ("I2", "e.maes", "In dispute"),
        ("I3", "e.maes", "Pays by instalments"),
    ]
    events = await reminders.published("reminder-issued")
    assert [[item.item_id for item in event.items] for event in events] == [["I1"], ["I3"]]


async def test_a_run_is_undone_while_nothing_was_sent_and_not_afterwards(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())
    first, second = await reminders.make_run(), await reminders.make_run()

    undone = await reminders.desk.do(f"runs/{first['run_id']}/undo", {"note": "Wrong date"})
    await reminders.issue(second)
    refused = await reminders.desk.do(f"runs/{second['run_id']}/undo", {}, status=409)
    never = await reminders.desk.do(f"runs/{first['run_id']}/issue", {"fingerprint": first["fingerprint"]}, status=409)

    assert (undone["state"], undone["undone_by"], undone["undo_note"]) == ("undone", "e.maes", "Wrong date")
    assert (refused["code"], never["code"]) == ("run-sent", "run-not-open")
    assert len(await reminders.published("reminder-issued")) == 1


async def test_a_run_that_is_undone_before_its_first_letter_sends_none(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())
    run = await reminders.make_run()
    await reminders.desk.do(f"runs/{run['run_id']}/issue", {"fingerprint": run["fingerprint"]}, status=202)

    await reminders.desk.do(f"runs/{run['run_id']}/undo", {})
    await reminders.work()

    assert (await reminders.desk.read(f"runs/{run['run_id']}"))["state"] == "undone"
    assert await reminders.published("reminder-issued") == []


async def test_an_item_in_two_runs_is_reminded_by_the_first_that_is_issued(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())
    first, second = await reminders.make_run(), await reminders.make_run()

    await reminders.issue(first)
    issued = await reminders.issue(second)

    assert len(await reminders.published("reminder-issued")) == 1
    assert {row["outcome"] for row in issued["outcomes"]} == {"next-level-not-due"}


@pytest.mark.requirement("S3.17")
async def test_settled_items_are_on_no_list_and_items_at_the_bailiff_neither(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1"), posted("I2"), posted("I3"))
    await reminders.take(matched({"I1": (-1250, 0)}), referred("I2"))

    assert await reminders.listed() == ["I3"]
    assert await reminders.why_not() == {"I2": "at-bailiff"}
    settled = await reminders.desk.read("parties/P1/items/I1", on=str(TODAY))
    assert (settled["listed"], settled["code"]) == (False, "settled")


@pytest.mark.requirement("S3.17")
async def test_a_settlement_that_comes_before_its_item_waits_for_it(reminders: Reminders) -> None:
    outcome = await reminders.take(configured(), party(), matched({"I1": (-1250, 0)}))
    assert [waiting.refers_to for waiting in outcome.waiting] == ["item I1"]

    await reminders.take(posted("I1"), posted("I1"))
    await reminders.rows("UPDATE waiting_event SET next_attempt_at = clock_timestamp() RETURNING 1")
    await reminders.runtime.sweeper.sweep(datetime.now(UTC))

    assert await reminders.listed() == []
    assert (await reminders.desk.read("parties/P1/items/I1"))["code"] == "settled"


async def test_a_crash_while_issuing_repeats_nothing_and_loses_nothing(
    reminders: Reminders, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reminders.take(configured(), *(party(f"P{n:03}") for n in range(4)))
    await reminders.take(*(posted(f"I{n}", party_id=f"P{n:03}") for n in range(4)))
    monkeypatch.setattr("services.reminders.operations.issue.CHUNK_PARTIES", 2)
    run = await reminders.make_run()
    await reminders.desk.do(f"runs/{run['run_id']}/issue", {"fingerprint": run["fingerprint"]}, status=202)
    await reminders.runtime.jobs.advance_one()
    documents = sorted(path.name for path in reminders.documents.rglob("*") if path.is_file())

    async with reminders.runtime.database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        job = await reminders.runtime.jobs._take(connection)
        assert job is not None
        await reminders.runtime.jobs.kinds[job.kind](connection, job)
        await transaction.rollback()
    crashed = sorted(path.name for path in reminders.documents.rglob("*") if path.is_file())
    await reminders.work()

    assert len(documents) == 2
    assert sorted(path.name for path in reminders.documents.rglob("*") if path.is_file()) == crashed
    assert [event.party_id for event in await reminders.published("reminder-issued")] == [
        "P000",
        "P001",
        "P002",
        "P003",
    ]
    assert (await reminders.desk.read("audit"))["violations"] == []


async def test_a_page_of_runs_takes_as_many_statements_as_one_run_and_says_the_same(
    reminders: Reminders, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reminders.take(configured(), party("P1"), party("P2"), posted("I1"), posted("I2", party_id="P2"))
    await reminders.take(posted("I3", 700, currency="DKK"), posted("I4", 800))
    first = await reminders.make_run()
    await reminders.desk.do(f"runs/{first['run_id']}/leave-out", {"party_id": "P2", "note": "In dispute"})
    await reminders.take(matched({"I4": (-800, 0)}))
    await reminders.issue(await reminders.desk.read(f"runs/{first['run_id']}"))
    told, fetch = [], asyncpg.Connection.fetch

    async def fetch_told(connection: Any, query: str, *arguments: Any, **named: Any) -> Any:
        told.append(query)
        return await fetch(connection, query, *arguments, **named)

    monkeypatch.setattr(asyncpg.Connection, "fetch", fetch_told)
    await reminders.desk.read("runs")
    for_one = len(told)
    others = [await reminders.make_run(generation_date=days_ago(day)) for day in (1, 2, 3)]
    told.clear()
    listed = (await reminders.desk.read("runs"))["items"]
    for_four = len(told)

    assert (for_one, for_four) == (2, 2)
    assert listed == [await reminders.desk.read(f"runs/{run['run_id']}") for run in (*reversed(others), first)]
    assert (listed[-1]["issued_items"], listed[-1]["issued_parties"], listed[-1]["left_out_by_clerk"]) == (2, 1, 1)
    assert [total["currency"] for total in listed[-1]["issued_totals"]] == ["DKK", "EUR"]


async def test_the_same_run_prints_the_same_bytes(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())
    run = await reminders.make_run()
    path = f"runs/{run['run_id']}/parties/P1/preview"

    first = await reminders.desk.read(path)
    second = await reminders.desk.read(path)

    assert first.startswith(b"%PDF-")
    assert first == second
    assert await reminders.published("reminder-issued") == []
    assert (await reminders.desk.read("parties/P1"))["last_reminded_on"] is None


async def test_a_test_letter_says_that_it_is_one(reminders: Reminders) -> None:
    await reminders.take(configured())

    letter = await reminders.desk.read("test-letter", language="da")

    assert letter.startswith(b"%PDF-")
    assert await reminders.rows("SELECT * FROM document") == []


async def test_history_and_reports_tell_what_was_sent_and_what_came_of_it(reminders: Reminders) -> None:
    await reminders.take(configured(), party("P1"), party("P2"))
    await reminders.take(posted("I1", 1000), posted("I2", 600), posted("I3", 400, "P2"))
    await reminders.remind(generation_date=days_ago(30))
    await reminders.take(matched({"I1": (-1000, 0)}, date=days_ago(16)), matched({"I2": (-600, 0)}, date=days_ago(15)))
    await reminders.take(matched({"I3": (-400, 0)}, "P2", method="write-off", reason="A200", date=days_ago(20)))

    effect = await reminders.desk.read("reports/effect", since=str(days_ago(30)), until=str(TODAY))
    history = await reminders.desk.read("parties/P1/items/I1/reminders")

    assert effect == [
        {
            "level": 1,
            "currency": "EUR",
            "reminders": 2,
            "items": 3,
            "open_amount": 2000,
            "items_paid": 1,
            "paid": 1000,
        }
    ]
    assert [(one["level"], one["generation_date"]) for one in history["items"]] == [(1, str(days_ago(30)))]


async def test_reports_by_level_and_by_age(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1", 1000, due_date=days_ago(40)))
    await reminders.remind()
    await reminders.take(posted("I2", 500, due_date=days_ago(0)), posted("I3", 300, due_date=days_ago(1)))

    levels = await reminders.desk.read("reports/levels")
    ages = await reminders.desk.read("reports/ages", on=str(TODAY))

    assert [(row["level"], row["items"], row["open_amount"]) for row in levels] == [(0, 2, 800), (1, 1, 1000)]
    assert [(row["days_from"], row["days_to"], row["open_amount"]) for row in ages] == [
        (None, None, 500),
        (1, 30, 300),
        (31, 60, 1000),
    ]


async def test_what_was_sent_cannot_be_changed_by_the_service(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())
    await reminders.remind()

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await reminders.rows("UPDATE reminder SET level = 9 RETURNING 1")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await reminders.rows("DELETE FROM reminder_item RETURNING 1")


async def test_a_damaged_document_is_found_by_the_audit(reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())
    await reminders.remind()
    (stored,) = [path for path in reminders.documents.rglob("*") if path.is_file()]

    stored.write_bytes(b"something else")

    (violation,) = (await reminders.desk.read("audit"))["violations"]
    assert violation["invariant"] == "a document's bytes are changed"
