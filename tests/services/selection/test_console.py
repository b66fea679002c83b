"""Waiving open costs in bulk as a clerk types it, against the service over HTTP."""

import csv
import io
import json
import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from openpyxl import load_workbook
from structlog.testing import capture_logs

from console.exits import CHANGED, REFUSED, USAGE, CommandFailed
from tests.chassis.issuer import Issuer
from tests.chassis.serving import serving
from tests.services.selection.conftest import Selection
from tests.services.selection.library import ADMINISTRATION, configured, party, posted, summary
from tests.support.clerk import Clerk, everywhere


@pytest.fixture
async def clerk(app: FastAPI, issuer: Issuer) -> AsyncIterator[Clerk]:
    """A clerk at the command line; the service's log, which is in this same process, is kept out of its output."""
    with capture_logs():
        async with serving(app) as url:
            yield Clerk(issuer, everywhere(url), ADMINISTRATION, "selection", language="nl-BE")


async def library_with(selection: Selection) -> None:
    await selection.take(
        configured(),
        party("P1", name="Lotte"),
        posted("I1", 1250),
        posted("I2", 99),
        posted("I3", 500, status="invoiced"),
    )


async def test_the_first_confirmation_warns_of_credit_that_lies_unmatched(
    selection: Selection, clerk: Clerk, tmp_path: Path
) -> None:
    await library_with(selection)
    await selection.take(posted("C1", -60_000, kind="payment"))
    made = await clerk("run", "--where", "open_amount > 100")
    fixed = await clerk("fix", made["set_id"], "Older debts")
    await clerk("export", fixed["set_id"], "-o", tmp_path / "report.csv")

    screen = await clerk.reads("write-off", fixed["set_id"])

    told = clerk.told.replace("\xa0", " ")
    assert "Van relatie P1 staat 600,00 EUR aan tegoed onafgeletterd open; letter eerst af: " in told
    assert "P1" not in screen


@pytest.mark.requirement("S0.3", "S0.6", "S0.7", "S0.8", "S0.9", "S0.11", "S0.12")
async def test_open_costs_are_waived_in_bulk_on_the_command_line(
    selection: Selection, clerk: Clerk, tmp_path: Path
) -> None:
    await library_with(selection)
    report = tmp_path / "report.csv"
    where = "open_amount > 100 and item_date < 2025-01-01 and status in (O, F)"

    made = await clerk("run", "--where", where, "--maximum", 100_000)
    fixed = await clerk("fix", made["set_id"], "Older debts")
    with pytest.raises(CommandFailed) as unreported:
        await clerk("write-off", fixed["set_id"])
    exported = await clerk("export", fixed["set_id"], "-o", report, "--fields", "party_name,item_id,open_amount")
    asked = await clerk("write-off", fixed["set_id"], "--note", "Old costs")
    told = clerk.told
    right, totals, fingerprint = ("--items", 2), ("--total", "EUR:1750"), ("--fingerprint", asked["fingerprint"])
    with pytest.raises(CommandFailed) as tampered:
        await clerk("confirm", asked["batch_id"], "--items", 3, *totals, *fingerprint)
    with pytest.raises(CommandFailed) as mistaken:
        await clerk("confirm", asked["batch_id"], *right, "--total", "EUR:1749", *fingerprint)
    confirm = ("confirm", asked["batch_id"], *right, *totals, *fingerprint)
    await clerk(*confirm, "--no-wait")
    await selection.work()
    await selection.take(summary(asked["batch_id"], 2, 2))
    done = await clerk(*confirm)

    rows = list(csv.reader(io.StringIO(report.read_text("utf-8-sig")), delimiter=";"))
    assert rows[1:] == [["Lotte", "I1", "12,50"], ["Lotte", "I3", "5,00"]]
    assert (exported["format"], exported["members"], exported["fingerprint"]) == ("csv-nl-BE", 2, fixed["fingerprint"])
    assert (unreported.value.code, tampered.value.code, mistaken.value.code) == (REFUSED, CHANGED, CHANGED)
    assert f"Er is nog niets afgeboekt. Bevestig met: openitems --as e.maes --administration {ADMINISTRATION}" in told
    assert told.endswith(f"selection {shlex.join(map(str, confirm))}")
    assert done["summary"]["written_off_items"] == 2
    assert [batch["state"] for batch in await clerk("write-offs", "--set", fixed["set_id"])] == ["done"]
    assert (await clerk("outcome", asked["batch_id"]))["summary"] == done["summary"]
    assert await clerk("left-out", asked["batch_id"]) == []
    assert [row["members"] for row in await clerk("reports", fixed["set_id"])] == [2]


async def test_sets_are_worked_on_from_the_command_line(selection: Selection, clerk: Clerk) -> None:
    await library_with(selection)
    left = await clerk("run", "--where", "open_amount > 0")
    right = await clerk("run", "--where", "open_amount > 100")

    added = await clerk("run", "--where", "item_id = I2", "--combine", "union", "--with", right["set_id"])
    with pytest.raises(CommandFailed):
        await clerk("run", "--where", "item_id = I2", "--combine", "union")
    both = await clerk("combine", "difference", left["set_id"], right["set_id"])
    parties = await clerk("convert", both["set_id"], "parties")
    unmarked = await clerk("unmark", left["set_id"], "--member", "P1/I1")
    compared = await clerk("compare", left["set_id"])
    fixed = await clerk("fix", right["set_id"], "Big")
    renamed = await clerk("rename", fixed["set_id"], "Bigger")
    archived = await clerk("archive", fixed["set_id"])

    assert added["members"] == 2
    assert (both["members"], parties["members"], unmarked["changed"]) == (1, 1, 1)
    assert (compared["members"], compared["amounts"]) == (1, {"EUR": 1250})
    assert (renamed["name"], archived["archived_at"] is not None) == ("Bigger", True)
    assert await clerk("list", "--fixed") == []
    assert len(await clerk("list", "--fixed", "--archived")) == 1
    assert [row["item_id"] for row in await clerk("members", both["set_id"])] == ["I2"]
    assert await clerk("changes", left["set_id"]) == []
    assert (await clerk("show", left["set_id"]))["members"] == 1


async def test_a_report_is_read_back_from_the_command_line(selection: Selection, clerk: Clerk, tmp_path: Path) -> None:
    await library_with(selection)
    made = await clerk("run", "--where", "open_amount > 0")
    fixed = await clerk("fix", made["set_id"], "First")
    report = tmp_path / "report.csv"
    await clerk("layout-save", "Ids", "--fields", "party_id,item_id")
    await clerk("export", fixed["set_id"], "-o", report, "--format", "csv", "--layout", "Ids")
    report.write_text(report.read_text().replace("P1,I2\n", ""))

    shown = await clerk("read-report", fixed["set_id"], report)
    confirmed = ("--fingerprint", shown["fingerprint"], "--name", "Second")
    second = await clerk("read-report", fixed["set_id"], report, *confirmed)
    with pytest.raises(CommandFailed) as half:
        await clerk("read-report", fixed["set_id"], report, "--name", "Second")

    assert shown["removed"] == [{"currency": "EUR", "members": 1, "amount": 99}]
    assert second["set"]["name"] == "Second"
    assert half.value.code == USAGE
    assert [row["name"] for row in await clerk("layouts")] == ["Ids"]
    assert (await clerk("layout-delete", "Ids"))["name"] == "Ids"


@pytest.mark.requirement("S0.15", "S0.16")
async def test_reports_and_the_black_list_are_there_on_the_command_line(
    selection: Selection, clerk: Clerk, tmp_path: Path
) -> None:
    await library_with(selection)
    book = tmp_path / "customers.xlsx"

    customers = await clerk("customers", "--minimum", 1000)
    added = await clerk("blacklist-add", "--party", "P1", "--reason", "Owes too much", "--until", "2099-01-01")
    listed = await clerk("blacklist")
    await clerk("blacklist-remove", "--party", "P1", "--reason", "Paid")
    await clerk.reads("customers", "-o", book, "--format", "xlsx-nl")

    assert [(row["party_name"], row["party_open_amount"]) for row in customers] == [("Lotte", 1849)]
    assert (added, listed[0]["until"]) == ({"parties": 1}, "2099-01-01")
    assert len(list(load_workbook(book).worksheets[0].iter_rows())) == 2
    assert (await clerk("ageing"))[0]["items"] == 3
    assert {row["grouped_by"] for row in await clerk("totals", "--by", "status")} == {"open", "invoiced"}


@pytest.mark.requirement("S0.2", "S0.14")
async def test_criteria_are_read_back_counted_and_saved_from_the_command_line(
    selection: Selection, clerk: Clerk, tmp_path: Path
) -> None:
    await library_with(selection)
    tree = tmp_path / "criteria.json"
    tree.write_text(json.dumps({"field": "party_open_amount", "operator": "gt", "value": 1000}))

    read = await clerk("criteria", "--criteria-file", tree)
    counted = await clerk("count", "--criteria-file", tree)
    await clerk("save", "Rich", "--criteria-file", tree)
    made = await clerk("run", "--saved", "Rich")
    with pytest.raises(CommandFailed) as cents:
        await clerk("count", "--where", "open_amount > 1.00")

    assert read["text"] == "party_open_amount > 1000"
    assert (counted["hits"], made["members"]) == (2, 2)
    assert [row["name"] for row in await clerk("saved")] == ["Rich"]
    assert (await clerk("forget", "Rich"))["criteria"]["text"] == "party_open_amount > 1000"
    assert await clerk("saved") == []
    assert "hele centen" in cents.value.message
    assert "100" in cents.value.message
    assert {"open_amount", "party_open_amount"} <= {field["name"] for field in await clerk("fields")}
