"""Credits that lie unmatched are said before anything of the debtor is waived, and where it is asked, nothing is."""

from typing import Any

import pytest

from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import WISH, books_of_today, configured, posted
from tests.support.desk import Desk

NOTHING = {"parties": 0, "totals": {}, "first": []}
FOUND = {
    "parties": 1,
    "totals": {"EUR": 60_000},
    "first": [{"party_id": "P1", "currency": "EUR", "items": 1, "amount": 60_000}],
}


async def paid_and_not_matched(writeoffs: WriteOffs, **changes: Any) -> None:
    await writeoffs.take(books_of_today(**changes), posted("I1"), posted("C1", -60_000, "payment"))
    await writeoffs.take(posted("I2", party_id="P2"))


@pytest.mark.parametrize("lines", [{"lines": [{"item_id": "I1"}]}, {}])
async def test_a_write_off_by_hand_of_items_or_of_all_that_a_party_owes_says_so(
    writeoffs: WriteOffs, desk: Desk, lines: dict[str, Any]
) -> None:
    await paid_and_not_matched(writeoffs)
    wish = {name: value for name, value in WISH.items() if name != "lines"} | lines

    warned = await desk.do("write-offs/preview", wish)
    other = await desk.do("write-offs/preview", wish | {"party_id": "P2", "lines": [{"item_id": "I2"}]})
    done = await desk.send("write-offs", wish | {"fingerprint": warned["fingerprint"]})

    assert (warned["unmatched_credits"], other["unmatched_credits"]) == (FOUND, NOTHING)
    assert done.status_code == 202


async def test_a_write_off_by_hand_is_refused_where_credits_come_first(writeoffs: WriteOffs, desk: Desk) -> None:
    await paid_and_not_matched(writeoffs)
    preview = await desk.do("write-offs/preview", WISH)
    await writeoffs.take(books_of_today(version=2, unmatched_credits="refuse"))

    shown = await desk.do("write-offs/preview", WISH, 422)
    asked = await desk.do("write-offs", WISH | {"fingerprint": preview["fingerprint"]}, 422)
    other = await desk.send("write-offs/preview", WISH | {"party_id": "P2", "lines": [{"item_id": "I2"}]})

    assert (shown["code"], asked["code"], other.status_code) == ("unmatched-credits", "unmatched-credits", 200)
    assert "600.00 EUR of credit of party P1 lies unmatched." in shown["detail"]
    assert shown["remedy"] == "Match first: openitems matching settle --party P1"


@pytest.mark.parametrize(("kind", "day"), [("conversion", "2026-11-22"), ("month-end", "2026-10-31")])
async def test_a_run_says_what_lies_unmatched_of_those_of_whom_it_takes_something(
    writeoffs: WriteOffs, desk: Desk, kind: str, day: str
) -> None:
    await writeoffs.take(configured())
    year = {"period_start": "2026-01-01", "period_end": "2026-12-31"}
    await writeoffs.take(posted("I1", 4_000, "contribution", status="invoiced", item_date="2026-02-01", **year))
    await writeoffs.take(posted("C1", -60_000, "payment"), posted("C2", -5, "payment", party_id="P2"))

    warned = await desk.read(f"runs/{kind}/summary", date=day)
    await writeoffs.take(configured(version=2, unmatched_credits="refuse"))
    refused = await desk.read(f"runs/{kind}/summary", 422, date=day)

    assert (warned["items"], warned["unmatched_credits"]) == (1, FOUND)
    assert refused["code"] == "unmatched-credits"
