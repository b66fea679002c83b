"""Above a limit a write-off by hand waits for another employee's approval."""

from importlib.resources import files
from typing import Any

import asyncpg
import pytest

from services.writeoff import migrations
from tests.databases import FreshDatabase
from tests.services.writeoff.conftest import WriteOffs, write_off
from tests.services.writeoff.library import WISH, books_of_today, configured, granted, posted, requested
from tests.support.desk import Desk

LIMITS = [
    ({"clerk_item_limit": 1249}, "item-limit"),
    ({"clerk_day_limit": 1249}, "day-limit"),
    ({"clerk_item_limit": 9999, "employee_limits": [{"employee": "e.maes", "item_limit": 100}]}, "item-limit"),
    ({"four_eyes": True}, "four-eyes"),
    ({"clerk_item_limit": 1250, "clerk_day_limit": 1250}, None),
    ({"clerk_item_limit": 1, "employee_limits": [{"employee": "e.maes"}]}, None),
]


@pytest.mark.parametrize(("policy", "limit"), LIMITS)
async def test_above_a_limit_nothing_is_asked_before_another_employee_approves(
    writeoffs: WriteOffs, desk: Desk, policy: dict[str, Any], limit: str | None
) -> None:
    await writeoffs.take(books_of_today(write_offs=policy), posted("I1", 1250))

    answer = (await write_off(desk, WISH)).json()

    assert answer["needs_approval"] == limit
    assert answer["state"] == ("asked" if limit is None else "awaiting-approval")
    assert len(await writeoffs.published("match-requested")) == (limit is None)


async def test_the_day_limit_counts_what_was_asked_before_and_not_what_was_declined(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    items = [posted(f"I{number}", 600) for number in range(1, 5)]
    await writeoffs.take(books_of_today(write_offs={"clerk_day_limit": 1200}), *items)
    wishes = [WISH | {"lines": [{"item_id": item.item_id}]} for item in items]

    first, second, third = [(await write_off(desk, wish)).json() for wish in wishes[:3]]
    await desk.as_employee("b", "approver").send(f"requests/{third['request_id']}/approval", {"approved": False})
    fourth = (await write_off(desk, wishes[3])).json()

    states = [request["state"] for request in (first, second, third, fourth)]
    assert states == ["asked", "asked", "awaiting-approval", "awaiting-approval"]


async def test_an_approver_approves_up_to_the_approvers_limit_only(writeoffs: WriteOffs, desk: Desk) -> None:
    limits = {
        "clerk_item_limit": 100,
        "approver_item_limit": 1000,
        "employee_limits": [{"employee": "director", "item_limit": 1250}],
    }
    await writeoffs.take(books_of_today(write_offs=limits), posted("I1", 1250))
    request_id = (await write_off(desk, WISH)).json()["request_id"]
    path, body = f"requests/{request_id}/approval", {"approved": True}

    refused = await desk.as_employee("chief", "approver").send(path, body)
    approved = await desk.as_employee("director", "approver").send(path, body)

    assert (refused.status_code, refused.json()["code"]) == (409, "beyond-approvers-limit")
    assert refused.json()["detail"] == (
        "An item of this request comes to 12.50 EUR, above the approver's limit of 10.00 EUR."
    )
    assert approved.json()["state"] == "asked"


async def test_another_employee_approves_and_then_it_is_asked(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(books_of_today(write_offs={"clerk_item_limit": 100}), posted("I1", 1250))
    request_id = (await write_off(desk, WISH)).json()["request_id"]
    path, body = f"requests/{request_id}/approval", {"approved": True}

    (waiting,) = (await desk.read("approvals"))["items"]
    own = await desk.with_roles("approver").send(path, body)
    clerk = await desk.as_employee("other").send(path, body)
    approved = await desk.as_employee("chief", "approver").send(path, body)
    again = await desk.as_employee("chief", "approver").send(path, body)

    assert (waiting["request_id"], waiting["needs_approval"], waiting["base_amount"]) == (
        request_id,
        "item-limit",
        1250,
    )
    assert (own.status_code, own.json()["code"]) == (403, "own-request")
    assert clerk.status_code == 403
    assert (approved.json()["state"], approved.json()["approved_by"]) == ("asked", "chief")
    assert (again.status_code, again.json()["code"]) == (409, "already-decided")
    (asked,) = await writeoffs.published("match-requested")
    assert [line.amount for line in asked.lines] == [1250]


async def test_the_books_say_who_approved_a_write_off(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(books_of_today(write_offs={"clerk_item_limit": 100}), posted("I1", 1250))
    request_id = (await write_off(desk, WISH)).json()["request_id"]
    await desk.as_employee("chief", "approver").send(f"requests/{request_id}/approval", {"approved": True})
    (asked,) = await writeoffs.published("match-requested")

    await writeoffs.take(granted(asked))

    (line,) = (await desk.read("write-offs"))["items"]
    entry = await desk.read(f"write-offs/{line['match_id']}")
    sides = (await desk.read(f"periods/{line['fiscal_year']}/{line['period']}/ledger"))["items"]
    assert (line["employee"], line["approved_by"]) == ("e.maes", "chief")
    assert entry["approved_by"] == "chief"
    assert {(side["employee"], side["approved_by"]) for side in sides} == {("e.maes", "chief")}


async def test_the_books_say_who_approved_a_batch_before_it_came(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(configured(), posted("I1", 1250))
    await writeoffs.take(requested({"I1": 1250}, approved_by="chief"))
    (asked,) = await writeoffs.published("match-requested")

    await writeoffs.take(granted(asked))

    (line,) = (await desk.read("write-offs"))["items"]
    sides = (await desk.read(f"periods/{line['fiscal_year']}/{line['period']}/ledger"))["items"]
    assert line["approved_by"] == "chief"
    assert {side["approved_by"] for side in sides} == {"chief"}


async def test_entries_of_before_get_their_approver(writeoffs: WriteOffs, desk: Desk, database: FreshDatabase) -> None:
    await writeoffs.take(books_of_today(write_offs={"clerk_item_limit": 100}), posted("I1", 1250), posted("I2", 50))
    for item_id in ("I1", "I2"):
        request = (await write_off(desk, WISH | {"lines": [{"item_id": item_id}]})).json()
        if request["needs_approval"]:
            path = f"requests/{request['request_id']}/approval"
            await desk.as_employee("chief", "approver").send(path, {"approved": True})
    await writeoffs.take(*map(granted, await writeoffs.published("match-requested")))
    owner = await asyncpg.connect(database.owner_url, server_settings={"search_path": "writeoff"})
    await owner.execute("UPDATE entry SET approved_by = NULL")

    await owner.execute((files(migrations) / "0012_approvers.sql").read_text())

    found = await owner.fetch("SELECT approved_by FROM entry ORDER BY approved_by")
    await owner.close()
    assert [row["approved_by"] for row in found] == ["chief", None]


async def test_a_declined_request_is_never_asked(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(books_of_today(write_offs={"clerk_item_limit": 100}), posted("I1", 1250))
    request_id = (await write_off(desk, WISH)).json()["request_id"]

    await desk.as_employee("chief", "approver").send(
        f"requests/{request_id}/approval", {"approved": False, "note": "No"}
    )

    assert (await desk.read(f"requests/{request_id}"))["state"] == "declined"
    assert not await writeoffs.published("match-requested")
