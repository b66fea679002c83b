"""Exports of any length arrive whole, or visibly incomplete."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncGenerator

import httpx
import pytest

from chassis.http import SPREADSHEET, stream_csv
from tests.chassis.http.small_service import SECRET, SmallService
from tests.chassis.http.test_problems import DESK

MANY_ROWS = 20_000


async def test_a_csv_arrives_whole(clerk: httpx.AsyncClient, service: SmallService) -> None:
    service.exported_rows = MANY_ROWS

    response = await clerk.get(f"{DESK}/items.csv")

    rows = list(csv.reader(io.StringIO(response.text, newline="")))
    assert rows[0] == ["item", "amount"]
    assert rows[-1] == [f"=item {MANY_ROWS - 1}", str(MANY_ROWS - 1)]
    assert len(rows) == MANY_ROWS + 1
    assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert response.headers["content-disposition"] == "attachment; filename*=UTF-8''items%2C%20of%20today.csv"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_csv_for_spreadsheets_holds_no_formulas(clerk: httpx.AsyncClient, service: SmallService) -> None:
    service.exported_rows = 1

    response = await clerk.get(f"{DESK}/items.xls.csv")

    assert response.content == "\ufeffitem;amount\r\n'=item 0;0\r\n".encode()


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("-3,10", "-3,10"),
        ("-3.10", "-3.10"),
        ("-1250", "-1250"),
        ("-", "'-"),
        ("--1", "'--1"),
        ("-3,10+1", "'-3,10+1"),
        ("-1,5,5", "'-1,5,5"),
        ("-1e5", "'-1e5"),
        ("-A1", "'-A1"),
        ("+3,10", "'+3,10"),
        ("=-1", "'=-1"),
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠A1", "'＠A1"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
    ],
)
async def test_a_negative_number_for_spreadsheets_is_a_number_and_nothing_like_it_is(cell: str, written: str) -> None:
    async def rows() -> AsyncGenerator[list[str]]:
        yield [cell]

    answer = await stream_csv(["value"], rows(), filename="numbers.csv", profile=SPREADSHEET)

    told = b"".join([part async for part in answer.body_iterator if isinstance(part, bytes)]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(told), delimiter=";")) == [["value"], [written]]


async def test_an_empty_export_is_its_header_or_its_end(clerk: httpx.AsyncClient) -> None:
    assert (await clerk.get(f"{DESK}/items.csv")).text == "item,amount\r\n"
    assert (await clerk.get(f"{DESK}/items.ndjson")).text == '{"end":{"rows":0}}\n'


async def test_ndjson_says_that_it_is_whole(clerk: httpx.AsyncClient, service: SmallService) -> None:
    service.exported_rows = MANY_ROWS

    lines = (await clerk.get(f"{DESK}/items.ndjson")).text.splitlines()

    assert json.loads(lines[0]) == ["=item 0", 0]
    assert json.loads(lines[-1]) == {"end": {"rows": MANY_ROWS}}
    assert len(lines) == MANY_ROWS + 1


async def test_ndjson_says_that_it_broke_off(clerk: httpx.AsyncClient, service: SmallService) -> None:
    service.exported_rows, service.export_breaks_at = 10, 4

    response = await clerk.get(f"{DESK}/items.ndjson")

    *rows, last = (json.loads(line) for line in response.text.splitlines())
    assert len(rows) == 4
    assert last["error"]["code"] == "export-changed"
    assert last["error"]["trace_id"] == response.headers["x-trace-id"]
    assert SECRET not in response.text


async def test_a_csv_that_breaks_off_is_cut_visibly(clerk: httpx.AsyncClient, service: SmallService) -> None:
    service.exported_rows, service.export_breaks_at = MANY_ROWS, MANY_ROWS - 1

    with pytest.raises(httpx.RemoteProtocolError):
        await clerk.get(f"{DESK}/items.csv")


@pytest.mark.parametrize("path", ["items.csv", "items.ndjson"])
async def test_an_export_that_cannot_begin_is_a_problem(
    clerk: httpx.AsyncClient, service: SmallService, path: str
) -> None:
    service.exported_rows, service.export_breaks_at = 10, 0

    response = await clerk.get(f"{DESK}/{path}")

    assert response.json()["code"] == "export-changed"
    assert response.headers["content-type"] == "application/problem+json"


async def test_what_an_export_holds_is_let_go_when_the_client_leaves(
    clerk: httpx.AsyncClient, service: SmallService
) -> None:
    service.exported_rows = 10_000_000

    async with clerk.stream("GET", f"{DESK}/items.csv") as response:
        await anext(response.aiter_bytes())

    async with asyncio.timeout(60):
        await service.export_closed.wait()


async def test_an_export_may_take_longer_than_an_answer(clerk: httpx.AsyncClient, service: SmallService) -> None:
    service.exported_rows = 100_000

    response = await clerk.get(f"{DESK}/items.ndjson", timeout=60)

    assert json.loads(response.text.splitlines()[-1]) == {"end": {"rows": 100_000}}
    assert response.elapsed.total_seconds() > 0.5
