"""Control reports that come back with rows removed or unticked."""

import csv
import io
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from chassis.errors import Refused
from services.selection.domain.returned import kept_keys
from tests.services.selection.conftest import Selection, SelectionDesk, refusal
from tests.services.selection.four_items import library_with, members


async def send_back(desk: SelectionDesk, made: dict[str, Any], content: bytes, **confirmed: str) -> Any:
    return await desk.upload(f"sets/{made['set_id']}/returned-reports", content, "text/csv", **confirmed)


async def report_of(desk: SelectionDesk, made: dict[str, Any], form: str) -> bytes:
    answer = await desk.get(f"sets/{made['set_id']}/export", format=form, tick="true", footer="true")
    assert answer.status_code == 200
    return answer.content


def unticked_and_removed(content: bytes, form: str) -> bytes:
    """The clerk unticks the row of I1 and removes that of I3."""
    if form.startswith("xlsx"):
        book = load_workbook(io.BytesIO(content))
        rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
        made = Workbook()
        sheet = made.active
        for row in rows:
            if "I3" not in row:
                sheet.append([*row[:-1], None] if "I1" in row else row)
        file = io.BytesIO()
        made.save(file)
        return file.getvalue()
    delimiter = "," if form in {"csv", "csv-en"} else ";"
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([*row[:-1], "nee"] if "I1" in row else row for row in lines if "I3" not in row)
    return text.getvalue().encode()


@pytest.mark.parametrize("form", ["csv-nl-BE", "csv-da", "csv-en", "csv", "xlsx-nl", "xlsx-da"])
async def test_a_report_that_comes_back_shows_its_difference_and_makes_the_next_fixed_set(
    selection: Selection, desk: SelectionDesk, form: str
) -> None:
    await library_with(selection)
    made = await desk.fixed("open_amount > 0", "First")
    returned = unticked_and_removed(await report_of(desk, made, form), form)

    shown = (await send_back(desk, made, returned)).json()
    tampered = await send_back(desk, made, returned, fingerprint="0" * 64, name="Next")
    confirmed = (await send_back(desk, made, returned, fingerprint=shown["fingerprint"], name="Next")).json()["set"]

    assert (shown["kept"], shown["set"]) == (1, None)
    assert shown["removed"] == [{"currency": "EUR", "members": 2, "amount": 4000}]
    assert refusal(tampered) == "fingerprint-differs"
    assert (confirmed["name"], confirmed["fixed"], await members(desk, confirmed)) == ("Next", True, ["I2"])
    assert refusal(await desk.send(f"sets/{confirmed['set_id']}/write-offs")) == "control-report-missing"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"klantnummer;post\r\nP1;I1\r\nP1;I777\r\n", "no-report-of-this-set"),
        (b"klantnummer;naam\r\nP1;Lotte\r\n", "no-report"),
        (b"", "no-report"),
        (b"PK\x03\x04nonsense", "file-unreadable"),
        (b'klantnummer;post\r\n"P1;I1\r\n', "file-unreadable"),
        (b"klantnummer;naam;post\r\nP1;Lotte\r\n", "file-unreadable"),
    ],
)
async def test_a_file_that_is_no_report_of_this_set_is_refused(
    selection: Selection, desk: SelectionDesk, content: bytes, code: str
) -> None:
    await library_with(selection)
    made = await desk.fixed("open_amount > 0", "First")

    assert refusal(await send_back(desk, made, content)) == code


HEADING = ("party_id", "item_id", "keep")


@pytest.mark.parametrize("empty", [("", "", ""), (" ", "\t", ""), ()])
def test_rows_below_an_empty_one_are_read_and_the_sentence_at_the_end_is_not(empty: tuple[str, ...]) -> None:
    footer = ("Items of which the open amount is above 1.00", "", "")
    rows = [HEADING, ("P1", "I1", "x"), empty, empty, ("P1", "I2", "x"), empty, ("P1", "I3", ""), empty, footer, empty]

    assert kept_keys(rows, "items") == [("P1", "I1", ""), ("P1", "I2", "")]


@pytest.mark.parametrize("row", [("Total", "2 items", "x"), ("Total of all", "", ""), ("P2", "", "")])
def test_what_is_no_member_and_no_footer_is_read_so_that_it_is_refused(row: tuple[str, ...]) -> None:
    rows = [HEADING, (), row, ("P1", "I2", "x")]

    assert kept_keys(rows, "items")[-1] == ("P1", "I2", "")
    assert len(kept_keys([*rows, ("P1", "I1", "x")], "items")) == 2 + bool(row[2])


async def test_a_report_with_an_empty_row_in_its_middle_keeps_what_is_below_it(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection)
    made = await desk.fixed("open_amount > 0", "First")
    heading, first, *others = (await report_of(desk, made, "csv-nl-BE")).splitlines(keepends=True)
    content = b"".join([heading, first, b";" * heading.count(b";") + b"\r\n", *others])

    shown = (await send_back(desk, made, content)).json()

    assert (shown["kept"], shown["removed"]) == (3, [])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("'=P1", "=P1"),
        ("'+P1", "+P1"),
        ("'-P1", "-P1"),
        ("'@P1", "@P1"),
        ("'P1", "'P1"),
        ("=P1", "=P1"),
        ("''=P1", "''=P1"),
    ],
)
def test_an_id_that_was_guarded_against_formulas_is_read_as_it_was(written: str, meant: str) -> None:
    assert kept_keys([HEADING, (written, written, "x")], "items") == [(meant, meant, "")]


def test_a_row_that_breaks_off_before_its_ids_is_refused_and_one_without_its_tick_is_unticked() -> None:
    assert kept_keys([HEADING, ("P1", "I1")], "items") == []
    with pytest.raises(Refused, match="too few for its heading"):
        kept_keys([HEADING, ("P1",)], "items")
