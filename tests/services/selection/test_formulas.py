"""No file that a spreadsheet opens holds a formula, whichever route made it."""

import csv
import io

import pytest
from openpyxl import load_workbook

from chassis.notations import FORMULA_STARTS, NUMBER
from tests.services.selection.conftest import Selection, SelectionDesk
from tests.services.selection.library import configured, party, posted

PLANTED = ("=1+1", "＝1+1", "+1", "＋1", "-A1", "－1", "@A1", "＠A1")
ROUTES = {
    "customers": ("reports/customers/export", {}),
    "ageing": ("reports/ageing/export", {"per_party": "true"}),
    "totals": ("reports/totals/export", {"by": "branch"}),
}


async def planted(selection: Selection) -> None:
    """Customers and branches whose names begin as formulas do."""
    await selection.take(configured())
    for number, text in enumerate(PLANTED):
        await selection.take(
            party(f"P{number}", name=text),
            posted(f"I{number}", 1000, party_id=f"P{number}", branch=text, description=text),
        )


def texts_of(content: bytes, delimiter: str) -> list[str]:
    text = content.decode("utf-8-sig")
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for cell in row]


async def file_of(desk: SelectionDesk, route: str, form: str) -> bytes:
    if route == "set":
        made = await desk.do("sets", {"criteria": "open_amount > 0"})
        fields = "party_id,party_name,item_id,branch,description,open_amount"
        return (await desk.get(f"sets/{made['set_id']}/export", format=form, fields=fields)).content
    path, chosen = ROUTES[route]
    return (await desk.get(path, **chosen, format=form)).content


@pytest.mark.parametrize("route", [*ROUTES, "set"])
async def test_what_begins_as_a_formula_is_text_in_every_file_for_people(
    selection: Selection, desk: SelectionDesk, route: str
) -> None:
    await planted(selection)

    files = {
        form: texts_of(await file_of(desk, route, form), "," if form == "csv-en" else ";")
        for form in ("csv-nl", "csv-nl-BE", "csv-da", "csv-en")
    }
    book = load_workbook(io.BytesIO(await file_of(desk, route, "xlsx-nl")))

    for form, cells in files.items():
        assert {f"'{text}" for text in PLANTED} <= set(cells), form
        assert not [cell for cell in cells if cell.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(cell)], form
    shown = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert set(PLANTED) <= {cell.value for cell in shown}
    assert {cell.data_type for cell in shown} <= {"s", "n", "d"}
