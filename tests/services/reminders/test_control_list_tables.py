"""The control list as a clerk reads it: whom it is about, in groups with what each comes to, and where letters are."""

from pathlib import Path

import pytest

from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import TODAY, configured, days_ago, party, posted
from tests.support.clerk import Clerk

ON = ("--on", str(TODAY))


@pytest.mark.requirement("S2.22")
async def test_what_is_left_out_is_told_of_the_debtors_that_were_asked_for(clerk: Clerk, reminders: Reminders) -> None:
    parties = ("P1", "P2", "P3")
    await reminders.take(configured(), *(party(name) for name in parties))
    await reminders.take(*(posted(f"I{name}", party_id=name, blocked=True) for name in parties), posted("I9"))

    of_one = await clerk("list", *ON, "--left-out", "--party", "P1")
    of_two = await clerk("list", *ON, "--left-out", "--party", "P2..P3")
    of_all = await clerk("list", *ON, "--left-out")

    assert [(row["item_id"], row["reason"]) for row in of_one] == [("IP1", "blocked")]
    assert [row["item_id"] for row in of_two] == ["IP2", "IP3"]
    assert [row["item_id"] for row in of_all] == ["IP1", "IP2", "IP3"]


@pytest.mark.requirement("S2.22", "S2.23")
async def test_a_grouped_list_has_headings_and_subtotals_per_currency(clerk: Clerk, reminders: Reminders) -> None:
    invoice = {"document_id": "D1", "name": "invoice.pdf", "uri": "https://docs.example/D1"}
    await reminders.take(configured(), party(branch="west"), party("P2", name="Bo", branch="east"))
    await reminders.take(
        posted("I1", 1_250, documents=[invoice]),
        posted("I2", 700, currency="DKK", base_amount=100),
        posted("I3", 50, party_id="P2"),
    )

    table = await clerk.reads("list", *ON, "--group-by", "branch")
    lines = [" ".join(line.split()) for line in table.splitlines() if line.strip()]
    by_debtor = await clerk.reads("list", *ON, "--group-by", "debtor")

    headings = [place for place, line in enumerate(lines) if line in {"branch east", "branch west", "total"}]
    assert [lines[place] for place in headings] == ["branch east", "branch west", "total"]
    assert lines[headings[1] - 2 : headings[1]] == ["items 1", "totals €0.50"]
    assert lines[headings[2] - 2 : headings[2]] == ["items 2", "totals €12.50, DKK7.00"]
    assert lines[-2:] == ["items 3", "totals €13.00, DKK7.00"]
    assert "https://docs.example/D1" in table
    assert "debtor P2 Bo" in by_debtor


@pytest.mark.requirement("S2.23")
async def test_the_table_says_when_the_debtor_was_last_reminded_and_where_the_letter_is(
    clerk: Clerk, reminders: Reminders, tmp_path: Path
) -> None:
    hostile = "../P 1/*"
    await reminders.take(configured(), party(hostile), posted("I1", party_id=hostile))
    run = await clerk("run", "--on", str(days_ago(20)))
    await clerk("issue", run["run_id"], "--confirm", run["fingerprint"], "--letters", str(tmp_path / "letters"))
    await reminders.echo()
    await reminders.take(posted("I2", party_id=hostile))

    (letter,) = (tmp_path / "letters").iterdir()
    (reminder,) = await clerk("letters", run["run_id"])
    listed = {row["item_id"]: row for row in await clerk("list", *ON)}
    table = await clerk.reads("list", *ON)

    assert letter.name == reminder["document_name"] == f"---P-1---{reminder['number']}-{days_ago(20)}.pdf"
    assert listed["I2"]["party_reminded_on"] == str(days_ago(20))
    assert (listed["I2"]["reminded_on"], listed["I2"]["documents"]) == (None, [])
    assert [one["name"] for one in listed["I1"]["documents"]] == [letter.name]
    assert f"{letter.name} ({reminder['document_id']})" in table
    assert "debtor last reminded" in table
