"""Open items per customer, ageing, totals; on the screen, as CSV, as a workbook, as JSON. And the black list."""

import csv
import io
import json
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from tests.services.selection.conftest import Selection, SelectionDesk, refusal
from tests.services.selection.library import TODAY, configured, party, posted


def due(days_overdue: int) -> dict[str, str]:
    return {"due_date": (TODAY - timedelta(days=days_overdue)).isoformat()}


async def library_with(selection: Selection) -> None:
    await selection.take(
        configured(),
        party("P1", name="Anna"),
        party("P2", name="Bo"),
        posted("I1", 1000, **due(0)),
        posted("I2", 200, **due(1)),
        posted("I3", 30, **due(30)),
        posted("I4", 4, party_id="P2", **due(31), status="invoiced"),
        posted("I5", 50, party_id="P2", **due(60)),
        posted("I6", 600, party_id="P2", **due(61), branch="b1"),
        posted("I7", 7000, party_id="P2", **due(90)),
        posted("I8", 80000, party_id="P2", **due(91)),
        posted("I9", -5, party_id="P2", currency="DKK", kind="credit-note", **due(5)),
    )


@pytest.mark.requirement("S0.15")
async def test_open_items_per_customer_begin_at_a_minimum_per_customer(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection)

    all_of_them = (await desk.read("reports/customers"))["items"]
    exactly = (await desk.read("reports/customers", minimum=1230))["items"]
    one_more = (await desk.read("reports/customers", minimum=1231))["items"]
    paged = await desk.read("reports/customers", limit=1)

    assert [(row["party_name"], row["party_open_items"], row["party_open_amount"]) for row in all_of_them] == [
        ("Anna", 3, 1230),
        ("Bo", 5, 87654),
    ]
    assert [row["party_id"] for row in exactly] == ["P1", "P2"]
    assert [row["party_id"] for row in one_more] == ["P2"]
    rest = await desk.read("reports/customers", limit=1, cursor=paged["next"])
    assert [row["party_id"] for row in rest["items"]] == ["P2"]


async def test_reports_are_of_debtors_unless_suppliers_are_asked_for(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    await selection.take(party("S1", kind="creditor", name="Boekhandel"), posted("I10", 4400, party_id="S1", **due(5)))

    customers = {
        kind: [row["party_id"] for row in (await desk.read("reports/customers", kind=kind))["items"]]
        for kind in ("debtor", "creditor", "all")
    }
    unasked = await desk.read("reports/customers")
    exported = await desk.text("reports/customers/export", format="json")
    ageing = {kind: await desk.read("reports/ageing", kind=kind) for kind in ("debtor", "creditor", "all")}
    totals = {kind: await desk.read("reports/totals", by="kind", kind=kind) for kind in ("debtor", "creditor", "all")}

    assert customers == {"debtor": ["P1", "P2"], "creditor": ["S1"], "all": ["P1", "P2", "S1"]}
    assert [row["party_id"] for row in unasked["items"]] == ["P1", "P2"]
    assert "S1" not in exported
    for report in (ageing, totals):
        euros = {
            kind: sum(row["open_amount"] for row in rows if row["currency"] == "EUR") for kind, rows in report.items()
        }
        assert euros == {"debtor": 88884, "creditor": 4400, "all": 93284}


async def test_an_item_without_a_branch_is_one_of_its_partys(selection: Selection, desk: SelectionDesk) -> None:
    await selection.take(
        configured(),
        party("P1", branch="west"),
        posted("I1", 100),
        posted("I2", 20, branch="east"),
        posted("I3", 3, party_id="P9"),
    )

    made = await desk.do("sets", {"criteria": "branch = west"})
    members = (await desk.read(f"sets/{made['set_id']}/members"))["items"]
    totals = await desk.read("reports/totals", by="branch")

    assert [row["item_id"] for row in members] == ["I1"]
    assert {row["grouped_by"]: row["open_amount"] for row in totals} == {"": 3, "east": 20, "west": 100}


async def test_ageing_counts_the_days_over_the_due_date(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)

    euros = next(row for row in await desk.read("reports/ageing") if row["currency"] == "EUR")

    assert [euros[name] for name in ("not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90")] == [
        1000,
        230,
        54,
        7600,
        80000,
    ]
    assert euros["open_amount"] == 88884


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("status", {"open", "invoiced"}),
        ("journal", {"V10"}),
        ("branch", {"", "b1"}),
        ("kind", {"fine", "credit-note"}),
    ],
)
async def test_totals_are_grouped_as_asked(
    selection: Selection, desk: SelectionDesk, by: str, groups: set[str]
) -> None:
    await library_with(selection)

    rows = await desk.read("reports/totals", by=by)

    assert {row["grouped_by"] for row in rows} == groups
    assert sum(row["open_amount"] for row in rows if row["currency"] == "EUR") == 88884
    assert sum(row["items"] for row in rows) == 9


@pytest.mark.parametrize("path", ["customers/export", "ageing/export?per_party=true", "totals/export?by=kind"])
async def test_every_report_comes_as_csv_workbook_and_json(
    selection: Selection, desk: SelectionDesk, path: str
) -> None:
    await library_with(selection)
    base, _, query = path.partition("?")
    chosen = dict(pair.split("=") for pair in query.split("&") if pair)

    plain = (await desk.get(f"reports/{base}", **chosen, format="csv")).content
    dutch = (await desk.get(f"reports/{base}", **chosen, format="csv-nl")).content
    book = (await desk.get(f"reports/{base}", **chosen, format="xlsx-da")).content
    lines = (await desk.get(f"reports/{base}", **chosen, format="json")).text.splitlines()

    heading, *rows = csv.reader(io.StringIO(plain.decode(), newline=""))
    objects = [json.loads(line) for line in lines]
    assert [list(row) for row in objects[:-1]] == [heading] * len(rows)
    assert objects[-1] == {"end": {"rows": len(rows)}}
    amounts = [[cell for cell in row.split(";") if "," in cell] for row in dutch.decode("utf-8-sig").splitlines()[1:]]
    assert amounts[0]
    sheet = list(load_workbook(io.BytesIO(book)).worksheets[0].iter_rows(values_only=True))
    assert len(sheet) == len(rows) + 1
    column = heading.index("open_amount" if "open_amount" in heading else "party_open_amount")
    assert [row[column] for row in sheet[1:]] == [float(row[column]) for row in rows]


@pytest.mark.parametrize("form", ["csv-nl", "csv-nl-BE", "csv-da", "csv-en"])
async def test_what_totals_are_grouped_by_is_no_formula_in_a_spreadsheet(
    selection: Selection, desk: SelectionDesk, form: str
) -> None:
    await selection.take(configured(), party("P1"), posted("I1", 1000, branch="=1+1"))

    exported = await desk.get("reports/totals/export", by="branch", format=form)

    assert exported.content.decode("utf-8-sig").splitlines()[1].startswith("'=1+1")


@pytest.mark.requirement("S0.16")
async def test_customers_go_on_the_black_list_out_of_a_set_with_reason_and_end_date(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection)
    until = (TODAY + timedelta(days=10)).isoformat()
    made = await desk.do("sets", {"criteria": "party_open_amount > 5000", "set_type": "parties"})

    changed = await desk.do("blacklist", {"set_id": made["set_id"], "reason": "Owes too much", "until": until})
    listed = (await desk.read("blacklist"))["items"]
    found = await desk.do("criteria/count", {"criteria": "blacklisted = yes and status in (O, F)"})
    await desk.do("blacklist/removals", {"party_ids": ["P2"], "reason": "Paid"})

    assert changed == {"parties": 1}
    assert [(row["party_id"], row["reason"], row["until"]) for row in listed] == [("P2", "Owes too much", until)]
    assert found["hits"] == 6
    events = await selection.published("party-blacklisted")
    assert [(event.party_id, event.version, event.listed, event.reason) for event in events] == [
        ("P2", 1, True, "Owes too much"),
        ("P2", 2, False, "Paid"),
    ]
    assert (await desk.read("blacklist"))["items"] == []
    history = (await desk.read("blacklist/P2"))["items"]
    assert [(row["version"], row["listed"], row["employee"]) for row in history] == [
        (2, False, "e.maes"),
        (1, True, "e.maes"),
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"party_ids": ["P777"], "reason": "x"}, "unknown-party"),
        ({"party_ids": ["P1"], "reason": "x", "until": "2020-01-01"}, "end-date-passed"),
        ({"reason": "x"}, "parties-required"),
        ({"party_ids": ["P1"]}, "invalid-request"),
    ],
)
async def test_the_black_list_refuses_what_makes_no_sense(
    selection: Selection, desk: SelectionDesk, body: dict[str, object], code: str
) -> None:
    await library_with(selection)

    assert refusal(await desk.send("blacklist", body)) == code


async def test_a_party_is_off_the_list_the_day_after_its_end_date(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    await desk.do("blacklist", {"party_ids": ["P1", "P2"], "reason": "x", "until": TODAY.isoformat()})
    today = (await desk.do("criteria/count", {"criteria": "blacklisted = yes", "set_type": "parties"}))["hits"]

    await selection.rows("UPDATE blacklist SET until = until - 1 RETURNING party_id")

    assert today == 3
    assert (await desk.do("criteria/count", {"criteria": "blacklisted = yes", "set_type": "parties"}))["hits"] == 0


@pytest.mark.parametrize(
    ("form", "words"), [("xlsx-nl", ["gefactureerd", "openstaand"]), ("xlsx-da", ["faktureret", "åben"])]
)
async def test_a_workbook_of_totals_says_codes_in_words_as_the_csv_files_do(
    selection: Selection, desk: SelectionDesk, form: str, words: list[str]
) -> None:
    await selection.take(configured(), party("P1"), posted("I1"), posted("I2", status="invoiced"))

    book = (await desk.get("reports/totals/export", by="status", format=form)).content
    lines = (await desk.get("reports/totals/export", by="status", format=f"csv-{form[-2:]}")).text.splitlines()

    sheet = list(load_workbook(io.BytesIO(book)).worksheets[0].iter_rows(values_only=True))
    assert sorted(str(row[0]) for row in sheet[1:]) == words
    assert sorted(line.split(";")[0] for line in lines[1:]) == words


async def test_an_own_code_that_is_called_as_a_status_stays_as_it_is_in_totals(
    selection: Selection, desk: SelectionDesk
) -> None:
    await selection.take(configured(), party("P1"), posted("I1", branch="open"))

    answer = await desk.get("reports/totals/export", by="branch", format="csv-nl")

    assert answer.text.splitlines()[1].startswith("open;EUR;")
