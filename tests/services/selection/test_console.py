"""Seed 000 as a clerk types it, against the service over HTTP."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi import FastAPI
from openpyxl import load_workbook
from structlog.testing import capture_logs
from typer.testing import CliRunner

from console.caller import SERVICES, Caller, Target
from console.exits import CHANGED, REFUSED, USAGE, CommandFailed
from console.lazy_commands import group_of
from console.selection import app as commands
from console.session import open_session
from tests.chassis.issuer import Issuer
from tests.chassis.serving import serving
from tests.services.selection.conftest import Selection
from tests.services.selection.library import ADMINISTRATION, configured, party, posted, summary


class CommandLine:
    """`openitems selection …` as e.maes types it."""

    def __init__(self, url: str, issuer: Issuer) -> None:
        token = issuer.token(sub="e.maes", administrations=[ADMINISTRATION], roles=["clerk"])
        target = Target(dict.fromkeys(SERVICES, url), token)
        self.caller = Caller(lambda _employee: target, "e.maes", ADMINISTRATION, "nl-BE")
        self.app = typer.Typer(cls=group_of({}))
        self.app.add_typer(commands, name="selection")

    async def typed(self, *arguments: object) -> Any:
        """What a command writes on standard output, as JSON; raises CommandFailed as the program would end with."""
        words = ["selection", *map(str, arguments), "--json"]
        result = await asyncio.to_thread(CliRunner().invoke, self.app, words, obj=self.caller)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
async def line(app: FastAPI, issuer: Issuer) -> AsyncIterator[CommandLine]:
    """The command line; the service's log, which is in this same process, is kept out of its output."""
    with capture_logs():
        async with serving(app) as url:
            typist = CommandLine(url, issuer)
            yield typist
            for client in open_session(typist.caller)._clients.values():
                client.close()


async def library_with(selection: Selection) -> None:
    await selection.take(
        configured(),
        party("P1", name="Lotte"),
        posted("I1", 1250),
        posted("I2", 99),
        posted("I3", 500, status="invoiced"),
    )


@pytest.mark.requirement("S0.3", "S0.6", "S0.7", "S0.8", "S0.9", "S0.11", "S0.12")
async def test_the_seed_is_followed_on_the_command_line(
    selection: Selection, line: CommandLine, tmp_path: Path
) -> None:
    await library_with(selection)
    report = tmp_path / "report.csv"
    where = "open_amount > 100 and item_date < 2025-01-01 and status in (O, F)"

    made = await line.typed("run", "--where", where, "--maximum", 100_000)
    fixed = await line.typed("fix", made["set_id"], "Older debts")
    with pytest.raises(CommandFailed) as unreported:
        await line.typed("write-off", fixed["set_id"])
    exported = await line.typed("export", fixed["set_id"], "-o", report, "--fields", "party_name,item_id,open_amount")
    asked = await line.typed("write-off", fixed["set_id"], "--note", "seed")
    right, totals, fingerprint = ("--items", 2), ("--total", "EUR:1750"), ("--fingerprint", asked["fingerprint"])
    with pytest.raises(CommandFailed) as tampered:
        await line.typed("confirm", asked["batch_id"], "--items", 3, *totals, *fingerprint)
    with pytest.raises(CommandFailed) as mistaken:
        await line.typed("confirm", asked["batch_id"], *right, "--total", "EUR:1749", *fingerprint)
    confirm = ("confirm", asked["batch_id"], *right, *totals, *fingerprint)
    await line.typed(*confirm, "--no-wait")
    await selection.work()
    await selection.take(summary(asked["batch_id"], 2, 2))
    done = await line.typed(*confirm)

    rows = list(csv.reader(io.StringIO(report.read_text("utf-8-sig")), delimiter=";"))
    assert rows[1:] == [["Lotte", "I1", "12,50"], ["Lotte", "I3", "5,00"]]
    assert (exported["format"], exported["members"], exported["fingerprint"]) == ("csv-nl-BE", 2, fixed["fingerprint"])
    assert (unreported.value.code, tampered.value.code, mistaken.value.code) == (REFUSED, CHANGED, CHANGED)
    assert done["summary"]["written_off_items"] == 2
    assert [batch["state"] for batch in await line.typed("write-offs", "--set", fixed["set_id"])] == ["done"]
    assert (await line.typed("outcome", asked["batch_id"]))["summary"] == done["summary"]
    assert await line.typed("left-out", asked["batch_id"]) == []
    assert [row["members"] for row in await line.typed("reports", fixed["set_id"])] == [2]


async def test_sets_are_worked_on_from_the_command_line(selection: Selection, line: CommandLine) -> None:
    await library_with(selection)
    left = await line.typed("run", "--where", "open_amount > 0")
    right = await line.typed("run", "--where", "open_amount > 100")

    added = await line.typed("run", "--where", "item_id = I2", "--combine", "union", "--with", right["set_id"])
    with pytest.raises(CommandFailed):
        await line.typed("run", "--where", "item_id = I2", "--combine", "union")
    both = await line.typed("combine", "difference", left["set_id"], right["set_id"])
    parties = await line.typed("convert", both["set_id"], "parties")
    unmarked = await line.typed("unmark", left["set_id"], "--member", "P1/I1")
    compared = await line.typed("compare", left["set_id"])
    fixed = await line.typed("fix", right["set_id"], "Big")
    renamed = await line.typed("rename", fixed["set_id"], "Bigger")
    archived = await line.typed("archive", fixed["set_id"])

    assert added["members"] == 2
    assert (both["members"], parties["members"], unmarked["changed"]) == (1, 1, 1)
    assert (compared["members"], compared["amounts"]) == (1, {"EUR": 1250})
    assert (renamed["name"], archived["archived_at"] is not None) == ("Bigger", True)
    assert await line.typed("list", "--fixed") == []
    assert len(await line.typed("list", "--fixed", "--archived")) == 1
    assert [row["item_id"] for row in await line.typed("members", both["set_id"])] == ["I2"]
    assert await line.typed("changes", left["set_id"]) == []
    assert (await line.typed("show", left["set_id"]))["members"] == 1


async def test_a_report_is_read_back_from_the_command_line(
    selection: Selection, line: CommandLine, tmp_path: Path
) -> None:
    await library_with(selection)
    made = await line.typed("run", "--where", "open_amount > 0")
    fixed = await line.typed("fix", made["set_id"], "First")
    report = tmp_path / "report.csv"
    await line.typed("layout-save", "Ids", "--fields", "party_id,item_id")
    await line.typed("export", fixed["set_id"], "-o", report, "--format", "csv", "--layout", "Ids")
    report.write_text(report.read_text().replace("P1,I2\n", ""))

    shown = await line.typed("read-report", fixed["set_id"], report)
    confirmed = ("--fingerprint", shown["fingerprint"], "--name", "Second")
    second = await line.typed("read-report", fixed["set_id"], report, *confirmed)
    with pytest.raises(CommandFailed) as half:
        await line.typed("read-report", fixed["set_id"], report, "--name", "Second")

    assert shown["removed"] == [{"currency": "EUR", "members": 1, "amount": 99}]
    assert second["set"]["name"] == "Second"
    assert half.value.code == USAGE
    assert [row["name"] for row in await line.typed("layouts")] == ["Ids"]
    assert (await line.typed("layout-delete", "Ids"))["name"] == "Ids"


@pytest.mark.requirement("S0.15", "S0.16")
async def test_reports_and_the_black_list_are_there_on_the_command_line(
    selection: Selection, line: CommandLine, tmp_path: Path
) -> None:
    await library_with(selection)
    book = tmp_path / "customers.xlsx"

    customers = await line.typed("customers", "--minimum", 1000)
    added = await line.typed("blacklist-add", "--party", "P1", "--reason", "Owes too much", "--until", "2099-01-01")
    listed = await line.typed("blacklist")
    await line.typed("blacklist-remove", "--party", "P1", "--reason", "Paid")
    await asyncio.to_thread(
        CliRunner().invoke,
        line.app,
        ["selection", "customers", "-o", str(book), "--format", "xlsx-nl"],
        obj=line.caller,
    )

    assert [(row["party_name"], row["party_open_amount"]) for row in customers] == [("Lotte", 1849)]
    assert (added, listed[0]["until"]) == ({"parties": 1}, "2099-01-01")
    assert len(list(load_workbook(book).worksheets[0].iter_rows())) == 2
    assert (await line.typed("ageing"))[0]["items"] == 3
    assert {row["grouped_by"] for row in await line.typed("totals", "--by", "status")} == {"open", "invoiced"}


@pytest.mark.requirement("S0.2", "S0.14")
async def test_criteria_are_read_back_counted_and_saved_from_the_command_line(
    selection: Selection, line: CommandLine, tmp_path: Path
) -> None:
    await library_with(selection)
    tree = tmp_path / "criteria.json"
    tree.write_text(json.dumps({"field": "party_open_amount", "operator": "gt", "value": 1000}))

    read = await line.typed("criteria", "--criteria-file", tree)
    counted = await line.typed("count", "--criteria-file", tree)
    await line.typed("save", "Rich", "--criteria-file", tree)
    made = await line.typed("run", "--saved", "Rich")
    with pytest.raises(CommandFailed) as cents:
        await line.typed("count", "--where", "open_amount > 1.00")

    assert read["text"] == "party_open_amount > 1000"
    assert (counted["hits"], made["members"]) == (2, 2)
    assert [row["name"] for row in await line.typed("saved")] == ["Rich"]
    assert (await line.typed("forget", "Rich"))["criteria"]["text"] == "party_open_amount > 1000"
    assert await line.typed("saved") == []
    assert "hele centen" in cents.value.message
    assert "100" in cents.value.message
    assert {"open_amount", "party_open_amount"} <= {field["name"] for field in await line.typed("fields")}
