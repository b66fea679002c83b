"""Proposals made and executed over the API, and accounts that they are made of."""

from typing import Any

from tests.services.matching.books import Ledger
from tests.services.matching.library import TODAY, posted
from tests.support.desk import Desk

BOOKING = {"date": str(TODAY), "journal": "M90"}


async def proposed(ledger: Ledger, desk: Desk, **form: Any) -> str:
    """A proposal, built to its end; gives its path."""
    answer = await desk.do("proposals", {"booking": BOOKING, "method": "opposite-items", **form}, 202)
    await ledger.finish(answer["job_id"])
    return f"proposals/{answer['job_id']}"


async def executed(ledger: Ledger, desk: Desk, path: str) -> dict[str, str]:
    """Execute what is marked now; gives the outcome of each item."""
    fingerprint = (await desk.read(path))["fingerprint"]
    answer = await desk.do(f"{path}/execution", {"fingerprint": fingerprint}, 202)
    await ledger.finish(answer["job_id"])
    items = await desk.read(f"{path}/items")
    return {item["item_id"]: item["outcome"] for item in items["items"]}


async def pairs(ledger: Ledger) -> None:
    await ledger.take(
        posted("I1", 500),
        posted("C1", -500),
        posted("I2", 700),
        posted("C2", -700),
        posted("I3", 900, party_id="P2"),
        posted("C3", -900, party_id="P2"),
        posted("ODD", 33),
    )
