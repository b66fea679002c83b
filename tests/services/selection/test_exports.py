"""Exports are read back by other libraries and compared value by value."""

import csv
import io
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.services.selection.conftest import Selection, SelectionDesk, refusal
from tests.services.selection.library import configured, party, posted

FIELDS = "party_id,party_name,item_id,kind,item_date,due_date,blocked,description,open_amount,currency,documents"


async def library_with(selection: Selection) -> None:
    await selection.take(
        configured(),
        party(
            "P1", name="=1+1", address={"street": "Kouter 1;2", "postal_code": "9000", "city": "Gent", "country": "BE"}
        ),
        party("P2", name='Zoë "de" Wit'),
        posted("I1", 123456, description="@sum; with, both", due_date="2024-02-15"),
        posted("I2", -50, party_id="P2", kind="credit-note", blocked=True, description="two\nlines"),
        posted("I3", 1500, party_id="P2", currency="JPY"),
        posted("I4", 1234, party_id="P2", currency="KWD"),
    )


def rows_of(content: bytes, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter, strict=True))


async def exported(desk: SelectionDesk, made: dict[str, Any], **wanted: Any) -> bytes:
    answer = await desk.get(f"sets/{made['set_id']}/export", **({"fields": FIELDS} | wanted))
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.requirement("S0.9", "S0.10")
@pytest.mark.parametrize(
    ("form", "conventions"),
    [
        ("csv-nl", (";", "15-01-2024", "1234,56", "boete", "ja")),
        ("csv-nl-BE", (";", "15/01/2024", "1234,56", "boete", "ja")),
        ("csv-da", (";", "15-01-2024", "1234,56", "gebyr", "ja")),
        ("csv-en", (",", "15/01/2024", "1234.56", "fine", "yes")),
    ],
)
async def test_a_spreadsheet_opens_the_export_as_it_is_in_the_clerks_country(
    selection: Selection, desk: SelectionDesk, form: str, conventions: tuple[str, str, str, str, str]
) -> None:
    delimiter, day, amount, kind, yes = conventions
    await library_with(selection)
    made = await desk.do("sets", {})

    content = await exported(desk, made, format=form)

    heading, first, second, yen, dinar = rows_of(content, delimiter)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 5
    assert first[:5] == ["P1", "'=1+1", "I1", kind, day]
    assert first[7:] == ["'@sum; with, both", amount, "EUR", "0"]
    assert second[1] == 'Zoë "de" Wit'
    assert (second[6], second[7], second[5]) == (yes, "two\nlines", "")
    assert second[8] == f"-0{amount[4]}50"
    assert (yen[8], dinar[8]) == ("1500", f"1{amount[4]}234")
    assert len(heading) == len(first)


async def test_plain_csv_is_what_machines_expect(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    made = await desk.do("sets", {"criteria": "kind = fine and currency = EUR"})

    content = await exported(desk, made, format="csv", tick="true")

    assert rows_of(content, ",") == [
        [*FIELDS.split(","), "keep"],
        [
            "P1",
            "=1+1",
            "I1",
            "fine",
            "2024-01-15",
            "2024-02-15",
            "false",
            "@sum; with, both",
            "1234.56",
            "EUR",
            "0",
            "x",
        ],
    ]


@pytest.mark.requirement("S0.10")
async def test_a_workbook_has_amounts_as_numbers_dates_as_dates_and_no_formulas(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection)
    made = await desk.fixed("open_amount != 0", "All of it")

    content = await exported(desk, made, format="xlsx-nl")

    book = load_workbook(io.BytesIO(content))
    rows = list(book.worksheets[0].iter_rows())
    values = [[cell.value for cell in row] for row in rows]
    assert values[0][:3] == ["klantnummer", "naam", "post"]
    assert values[1][1] == "=1+1"
    assert rows[1][1].data_type == "s"
    assert values[1][4:6] == [datetime(2024, 1, 15), datetime(2024, 2, 15)]  # noqa: DTZ001 - a workbook has no zones
    assert [row[8] for row in values[1:]] == [1234.56, -0.5, 1500, 1.234]
    assert [rows[n][8].number_format for n in (1, 3, 4)] == ["#,##0.00", "#,##0", "#,##0.000"]
    facts = {row[0].value: row[1].value for row in book["Info"].iter_rows()}
    assert facts["fingerprint"] == made["fingerprint"]
    assert "openstaand bedrag" in facts["criteria"]


@pytest.mark.parametrize("digits", [0, 2, 3])
@pytest.mark.parametrize("amount", [0, 1, -1, 99, -99, 100, 1250, -123456, 9 * 10**18, -(9 * 10**18)])
async def test_an_amount_is_written_as_the_same_decimal_number(selection: Selection, amount: int, digits: int) -> None:
    rows = await selection.rows("SELECT decimal_text($1, $2, ',') AS written", amount, digits)

    assert Decimal(rows[0]["written"].replace(",", ".")) == Decimal(amount).scaleb(-digits)
    assert len(rows[0]["written"].partition(",")[2]) == digits


@pytest.mark.requirement("S0.10")
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n=", "\x01="])
async def test_no_text_of_a_spreadsheet_is_a_formula(selection: Selection, desk: SelectionDesk, start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    await selection.take(configured(), party(), posted())
    await selection.database.pool.execute("UPDATE item SET description = $1", text)
    made = await desk.do("sets", {})

    content = await exported(desk, made, format="csv-nl", fields="description")
    plain = await exported(desk, made, format="csv", fields="description")

    ((cell,),) = rows_of(content, ";")[1:]
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.removeprefix("'") == text.replace("\x01", "")
    assert rows_of(plain, ",")[1] == [text.replace("\x01", "")]


@pytest.mark.requirement("S0.11")
async def test_only_the_export_of_a_fixed_set_counts_as_its_control_report(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection)
    loose = await desk.do("sets", {"criteria": "open_amount > 0"})
    fixed = await desk.fixed("open_amount > 0")

    await exported(desk, loose)
    await exported(desk, fixed, format="xlsx-da")

    reports = await desk.read(f"sets/{fixed['set_id']}/control-reports")
    assert (await desk.read(f"sets/{loose['set_id']}/control-reports"))["items"] == []
    assert [(report["format"], report["fingerprint"]) for report in reports["items"]] == [
        ("xlsx-da", fixed["fingerprint"])
    ]


async def test_the_amounts_are_those_that_were_frozen(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    made = await desk.fixed("item_id = I1")
    await selection.database.pool.execute("UPDATE item SET open_amount = 1 WHERE item_id = 'I1'")

    content = await exported(desk, made, fields="item_id,open_amount")

    assert rows_of(content, ",")[1] == ["I1", "1234.56"]


@pytest.mark.requirement("S0.9")
async def test_a_layout_keeps_a_choice_of_columns_in_its_order(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    made = await desk.do("sets", {"criteria": "item_id = I1"})
    await desk.do("layouts/Check", {"fields": ["open_amount", "city", "item_id"]}, method="PUT")

    content = await exported(desk, made, fields="", layout="Check")
    listed = await desk.read("layouts")
    await desk.do("layouts/Check", method="DELETE")
    gone = await desk.get(f"sets/{made['set_id']}/export", layout="Check")

    assert rows_of(content, ",") == [["open_amount", "city", "item_id"], ["1234.56", "Gent", "I1"]]
    assert [layout["name"] for layout in listed["items"]] == ["Check"]
    assert refusal(gone) == "unknown-layout"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"format": "pdf"}, "unknown-format"),
        ({"fields": "item_id,colour"}, "unknown-field"),
        ({"fields": "item_id,item_id"}, "field-twice"),
    ],
)
async def test_an_export_that_cannot_be_is_refused(
    selection: Selection, desk: SelectionDesk, wanted: dict[str, str], code: str
) -> None:
    await library_with(selection)
    made = await desk.do("sets", {})

    assert refusal(await desk.get(f"sets/{made['set_id']}/export", **wanted)) == code


async def test_the_footer_says_the_criteria_in_the_readers_language(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    made = await desk.do("sets", {"criteria": "open_amount > 100"})

    content = await exported(desk, made, format="csv-nl", footer="true")

    blank, footer = rows_of(content, ";")[-2:]
    assert set(blank) == {""}
    assert (
        footer[0] == "Open posten waarvan openstaand bedrag groter is dan 100 cent en status gelijk is aan openstaand."
    )


@pytest.mark.parametrize(
    ("form", "language"), [("csv-nl", "nl"), ("csv-nl-BE", "nl"), ("csv-da", "da"), ("csv-en", "en")]
)
async def test_set_footer_and_the_record_of_the_report_say_the_same_sentence(
    selection: Selection, desk: SelectionDesk, form: str, language: str
) -> None:
    await library_with(selection)
    made = await desk.fixed("open_amount > 100 and not (blacklisted = yes or age < 2 weeks)")

    content = await exported(desk, made, format=form, footer="true")

    footer = rows_of(content, "," if form == "csv-en" else ";")[-1][0]
    (report,) = (await desk.read(f"sets/{made['set_id']}/control-reports"))["items"]
    assert footer == report["criteria"] == made["criteria"]["sentences"][language]


@pytest.mark.requirement("S0.11")
async def test_a_report_without_items_or_amounts_is_no_control_report(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection)
    made = await desk.fixed("open_amount > 0")

    for fields in ("party_name,open_amount", "item_id,city"):
        answer = await desk.get(f"sets/{made['set_id']}/export", fields=fields)
        assert answer.headers["x-control-report"] == "false"
    refused = await desk.send(f"sets/{made['set_id']}/write-offs")
    await exported(desk, made, fields="item_id,open_amount")

    assert refusal(refused) == "control-report-missing"
    assert (await desk.send(f"sets/{made['set_id']}/write-offs")).status_code == 201


@pytest.mark.parametrize("form", ["csv-nl", "csv", "csv-en", "xlsx-en"])
async def test_every_field_can_be_exported(selection: Selection, desk: SelectionDesk, form: str) -> None:
    await library_with(selection)
    made = await desk.do("sets", {"criteria": "item_id = I1"})
    fields = [field["name"] for field in (await desk.read("fields"))["fields"]]

    content = await exported(desk, made, format=form, fields=",".join(fields))

    if form.startswith("xlsx"):
        heading, row = load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    else:
        heading, row = rows_of(content, ";" if form == "csv-nl" else ",")
    assert len(heading) == len(row) == len(fields)
