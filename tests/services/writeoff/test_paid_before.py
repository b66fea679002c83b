"""What was settled before a rule took a charge: paid, waived and credited apart, in lists, dry runs and old rows."""

from importlib import resources
from typing import Any

import asyncpg
import pytest

from contracts.matching import ContraLine, ItemsMatched, MatchLine
from tests.databases import FreshDatabase
from tests.services.writeoff.causes import returned, uncharged
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import configured, granted, paid, posted, requested
from tests.support.desk import Desk

MATERIAL = {"note_id": "N1", "material_id": "M1"}


def matched(lines: dict[str, tuple[int, int]], *, contra: ContraLine | None = None, version: int = 1) -> ItemsMatched:
    """A match by hand: what each item's line adds, and what is open then."""
    told = tuple(
        MatchLine(item_id=item_id, amount=amount, open_amount=left, version=version)
        for item_id, (amount, left) in lines.items()
    )
    return paid("-", 1, 0).model_copy(update={"lines": told, "contra_lines": (contra,) if contra else ()})


async def three_charges(writeoffs: WriteOffs) -> None:
    """I1 is paid in part, I2 waived in part, I3 credited in part; all of them come back."""
    await writeoffs.take(
        configured(),
        posted("I1", 3000, "material", **MATERIAL),
        posted("I2", 3000, "material", **MATERIAL),
        posted("I3", 3000, "material", **MATERIAL),
        posted("P1", -1000, "payment", journal="K10"),
        posted("N9", -400, "credit-note"),
    )
    await writeoffs.take(
        requested({}, lines=[{"item_id": "I2", "currency": "EUR", "open_amount": 700}], journal="A200")
    )
    (asked,) = await writeoffs.published("match-requested")
    await writeoffs.take(granted(asked, [2300], version=2))
    await writeoffs.take(matched({"P1": (1000, 0), "I1": (-1000, 2000)}), matched({"N9": (400, 0), "I3": (-400, 2600)}))
    await writeoffs.take(returned())


@pytest.mark.requirement("B.10")
async def test_settled_lists_only_what_money_paid_and_tells_the_parts(writeoffs: WriteOffs, desk: Desk) -> None:
    await three_charges(writeoffs)

    every = (await desk.read("rule-outcomes"))["items"]
    settled = (await desk.read("rule-outcomes", settled="true"))["items"]

    assert {row["item_id"]: (row["settled_amount"], row["paid_amount"], row["waived_amount"]) for row in every} == {
        "I1": (1000, 1000, 0),
        "I2": (700, 0, 700),
        "I3": (400, 0, 0),
    }
    assert [row["item_id"] for row in settled] == ["I1"]


@pytest.mark.requirement("B.10")
async def test_a_dry_run_tells_the_same_and_what_would_be_kept(writeoffs: WriteOffs, desk: Desk) -> None:
    rules = [{"rule": "material-returned", "journal": "A930", "give_back": "never"}]
    await writeoffs.take(
        configured(write_off_rules=rules),
        posted("I1", 3000, "material", **MATERIAL),
        posted("P1", -1000, "payment", journal="K10"),
    )
    await writeoffs.take(matched({"P1": (1000, 0), "I1": (-1000, 2000)}))
    event: dict[str, Any] = returned().model_dump(mode="json")

    (row,) = (await desk.do("rules/dry-run", {"topic": "material-returned", "data": event}, 200))["items"]
    shown = {one["rule"]: one for one in (await desk.read("rules"))["items"]}

    assert (row["parts"], row["paid_amount"], row["credit_code"]) == ({"A930": 2000}, 1000, "not-by-rule")
    assert [shown["material-returned"][name] for name in ("give_back", "late_fine", "processing_fee")] == [
        "never",
        "only-what-is-on-the-note",
        "never",
    ]
    assert shown["checkin-cancelled"]["give_back"] == "always"


@pytest.mark.requirement("B.10")
async def test_what_was_settled_before_is_told_of_one_item(writeoffs: WriteOffs, desk: Desk) -> None:
    difference = ContraLine(kind="payment-difference", amount=50, gl_account="4900")
    await writeoffs.take(
        configured(),
        posted("I1", 3000, "fine", checkin_id="C1"),
        posted("P1", -2000, "payment", journal="K10"),
        posted("I9", 500),
    )
    await writeoffs.take(matched({"P1": (2000, 0), "I1": (-2050, 950)}, contra=difference))

    told = await desk.read("parties/P1/items/I1/settled")
    nameless = await desk.read("parties/P1/items/I9/settled")
    unknown = await desk.get("parties/P1/items/I8/settled")

    amounts = ("amount", "paid_amount", "waived_amount", "credited_amount", "open_amount")
    assert [told[name] for name in amounts] == [3000, 2000, 50, 0, 950]
    assert (nameless["paid_amount"], nameless["credited_amount"]) == (None, None)
    assert unknown.status_code == 404


@pytest.mark.requirement("B.10")
async def test_rows_of_before_say_what_is_known_of_them(
    writeoffs: WriteOffs, database: FreshDatabase, desk: Desk
) -> None:
    await three_charges(writeoffs)
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("SET search_path = writeoff")
    await owner.execute("DELETE FROM settled_charge")
    await owner.execute("UPDATE rule_outcome SET paid_amount = NULL, waived_amount = 0")
    text = (resources.files("services.writeoff.migrations") / "0014_settled_charges.sql").read_text("utf-8")
    start, end = text.index("INSERT INTO settled_charge"), text.index("SELECT grant_service")

    await owner.execute(text[start:end])
    await owner.close()

    kept = await writeoffs.rows("SELECT item_id FROM settled_charge ORDER BY item_id")
    outcomes = (await desk.read("rule-outcomes", settled="true"))["items"]
    assert [row["item_id"] for row in kept] == ["I1", "I3"]
    assert {row["item_id"]: row["waived_amount"] for row in outcomes} == {"I1": 0, "I3": 0}


@pytest.mark.requirement("B.10")
async def test_an_event_that_is_delivered_twice_keeps_a_settlement_once(writeoffs: WriteOffs) -> None:
    await writeoffs.take(configured(), posted("I1", 300, checkin_id="C1"), posted("P1", -300, "payment", journal="K10"))
    match = matched({"P1": (300, 0), "I1": (-300, 0)})

    await writeoffs.take(match, match)
    await writeoffs.take(match)
    await writeoffs.take(uncharged())
    await writeoffs.take(match, uncharged())

    assert len(await writeoffs.rows("SELECT FROM settled_charge")) == 1
    asked = await writeoffs.published("match-requested")
    assert [(one.method, one.reversal_of) for one in asked] == [("reversal", match.match_id), ("write-off", None)]
