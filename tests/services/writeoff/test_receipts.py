"""What was received: money that came in, less what went back, by who, where, how and when, tied to the journals."""

import csv
import io
from typing import Any

import pytest

from contracts.library import ItemPosted
from services.writeoff.store.audit import audit
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import ADMINISTRATION, configured, party, posted
from tests.support.desk import Desk

AT_DESK = {"journal": "K10", "employee": "e.maes", "till": "desk-1", "payment_method": "cash", "branch": "Zuid"}
BY_BANK = {"journal": "B10", "payment_method": "transfer", "branch": "Noord"}


def money(item_id: str, amount: int, day: str, **more: Any) -> ItemPosted:
    return posted(item_id, amount, "payment", **{"item_date": day, **more})


async def a_month_of_money(writeoffs: WriteOffs) -> None:
    """P1: 10.00 struck out at once, 20.00 refunded in November, 30.00 called back; supplier S1: 100.00 and 15.00."""
    await writeoffs.take(
        configured(),
        party(),
        party("S1", kind="creditor", name="Boekimport"),
        money("R1", -1000, "2026-10-05", **AT_DESK),
        money("V1", 1000, "2026-10-05", journal="K10", employee="b.bal", money_back="void", reverses="R1"),
        money("R2", -2000, "2026-10-06", **AT_DESK),
        money("F2", 2000, "2026-11-02", **AT_DESK),
        money("R3", -3000, "2026-10-07", **BY_BANK),
        money("C3", 3000, "2026-11-03", **BY_BANK, money_back="charge-back", reverses="R3"),
        money("R4", -500, "2026-11-03", **AT_DESK),
        posted("I1", 1250),
        posted("N1", -250, "credit-note"),
        money("M1", -400, "2026-11-03", journal="M90"),
        money("Q1", -10000, "2026-11-04", party_id="S1", **BY_BANK),
        money("Q2", 1500, "2026-11-05", party_id="S1", **BY_BANK),
        posted("Q3", 20000, "invoice", party_id="S1"),
    )


async def summed(desk: Desk, *by: str, **filters: Any) -> dict[Any, tuple[int, int, int]]:
    """Received, paid and received back, by the values of the dimensions."""
    rows = (await desk.read("overviews/receipts", by=list(by), **filters))["items"]
    return {
        tuple(row[name] for name in by) if len(by) > 1 else row[by[0]]: (
            row["received"],
            row["paid"],
            row["received_back"],
        )
        for row in rows
    }


@pytest.mark.requirement("B.9", "S4.2")
async def test_what_goes_back_is_taken_off_when_it_goes_and_suppliers_stand_apart(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    await a_month_of_money(writeoffs)

    assert await summed(desk, "period") == {10: (5000, 0, 0), 11: (-4500, 10000, 1500)}
    assert await summed(desk, "party_kind") == {"debtor": (500, 0, 0), "creditor": (0, 10000, 1500)}


async def test_a_period_of_receipts_is_one_of_its_year(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(
        configured(),
        posted("P1", -100, "payment", journal="K10", item_date="2025-11-03"),
        posted("P2", -250, "payment", journal="K10", item_date="2026-11-03"),
    )

    rows = (await desk.read("overviews/receipts", by=["period"]))["items"]

    assert [(row["fiscal_year"], row["period"], row["received"]) for row in rows] == [(2025, 11, 100), (2026, 11, 250)]


@pytest.mark.requirement("B.9")
async def test_receipts_are_told_per_employee_till_branch_method_and_day(writeoffs: WriteOffs, desk: Desk) -> None:
    await a_month_of_money(writeoffs)

    assert await summed(desk, "employee", party_kind="debtor") == {
        "b.bal": (-1000, 0, 0),
        "e.maes": (1500, 0, 0),
        None: (0, 0, 0),
    }
    assert await summed(desk, "till", party_kind="debtor") == {"desk-1": (500, 0, 0), None: (0, 0, 0)}
    assert await summed(desk, "method", party_kind="debtor") == {"cash": (500, 0, 0), "transfer": (0, 0, 0)}
    assert await summed(desk, "branch") == {"Noord": (0, 10000, 1500), "Zuid": (500, 0, 0)}
    assert await summed(desk, "day", journal="K10") == {
        "2026-10-05": (0, 0, 0),
        "2026-10-06": (2000, 0, 0),
        "2026-11-02": (-2000, 0, 0),
        "2026-11-03": (500, 0, 0),
    }


@pytest.mark.requirement("B.9")
async def test_voids_refunds_and_charge_backs_are_told_apart(writeoffs: WriteOffs, desk: Desk) -> None:
    await a_month_of_money(writeoffs)

    (row,) = (await desk.read("overviews/receipts", by=["year"], party_kind="debtor"))["items"]

    assert {name: row[name] for name in ("taken_in", "voided", "refunded", "charged_back", "received")} == {
        "taken_in": 6500,
        "voided": 1000,
        "refunded": 2000,
        "charged_back": 3000,
        "received": 500,
    }


@pytest.mark.requirement("B.9")
@pytest.mark.parametrize(
    ("booking", "said"),
    [
        (("P1", -700, None), {"taken_in": 700, "received": 700, "movement": 700}),
        (("P1", 700, None), {"refunded": 700, "received": -700, "movement": -700}),
        (("P1", 700, "refund"), {"refunded": 700, "received": -700, "movement": -700}),
        (("P1", 700, "void"), {"voided": 700, "received": -700, "movement": -700}),
        (("P1", 700, "charge-back"), {"charged_back": 700, "received": -700, "movement": -700}),
        (("P1", -700, "void"), {"refunded": -700, "received": 700, "movement": 700}),
        (("S1", -700, None), {"paid": 700, "movement": -700}),
        (("S1", 700, None), {"received_back": 700, "movement": 700}),
        (("S1", 700, "refund"), {"received_back": 700, "movement": 700}),
        (("S1", 700, "void"), {"paid": -700, "movement": 700}),
        (("S1", 700, "charge-back"), {"paid": -700, "movement": 700}),
        (("S1", -700, "void"), {"received_back": -700, "movement": -700}),
    ],
)
async def test_the_sign_the_party_and_what_the_sender_says_decide_what_a_booking_is(
    writeoffs: WriteOffs, desk: Desk, booking: tuple[str, int, str | None], said: dict[str, int]
) -> None:
    party_id, amount, money_back = booking
    await writeoffs.take(configured(), party(), party("S1", kind="creditor"))
    await writeoffs.take(money("X1", amount, "2026-11-02", journal="B10", party_id=party_id, money_back=money_back))

    (line,) = (await desk.read("receipts"))["items"]

    amounts = ("taken_in", "voided", "refunded", "charged_back", "received", "paid", "received_back", "movement")
    assert {name: line[name] for name in amounts if line[name]} == said


@pytest.mark.requirement("B.9", "S4.14")
async def test_the_overviews_of_journals_and_employees_say_the_same(writeoffs: WriteOffs, desk: Desk) -> None:
    await a_month_of_money(writeoffs)

    journals = {row["code"]: row for row in (await desk.read("overviews/journals"))["items"]}
    employees = (await desk.read("overviews/employees"))["items"]
    receipts = await summed(desk, "day", "employee")

    assert (journals["K10"]["received"], journals["K10"]["movement"]) == (500, 500)
    assert [journals["B10"][name] for name in ("received", "paid", "received_back", "movement")] == [
        0,
        10000,
        1500,
        -8500,
    ]
    assert {
        (row["day"], row["employee"]): (row["received"], row["paid"], row["received_back"]) for row in employees
    } == receipts


@pytest.mark.requirement("B.9")
async def test_a_void_that_comes_before_what_it_voids_stands_at_its_till(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(configured(), party())
    await writeoffs.take(money("V1", 1000, "2026-10-05", journal="K10", money_back="void", reverses="R1"))
    await writeoffs.take(money("R1", -1000, "2026-10-05", **AT_DESK))

    assert await summed(desk, "till") == {"desk-1": (0, 0, 0)}


@pytest.mark.requirement("B.9")
async def test_the_lines_page_by_page_and_in_a_file_add_up_to_the_sums(writeoffs: WriteOffs, desk: Desk) -> None:
    await a_month_of_money(writeoffs)
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}

    while True:
        page = await desk.read("receipts", limit="3", **cursor)
        found += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    file = list(csv.DictReader(io.StringIO((await desk.get("receipts", format="csv")).text)))

    assert [line["item_id"] for line in file] == [line["item_id"] for line in found]
    assert sum(line["received"] for line in found) == 500
    assert sum(float(line["movement"]) for line in file) == pytest.approx(-80)


@pytest.mark.requirement("B.9")
async def test_each_journal_s_days_are_what_its_items_add_up_to_and_the_audit_looks(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    await a_month_of_money(writeoffs)

    days = (await desk.read("receipts/journals"))["items"]
    async with writeoffs.database.snapshot() as connection:
        found = await audit(connection, ADMINISTRATION)

    assert [(row["journal"], row["day"], row["movement"]) for row in days] == [
        ("B10", "2026-10-07", 3000),
        ("B10", "2026-11-03", -3000),
        ("B10", "2026-11-04", -10000),
        ("B10", "2026-11-05", 1500),
        ("K10", "2026-10-05", 0),
        ("K10", "2026-10-06", 2000),
        ("K10", "2026-11-02", -2000),
        ("K10", "2026-11-03", 500),
    ]
    assert found.violations == ()
    assert found.checked["receipts"] == 9
