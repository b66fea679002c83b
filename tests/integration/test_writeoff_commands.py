"""`openitems writeoff …`, against the running service and the ledger, as a clerk types it."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.settings import ServiceName
from console.exits import CommandFailed
from services.writeoff.app import SERVICE
from tests.brokers.choice import TestBroker
from tests.chassis.issuer import Issuer
from tests.chassis.serving import serving
from tests.databases import FreshDatabase
from tests.integration.stack import Running, drained, running_together, send
from tests.services.writeoff.causes import uncharged
from tests.services.writeoff.library import ADMINISTRATION, posted
from tests.services.writeoff.test_runs import LAST_MONTH_END, books, contribution
from tests.support.clerk import Clerk, everywhere
from tests.support.desk import app_of


@pytest.fixture
async def services(database: FreshDatabase, broker: TestBroker) -> AsyncIterator[dict[ServiceName, Running]]:
    """The write-off service and the ledger that answers it."""
    assert broker.bootstrap, "the services find it in the environment"
    async with running_together(database, ("matching", "writeoff")) as running:
        yield running


@pytest.fixture
async def clerk(services: dict[ServiceName, Running], tmp_path: Path) -> AsyncIterator[Clerk]:
    issuer = Issuer(tmp_path / "jwks.json")
    async with serving(app_of(SERVICE, services["writeoff"].runtime, issuer)) as url:
        yield Clerk(issuer, everywhere(url), ADMINISTRATION, "writeoff")


LIBRARY = (
    books(write_offs={"clerk_item_limit": 2000}, write_off_rules=[]),
    posted("I1", 1250),
    posted("I2", 5000),
    posted("I3", 40, "fine", checkin_id="C1"),
    posted("I4", 77, "registration", journal="V99"),
    contribution("C1", LAST_MONTH_END - timedelta(days=150), party_id="P2"),
    uncharged(),
)


@pytest.mark.slow
@pytest.mark.requirement("S4.3", "S4.4", "S4.13", "S4.14")
async def test_a_clerk_waives_an_item_takes_it_back_and_another_approves_what_is_above_a_limit(
    clerk: Clerk, services: dict[ServiceName, Running]
) -> None:
    await send(*LIBRARY)
    await drained(services.values())
    wish = ("item", "P1", "I1", "--note", "Wrong branch")

    shown = await clerk(*wish)
    follows = clerk.told
    with pytest.raises(CommandFailed, match="A reason, that is an A-journal, must be chosen"):
        await clerk(*wish, "--confirm", shown["fingerprint"])
    waived = await clerk(*wish, "--default-reasons", "--confirm", shown["fingerprint"])
    with pytest.raises(CommandFailed, match="open_amount 1250 then, 0 now"):
        await clerk(*wish, "--default-reasons", "--confirm", shown["fingerprint"])
    back = await clerk("reverse", waived["match_id"])
    done = await clerk("reverse", waived["match_id"], "--note", "Paid after all", "--confirm", back["fingerprint"])
    above = await clerk("item", "P1", "I2", "--reason", "A200")
    held = await clerk("item", "P1", "I2", "--reason", "A200", "--confirm", above["fingerprint"])
    waiting = await clerk("approvals")
    approved = await clerk.as_employee("chief", "approver", "clerk")("approve", held["request_id"], "--note", "Agreed")

    assert follows.endswith(
        f"writeoff item P1 I1 --note 'Wrong branch' --default-reasons --confirm {shown['fingerprint']}"
    )
    (line,) = waived["lines"]
    assert (waived["state"], line["written_off"], line["journal"]) == ("answered", 1250, "A200")
    assert done["answers"][0]["amount"] == -1250
    assert [one["request_id"] for one in waiting] == [held["request_id"]]
    assert (approved["state"], approved["lines"][0]["written_off"]) == ("answered", 5000)
    assert [row["approved_by"] for row in await clerk("lines") if row["item_id"] == "I2"] == ["chief"]
    assert "chief" in await clerk.reads("lines")
    (own,) = [row for row in await clerk("employees") if row["employee"] == "e.maes" and row["reversed"]]
    assert own["reversed"] == 1250
    assert [row["what"] for row in await clerk("history", "P1", "I1")] == ["requested", "written off", "taken back"]


@pytest.mark.slow
@pytest.mark.requirement("S4.1", "S4.8", "S4.10", "S4.13")
async def test_the_months_end_and_a_conversion_are_run_and_the_overviews_show_them(
    clerk: Clerk, services: dict[ServiceName, Running], tmp_path: Path
) -> None:
    await send(*LIBRARY)
    await drained(services.values())
    file = tmp_path / "overview.csv"

    summary = await clerk("month-end", str(LAST_MONTH_END))
    (due,) = await clerk("month-end", str(LAST_MONTH_END), "--items")
    ended = await clerk("month-end", str(LAST_MONTH_END), "--confirm", summary["fingerprint"])
    moved = await clerk("conversion", "--journal", "V99")
    await clerk("conversion", "--journal", "V99", "--confirm", moved["fingerprint"])
    await drained(services.values())
    await clerk.reads("overview", "--by", "kind", "--output", str(file), "--spreadsheet")

    assert (due["item_id"], ended["outcomes"]) == ("C1", {"asked": 1})
    sums = {row["journal"]: row["amount"] for row in await clerk("overview", "--by", "journal")}
    assert sums == {"A910": 600, "A911": 600, "A929": 77, "A990": 40}
    assert {row["code"] for row in await clerk("journals") if row["waived"]} == set(sums)
    assert "Write-off" in await clerk.reads("journals")
    assert "A929" in await clerk.reads("overview")
    assert "A990" in await clerk.reads("lines", "--where", "rule=checkin-cancelled")
    assert b"fine" in file.read_bytes()


@pytest.mark.requirement("S4.7", "S4.12")
async def test_rules_are_tried_dry_and_their_outcomes_read(
    clerk: Clerk, services: dict[ServiceName, Running], tmp_path: Path
) -> None:
    await send(books(), posted("I3", 40, "fine", checkin_id="C1"), uncharged())
    await drained(services.values())
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"party_id": "P1", "checkin_id": "C1", "cancelled_on": "2026-11-02"}))

    (tried,) = await clerk("dry-run", "checkin-cancelled", str(event))
    (cause,) = await clerk("causes", "--party", "P1")
    (outcome,) = await clerk("outcomes", "--code", "asked")
    rules = await clerk("rules")

    assert tried["code"] == "nothing-open"
    assert (cause["cause_key"], outcome["rule"]) == ("C1", "checkin-cancelled")
    assert len(rules) == 10


@pytest.mark.requirement("S4.13")
async def test_the_period_is_exported_and_its_check_tells_what_is_missing(
    clerk: Clerk, services: dict[ServiceName, Running], tmp_path: Path
) -> None:
    await send(books(), posted("I3", 40, "fine", checkin_id="C1", party_id="P1"), uncharged())
    await drained(services.values())
    (line,) = await clerk("lines")
    period = (str(line["fiscal_year"]), str(line["period"]))
    file = tmp_path / "ledger.csv"

    await clerk.reads("ledger", *period, "--output", str(file))
    check = await clerk("seal", *period)

    assert file.read_text().count("\n") == 3
    assert "is open in the administration's configuration" in check["problems"][0]
    assert any(row["entries"] for row in await clerk("periods"))
