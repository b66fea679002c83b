"""The account that is given: journals, write-offs, employees, the general ledger, and what of it never changes."""

import csv
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from contracts.operators import AdministrationConfigured
from tests.services.writeoff.causes import uncharged
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import (
    LABEL,
    SEED_JOURNALS,
    configured,
    granted,
    party,
    posted,
    requested,
    reversed_match,
)
from tests.support.desk import Desk


async def some_write_offs(writeoffs: WriteOffs) -> None:
    """12.50 and 3.00 waived in bulk on A920, 0.40 by rule on A990, 9.00 on A100 and taken back; 50.00 received."""
    await writeoffs.take(
        configured(),
        party(branch="Zuid"),
        posted("I1", 1250),
        posted("I2", 300, "registration", branch="Noord"),
        posted("I3", 40, "fine", checkin_id="C1"),
        posted("C1", 900, "contribution"),
        posted("B1", -5000, "payment", journal="K10", item_date="2026-11-22", employee="e.maes"),
        posted("B2", -700, "payment", journal="M90", item_date="2026-11-22", employee="e.maes"),
    )
    await writeoffs.take(requested({"I1": 1250, "I2": 300}), requested({"C1": 900}, journal="A100", employee="j.peers"))
    await writeoffs.take(uncharged(employee="b.bal"))
    matches = [granted(asked) for asked in await writeoffs.published("match-requested")]
    await writeoffs.take(*matches)
    taken_back = next(match for match in matches if match.reason == "A100")
    await writeoffs.take(reversed_match(taken_back, taken_back.match_id, employee="e.maes"))
    await writeoffs.complete()


@pytest.mark.requirement("S4.1", "S4.2")
async def test_the_journals_keep_what_was_received_apart_from_what_was_waived(writeoffs: WriteOffs, desk: Desk) -> None:
    await some_write_offs(writeoffs)

    journals = {row["code"]: row for row in (await desk.read("overviews/journals"))["items"]}

    assert {code for code, row in journals.items() if row["type"] == "A"} == {
        code for code in SEED_JOURNALS if code.startswith("A")
    }
    assert (journals["K10"]["received"], journals["K10"]["waived"]) == (5000, None)
    assert (journals["A920"]["received"], journals["A920"]["waived"]) == (None, 1550)
    assert (journals["A100"]["waived"], journals["A100"]["bookings"]) == (0, 2)
    assert (journals["M90"]["received"], journals["M90"]["waived"]) == (None, None)
    assert journals["A920"]["label_da"] == "Afskrivning"
    assert (journals["A100"]["default_for"], journals["A100"]["base_currency"]) == ('["contributions"]', "EUR")


async def test_a_period_is_one_of_its_year(writeoffs: WriteOffs, desk: Desk) -> None:
    old = posted("I1", 100, item_date="2025-10-01")
    await writeoffs.take(configured(), old, posted("I2", 250), posted("I3", 40))
    asked = [
        requested({name: amount}, date=day)
        for name, amount, day in (("I1", 100, "2025-11-22"), ("I2", 250, "2026-11-22"), ("I3", 40, "2026-11-02"))
    ]
    await writeoffs.take(*asked)
    await writeoffs.take(
        *(
            granted(one, date=one.date, fiscal_year=one.date.year)
            for one in await writeoffs.published("match-requested")
        )
    )

    by_period = (await desk.read("overviews/write-offs", by="period"))["items"]
    file = (await desk.get("overviews/write-offs", by="period", format="csv")).text

    assert [(row["fiscal_year"], row["period"], row["items"], row["amount"]) for row in by_period] == [
        (2025, 11, 1, 100),
        (2026, 11, 2, 290),
    ]
    assert len(file.splitlines()) == 3


@pytest.mark.requirement("S4.1")
async def test_a_used_journal_that_the_configuration_drops_stays_to_be_seen_and_takes_nothing_more(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    await some_write_offs(writeoffs)
    rest = [{"code": code, "type": "A", "label": LABEL, **more} for code, more in SEED_JOURNALS.items()]
    without: AdministrationConfigured = configured(version=2, journals=[j for j in rest if j["code"] != "A920"])

    await writeoffs.take(without, posted("I9", 10), requested({"I9": 10}))
    (dropped,) = [row for row in (await desk.read("overviews/journals"))["items"] if row["code"] == "A920"]

    assert (dropped["is_retired"], dropped["waived"]) == (True, 1550)
    (skipped,) = await writeoffs.rows("SELECT code FROM skipped_line")
    assert skipped["code"] == "retired-journal"


@pytest.mark.requirement("S4.13")
async def test_write_offs_are_summed_by_every_dimension_and_always_to_the_same_total(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    await some_write_offs(writeoffs)
    by: list[list[str]] = [
        [],
        ["journal"],
        ["branch"],
        ["kind"],
        ["rule"],
        ["employee"],
        ["year", "period"],
        ["origin"],
    ]

    sums = {"+".join(one): (await desk.read("overviews/write-offs", by=one))["items"] for one in by if one}

    totals = {
        name: (sum(row["written_off"] for row in rows), sum(row["reversed"] for row in rows))
        for name, rows in sums.items()
    }
    assert set(totals.values()) == {(2490, 900)}
    assert {row["journal"]: row["amount"] for row in sums["journal"]} == {"A100": 0, "A920": 1550, "A990": 40}
    assert {row["branch"]: row["amount"] for row in sums["branch"]} == {"Zuid": 1290, "Noord": 300}
    assert {row["kind"]: row["amount"] for row in sums["kind"]} == {
        "contribution": 0,
        "fine": 1290,
        "registration": 300,
    }
    assert {row["rule"]: row["amount"] for row in sums["rule"]} == {"checkin-cancelled": 40, None: 1550}


@pytest.mark.requirement("S4.13")
@pytest.mark.parametrize(
    ("wanted", "amount"),
    [
        ({"journal": "A920"}, 1550),
        ({"branch": "Noord"}, 300),
        ({"kind": "fine"}, 1290),
        ({"rule": "checkin-cancelled"}, 40),
        ({"employee": "j.peers"}, 900),
        ({"origin": "reversal"}, -900),
        ({"party_id": "P2"}, 0),
        ({"fiscal_year": "2026", "period": "11"}, 1590),
        ({"date_from": "2026-11-03"}, 1550),
        ({"date_to": "2026-11-02"}, 40),
    ],
)
async def test_a_filter_takes_the_same_in_the_sums_and_in_the_lines(
    writeoffs: WriteOffs, desk: Desk, wanted: dict[str, Any], amount: int
) -> None:
    await some_write_offs(writeoffs)

    sums = (await desk.read("overviews/write-offs", **wanted))["items"]
    lines = (await desk.read("write-offs", **wanted))["items"]

    assert sum(row["amount"] for row in sums) == sum(row["amount"] for row in lines) == amount


@pytest.mark.requirement("S4.14", "S4.2")
async def test_what_an_employee_received_on_k_and_b_journals_stands_beside_what_was_waived(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    await some_write_offs(writeoffs)

    rows = (await desk.read("overviews/employees"))["items"]

    assert {(row["employee"], row["day"]): (row["received"], row["waived"], row["reversed"]) for row in rows} == {
        ("e.maes", "2026-11-22"): (5000, 1550, 900),
        ("j.peers", "2026-11-22"): (0, 900, 0),
        ("b.bal", "2026-11-02"): (0, 40, 0),
    }


@pytest.mark.requirement("S4.13")
async def test_the_sums_lead_to_the_lines_the_entry_and_its_cause(writeoffs: WriteOffs, desk: Desk) -> None:
    await some_write_offs(writeoffs)

    (line,) = (await desk.read("write-offs", rule="checkin-cancelled"))["items"]
    entry = await desk.read(f"write-offs/{line['match_id']}")
    (cause,) = (await desk.read("causes", party_id=entry["party_id"]))["items"]
    history = (await desk.read("parties/P1/items/I3/history"))["items"]

    assert [side["amount"] for side in entry["sides"]] == [40, -40]
    assert (cause["topic"], cause["cause_key"]) == (entry["cause_topic"], entry["cause_key"])
    assert cause["event"]["checkin_id"] == "C1"
    assert sorted(one["what"] for one in history) == ["requested", "rule", "written off"]
    assert {one["currency"] for one in history} == {"EUR"}


@pytest.mark.requirement("S4.13")
async def test_pages_of_lines_leave_nothing_out(writeoffs: WriteOffs, desk: Desk) -> None:
    await some_write_offs(writeoffs)
    found: list[str] = []
    cursor: dict[str, Any] = {}

    while True:
        page = await desk.read("write-offs", limit="2", **cursor)
        found += [f"{line['match_id']}:{line['position']}" for line in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}

    assert len(found) == len(set(found)) == 5


@pytest.mark.requirement("S4.13")
async def test_an_overview_comes_as_csv_for_machines_and_for_spreadsheets_and_as_xlsx(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    await some_write_offs(writeoffs)

    machines = (await desk.get("write-offs", format="csv", journal="A920")).text
    people = (await desk.get("overviews/write-offs", format="spreadsheet", journal="A920")).content
    book = load_workbook(io.BytesIO((await desk.get("write-offs", format="xlsx")).content))

    lines = list(csv.DictReader(io.StringIO(machines)))
    assert [line["amount"] for line in lines] == ["12.50", "3.00"]
    assert people.startswith(b"\xef\xbb\xbf")
    assert b";15,50" in people
    rows = list(book.worksheets[0].values)
    assert sum(row[rows[0].index("amount")] for row in rows[1:]) == pytest.approx(15.90)


@pytest.mark.requirement("S4.13")
async def test_the_entries_of_a_period_are_exported_for_the_general_ledger_and_tie_out(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    await some_write_offs(writeoffs)

    answer = await desk.get("periods/2026/11/ledger", format="csv")

    lines = list(csv.DictReader(io.StringIO(answer.text)))
    cents = [(int(line["debit"].replace(".", "")), int(line["credit"].replace(".", ""))) for line in lines]
    assert sum(debit for debit, _ in cents) == sum(credit for _, credit in cents) == 2490 + 900
    waived = sum(d - c for (d, c), line in zip(cents, lines, strict=True) if line["gl_account"] == "6420")
    (owed,) = await writeoffs.rows("SELECT sum(amount - open_amount) AS settled FROM item WHERE amount > 0")
    assert waived == owed["settled"] == 1590


async def test_the_ledger_export_says_foreign_amounts_in_both_currencies_as_decimals(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    journals = [{"code": code, "type": "A", "label": LABEL, **more} for code, more in SEED_JOURNALS.items()]
    foreign = configured(journals=[journal | {"allows_foreign_currency": True} for journal in journals])
    await writeoffs.take(foreign, posted("I1", 500, currency="JPY", base_amount=310))
    line = {"item_id": "I1", "currency": "JPY", "open_amount": 500}
    await writeoffs.take(requested({}, lines=[line]))
    await writeoffs.take(*[granted(asked) for asked in await writeoffs.published("match-requested")])

    machines = (await desk.get("periods/2026/11/ledger", format="csv")).text
    people = (await desk.get("periods/2026/11/ledger", format="spreadsheet")).content.decode("utf-8-sig")

    sides = [
        (side["currency"], side["debit"], side["credit"], side["base_currency"], side["base_amount"])
        for side in csv.DictReader(io.StringIO(machines))
    ]
    assert sides == [("JPY", "500", "0", "EUR", "3.10"), ("JPY", "0", "500", "EUR", "-3.10")]
    assert [side["base_amount"] for side in csv.DictReader(io.StringIO(people), delimiter=";")] == ["3,10", "-3,10"]


async def test_the_ledger_export_names_the_account_that_is_missing(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(configured(gl_links={"debtors": "4000"}), posted("I1"), requested({"I1": 1250}))
    await writeoffs.take(*[granted(asked) for asked in await writeoffs.published("match-requested")])

    refused = await desk.get("periods/2026/11/ledger", format="csv")
    await writeoffs.take(configured(version=2))
    mended = await desk.get("periods/2026/11/ledger", format="csv")

    assert (refused.status_code, refused.json()["code"]) == (422, "account-not-linked")
    assert "A920 (write-off)" in refused.json()["detail"]
    assert "6420" in mended.text


@pytest.mark.parametrize("overview", ["journals", "write-offs", "employees"])
async def test_a_span_of_days_that_ends_before_it_begins_is_refused(
    writeoffs: WriteOffs, desk: Desk, overview: str
) -> None:
    await some_write_offs(writeoffs)

    answer = await desk.get(f"overviews/{overview}", date_from="2026-11-30", date_to="2026-11-01")

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["pointer"]) == (422, "days-reversed", "/date_to")
