"""`openitems reminders …`, against the running service, as a clerk types it."""

import json
from pathlib import Path
from zipfile import ZipFile

import pytest
import typer

from console.exits import CommandFailed
from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import SENDER, TODAY, changed, configured, days_ago, party, posted
from tests.services.reminders.messages import BOUNCE, sent_message
from tests.services.reminders.test_operators_page import COMMANDS
from tests.support.clerk import Clerk

ON = ("--on", str(TODAY))


@pytest.mark.requirement("S2.1", "S2.7", "S2.12", "S2.15")
async def test_from_the_list_over_the_run_to_the_letters(clerk: Clerk, reminders: Reminders, tmp_path: Path) -> None:
    await reminders.take(configured(), party("P1"), party("P2"), posted("I1"), posted("I2", party_id="P2"))

    listed = await clerk("list", *ON, "--party", "P1..P9", "--age", "15..", "--debtors", "balance-positive")
    summary = await clerk("list", *ON, "--party", "P1", "--summary")
    run = await clerk("run", *ON)
    await clerk("leave-out", run["run_id"], "P2", "--note", "Promised to pay")
    shown = await clerk("show", run["run_id"])
    only_told = await clerk("issue", run["run_id"])
    issued = await clerk("issue", run["run_id"], "--confirm", shown["fingerprint"], "--letters", str(tmp_path / "out"))

    assert [item["item_id"] for item in listed] == ["I1", "I2"]
    assert (summary["items"], summary["left_out"][0]["code"]) == (1, "other-debtor")
    assert (only_told["state"], only_told["reminders"]) == ("listed", 0)
    assert (issued["state"], issued["reminders"]) == ("issued", 1)
    (letter,) = (tmp_path / "out").iterdir()
    assert letter.read_bytes().startswith(b"%PDF-")
    (sent,) = await clerk("history", "P1")
    assert (sent["level"], sent["generation_date"]) == (1, str(TODAY))


async def test_credit_that_lies_unmatched_is_said_before_anybody_is_reminded(
    clerk: Clerk, reminders: Reminders
) -> None:
    await reminders.take(configured(), party("P1"), party("P2"), posted("I1", 70_000), posted("I2", party_id="P2"))
    await reminders.take(posted("C1", -60_000, kind="payment"))
    run = await clerk("run", *ON)
    warning = "600.00 EUR of credit of party P1 lies unmatched; match first: "

    await clerk.reads("list", *ON)
    listed = clerk.told
    summary = await clerk("list", *ON, "--summary")
    await clerk.reads("issue", run["run_id"], "--dry-run")
    foreseen = clerk.told
    dutch = clerk.in_language("nl")
    await dutch.reads("list", *ON, "--summary")

    assert warning in listed
    assert "matching settle --party P1" in listed
    assert summary["unmatched_credits"]["totals"] == {"EUR": 60_000}
    assert warning in foreseen
    assert "Van relatie P1 staat 600,00 EUR aan tegoed onafgeletterd open" in dutch.told.replace("\xa0", " ")


async def test_a_dry_run_says_who_and_what_would_be_dropped_and_why(clerk: Clerk, reminders: Reminders) -> None:
    await reminders.take(configured(), party("P1"), party("P2", channel="e-mail"))
    await reminders.take(posted("I1", 123_456), posted("I2"), posted("I3", party_id="P2"))
    run = await clerk("run", *ON)
    await reminders.take(changed("I2", blocked=True))

    debtors = await clerk("issue", run["run_id"], "--dry-run")
    told = await clerk.reads("issue", run["run_id"], "--dry-run")
    follows = clerk.told.rpartition("To send: ")[2]

    assert follows.endswith(f"reminders issue {run['run_id']} --confirm {run['fingerprint']}")
    assert [[item["code"] for item in debtor["dropped"]] for debtor in debtors] == [["blocked"], ["missing-email"]]
    assert [[one["totals"] for one in debtor["reminders"]] for debtor in debtors] == [[{"EUR": 123_456}], []]
    lines = [line.split() for line in told.splitlines()]
    assert [line[:3] for line in lines[1:3]] == [["P1", "I2", "blocked"], ["P2", "I3", "missing-email"]]
    assert all(words in told for words in ("letter 1", "€1,234.56", "blocked 1, missing-email 1"))
    assert await reminders.published("reminder-issued") == []
    assert (await clerk("show", run["run_id"]))["state"] == "listed"


async def test_a_dry_run_is_not_confirmed(clerk: Clerk, reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())
    run = await clerk("run", *ON)

    with pytest.raises(CommandFailed, match="--dry-run") as failure:
        await clerk("issue", run["run_id"], "--dry-run", "--confirm", run["fingerprint"])

    assert failure.value.code == 2


async def test_a_run_that_was_issued_tells_what_was_issued_dropped_and_left_out(
    clerk: Clerk, reminders: Reminders
) -> None:
    await reminders.take(configured(), party("P1"), party("P2"), posted("I1", 123_456), posted("I2", party_id="P2"))
    await reminders.take(posted("I3", 500, currency="DKK"), posted("I4"), posted("I5"), posted("I6", -50))
    run = await clerk("run", *ON)
    await reminders.take(changed("I4", blocked=True))
    await clerk("leave-out", run["run_id"], "P1", "I5", "--note", "In dispute")
    before = await clerk("show", run["run_id"])

    await clerk("issue", run["run_id"], "--confirm", before["fingerprint"])
    after = await clerk("show", run["run_id"])
    told = await clerk.reads("show", run["run_id"])

    assert [before[name] for name in ("listed_items", "items", "parties", "left_out_by_clerk")] == [5, 4, 2, 1]
    assert [after[name] for name in ("listed_items", "items", "parties", "left_out_by_clerk")] == [5, 0, 0, 1]
    assert [after[name] for name in ("reminders", "issued_items", "issued_parties", "dropped_items")] == [2, 3, 2, 1]
    lines = {line.split("  ")[0]: line.split()[-1] for line in told.splitlines()}
    assert (lines["items listed"], lines["items reminded"], lines["parties reminded"]) == ("5", "3", "2")
    assert (lines["items dropped"], lines["left out by a clerk"]) == ("1", "1")
    assert "blocked 1" in told
    assert "credit-note 1" in told
    assert "items" not in lines


async def test_what_a_letter_asks_for_is_shown_as_people_write_it(clerk: Clerk, reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1", 123_456), posted("I2", 500, currency="DKK"))
    run = await clerk("run", *ON)
    await clerk("issue", run["run_id"], "--confirm", run["fingerprint"])

    letters = await clerk.reads("letters", run["run_id"])
    history = await clerk.reads("history", "P1")

    assert "DKK5.00 + €1,234.56" in letters
    assert "DKK5.00 + €1,234.56" in history


async def test_leaving_out_without_saying_why_is_wrong_usage(clerk: Clerk, reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())
    run = await clerk("run", *ON)

    with pytest.raises(typer.BadParameter, match="note"):
        await clerk("leave-out", run["run_id"], "P1")


async def test_a_run_that_changed_is_not_issued(clerk: Clerk, reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted())
    run = await clerk("run", *ON)

    with pytest.raises(CommandFailed, match="not what was approved") as failure:
        await clerk("issue", run["run_id"], "--confirm", "1-0000000000000000")

    assert failure.value.code == 4


@pytest.mark.requirement("S2.22", "S2.23")
async def test_the_list_is_exported_for_spreadsheets_and_for_programs(
    clerk: Clerk, reminders: Reminders, tmp_path: Path
) -> None:
    invoice = {"document_id": "D1", "name": "invoice.pdf", "uri": "https://docs.example/D1"}
    await reminders.take(configured(), party(name="=1+1"), posted("I1", 123_456, documents=[invoice]))
    await reminders.take(posted("C1", -50))

    spreadsheet, machine, workbook = tmp_path / "list.csv", tmp_path / "list.ndjson", tmp_path / "list.xlsx"
    await clerk("list", *ON, "--credit-notes", "--export", str(spreadsheet), "--format", "spreadsheet")
    await clerk("list", *ON, "--credit-notes", "--export", str(machine), "--format", "ndjson")
    await clerk("list", *ON, "--credit-notes", "--export", str(workbook), "--format", "xlsx")

    text = spreadsheet.read_bytes().decode("utf-8-sig")
    assert "'=1+1" in text
    assert "1234,56" in text
    assert ";-0,50;" in text
    assert "https://docs.example/D1" in text
    lines = [json.loads(line) for line in machine.read_text("utf-8").splitlines()]
    assert [line.get("item_id") for line in lines] == ["C1", "I1", None]
    assert lines[-1] == {"end": {"rows": 2}}
    with ZipFile(workbook) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<v>1234.56</v>" in sheet
    assert "<v>-0.5" in sheet


async def test_why_an_item_is_not_reminded_and_what_reminders_brought_in(clerk: Clerk, reminders: Reminders) -> None:
    await reminders.take(configured(), party(), posted("I1", blocked=True), posted("I2"))
    run = await clerk("run", "--on", str(days_ago(20)))
    await clerk("issue", run["run_id"], "--confirm", run["fingerprint"])

    explained = await clerk("explain", "P1", "I1", *ON)
    levels = await clerk("report", "levels")
    ages = await clerk("report", "ages", *ON)
    effect = await clerk("report", "effect", "--since", str(days_ago(30)), "--until", str(TODAY))

    assert (explained["listed"], explained["code"]) == (False, "blocked")
    assert [row["level"] for row in levels] == [0, 1]
    assert sum(row["items"] for row in ages) == 2
    assert [(row["level"], row["reminders"], row["paid"]) for row in effect] == [(1, 1, 0)]


async def test_previews_test_letters_and_an_undo_send_nothing(
    clerk: Clerk, reminders: Reminders, tmp_path: Path
) -> None:
    await reminders.take(configured(), party(), posted())
    run = await clerk("run", *ON)

    await clerk("preview", run["run_id"], "P1", str(tmp_path / "preview.pdf"))
    await clerk("test-letter", str(tmp_path / "test.pdf"), "--letter-language", "da", "--level", "2")
    undone = await clerk("undo", run["run_id"], "--note", "Wrong day")
    runs = await clerk("runs")

    assert all(path.read_bytes().startswith(b"%PDF-") for path in tmp_path.glob("*.pdf"))
    assert (undone["state"], [one["state"] for one in runs]) == ("undone", ["undone"])
    assert await clerk("emails") == []
    assert await reminders.published("reminder-issued") == []


async def test_a_notification_is_handed_in_from_its_file_as_often_as_one_likes(
    clerk: Clerk, reminders: Reminders, tmp_path: Path
) -> None:
    await reminders.take(configured(sender={**SENDER, "email": "post@bib.example"}))
    await reminders.take(party(channel="e-mail", email="lotte@example.org"), posted())
    run = await clerk("run", *ON)
    await clerk("issue", run["run_id"], "--confirm", run["fingerprint"])
    file = tmp_path / "returned.eml"
    file.write_bytes(BOUNCE.format(message_id=await sent_message(reminders, tmp_path)).encode())

    answers = [await clerk("bounce", str(file)) for _ in range(2)]
    (bounced,) = await clerk("emails", "--state", "bounced")

    assert [(answer["state"], answer["status"]) for answer in answers] == [("failed", "5.1.1")] * 2
    assert bounced["reminder_id"] == answers[0]["reminder_id"]


async def test_what_the_page_for_operators_shows_runs_as_it_is_shown(
    clerk: Clerk, reminders: Reminders, tmp_path: Path
) -> None:
    await reminders.take(configured(sender={**SENDER, "email": "post@bib.example"}))
    await reminders.take(party(channel="e-mail", email="lotte@example.org"), posted(), posted("I2", party_id="P2"))
    sent = await clerk("run", *ON)
    await clerk("issue", sent["run_id"], "--confirm", sent["fingerprint"])
    returned = tmp_path / "returned.eml"
    returned.write_bytes(BOUNCE.format(message_id=await sent_message(reminders, tmp_path)).encode())
    await reminders.take(party("P2"))
    waiting = await clerk("run", *ON)
    files = {"bounce": str(returned), "test-letter": str(tmp_path / "test.pdf")}

    shown = [line.split()[2:] for line in COMMANDS if line.startswith("openitems reminders ")]
    answers = {
        " ".join(words): await clerk(
            *({"RUN": waiting["run_id"], "FILE": files.get(words[0], "")}.get(word, word) for word in words)
        )
        for words in shown
    }

    assert answers["bounce FILE"]["state"] == "failed"
    assert [row["state"] for row in answers["emails --state bounced"]] == ["bounced"]
    assert [debtor["party_id"] for debtor in answers["issue RUN --dry-run"]] == ["P2"]
    assert "dk-reference" in {row["series"] for row in answers["rates"]}
    assert Path(answers["test-letter FILE"]["file"]).read_bytes().startswith(b"%PDF-")


async def test_the_rates_of_a_series_are_shown_with_their_sources(clerk: Clerk, reminders: Reminders) -> None:
    await reminders.take(configured())

    shown = await clerk("rates", "dk-reference")

    assert {row["series"] for row in shown} == {"dk-reference"}
    assert (shown[-1]["last"], "Renteloven" in shown[-1]["source"]) == ("2026-06-30", True)


@pytest.mark.parametrize("words", [("--age", "young"), ("--party", "P1..P2", "--party", "P3")])
async def test_what_cannot_be_meant_is_wrong_usage(clerk: Clerk, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandFailed) as failure:
        await clerk("list", *words)

    assert failure.value.code == 2
