"""Lists are read page by page to the end, without rows left out or told twice."""

import base64
from datetime import date, timedelta

import httpx
import pytest

from chassis.errors import Refused
from chassis.http import Keyset
from chassis.http.paging import MAX_LIMIT
from tests.chassis.http.small_service import ITEMS, ItemKey, SmallService
from tests.chassis.http.test_problems import DESK, assert_problem

FIRST_DAY = date(2024, 1, 1)


def keys(count: int) -> list[ItemKey]:
    """Ordered, with several items a day."""
    return [ItemKey(FIRST_DAY + timedelta(days=number // 3), f"item-{number:04}") for number in range(count)]


async def pages(client: httpx.AsyncClient, limit: int | None) -> list[list[str]]:
    read = []
    cursor = None
    while True:
        asked = {"limit": limit, "cursor": cursor}
        page = (await client.get(f"{DESK}/items", params={k: v for k, v in asked.items() if v is not None})).json()
        read.append(page["items"])
        cursor = page["next"]
        if cursor is None:
            return read


@pytest.mark.parametrize(
    ("rows", "limit", "sizes"),
    [
        (0, 10, [0]),
        (1, 1, [1]),
        (9, 10, [9]),
        (10, 10, [10]),
        (11, 10, [10, 1]),
        (20, 10, [10, 10]),
        (5, 1, [1, 1, 1, 1, 1]),
        (101, None, [100, 1]),
        (MAX_LIMIT, MAX_LIMIT, [MAX_LIMIT]),
        (MAX_LIMIT + 1, MAX_LIMIT, [MAX_LIMIT, 1]),
    ],
)
async def test_every_row_comes_once(
    clerk: httpx.AsyncClient, service: SmallService, rows: int, limit: int | None, sizes: list[int]
) -> None:
    service.items = keys(rows)

    read = await pages(clerk, limit)

    assert [len(page) for page in read] == sizes
    assert [row for page in read for row in page] == [f"lib-nl/{key.item_id}" for key in service.items]


async def test_a_row_added_behind_the_cursor_shifts_nothing(clerk: httpx.AsyncClient, service: SmallService) -> None:
    service.items = keys(4)
    first = (await clerk.get(f"{DESK}/items", params={"limit": 2})).json()
    service.items.insert(0, ItemKey(FIRST_DAY - timedelta(days=1), "earlier"))

    second = (await clerk.get(f"{DESK}/items", params={"limit": 2, "cursor": first["next"]})).json()

    assert second["items"] == ["lib-nl/item-0002", "lib-nl/item-0003"]


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "many", ""])
async def test_a_limit_out_of_bounds_is_refused_and_not_cut(clerk: httpx.AsyncClient, limit: str) -> None:
    assert_problem(await clerk.get(f"{DESK}/items", params={"limit": limit}), 422, "invalid-request")


def altered() -> str:
    raw = bytearray(base64.urlsafe_b64decode(ITEMS.encode(keys(1)[0]) + "=="))
    raw[-3] ^= 1
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "é", "AAAA", "....", altered(), ITEMS.encode(keys(1)[0])[:-4], Keyset("others", str).encode("x")],
)
async def test_a_cursor_that_is_not_ours_is_refused(clerk: httpx.AsyncClient, cursor: str) -> None:
    response = await clerk.get(f"{DESK}/items", params={"cursor": cursor})

    assert assert_problem(response, 422, "cursor-invalid")["errors"][0]["pointer"] == "/cursor"


async def test_an_endless_cursor_is_refused_unread(clerk: httpx.AsyncClient) -> None:
    response = await clerk.get(f"{DESK}/items", params={"cursor": "A" * 2049})

    assert_problem(response, 422, "invalid-request")


def test_a_cursor_of_the_same_list_in_an_older_shape_is_refused() -> None:
    old = Keyset("items", int).encode(7)

    with pytest.raises(Refused):
        ITEMS.decode(old)


def test_a_cursor_of_another_list_with_the_same_kind_of_key_is_refused() -> None:
    cursor = Keyset("matches", ItemKey).encode(keys(1)[0])

    with pytest.raises(Refused, match="does not belong to this list"):
        Keyset("proposals", ItemKey).decode(cursor)
