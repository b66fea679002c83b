"""A library of two borrowers and four items, and what is in a set of them."""

from typing import Any

from tests.services.selection.conftest import Selection, SelectionDesk
from tests.services.selection.library import configured, party, posted

ITEMS = {"I1": 1000, "I2": 2000, "I3": 3000, "I4": -500}


async def library_with(selection: Selection) -> None:
    await selection.take(
        configured(),
        party("P1"),
        party("P2"),
        *(posted(name, amount, party_id="P2" if name == "I3" else "P1") for name, amount in ITEMS.items()),
    )


async def members(desk: SelectionDesk, made: dict[str, Any], *, marked: bool = True) -> list[str]:
    rows = (await desk.read(f"sets/{made['set_id']}/members"))["items"]
    return [row["item_id"] or row["party_id"] for row in rows if row["marked"] is marked]
