"""What became of each row in all services: taken, waiting, put aside and why, or not heard of."""

import asyncio
from typing import Any

import pytest

from console.caller import Target
from console.importing.outcomes import EVENTS, told_of, with_outcomes
from console.session import Session
from contracts.event import PartyEvent
from tests.services.matching.books import Ledger
from tests.services.matching.library import ADMINISTRATION, party, posted, requested
from tests.support.clerk import Clerk


async def outcomes(clerk: Clerk, *rows: tuple[PartyEvent, ...]) -> list[dict[str, Any]]:
    """What the services say of rows that became these events."""
    token = clerk.issuer.token(sub="o.peeters", administrations=[ADMINISTRATION], roles=["operator"])
    session = Session(Target(clerk.urls, token), ADMINISTRATION, "en")
    records = [{"row": at, "outcome": "new", EVENTS: told_of(events)} for at, events in enumerate(rows, 2)]
    try:
        return await asyncio.to_thread(lambda: list(with_outcomes(session, records)))
    finally:
        session.close()


@pytest.mark.requirement("B.11")
async def test_items_are_taken_put_aside_or_not_heard_of(clerk: Clerk, ledger: Ledger) -> None:
    await ledger.take(posted("N1", 500, party_id="X1"), posted("N2", 700, party_id="X1"))
    await ledger.take(posted("N2", 800, party_id="X1"))

    rows = await outcomes(
        clerk, (posted("N1", 500, party_id="X1"),), (posted("N2", 800, party_id="X1"),), (posted("N3", party_id="X1"),)
    )

    assert [row["outcome"] for row in rows] == ["taken", "put-aside", "not-heard"]
    assert rows[0]["matching"] == rows[0]["selection"] == rows[0]["reminders"] == rows[0]["writeoff"] == "taken"
    assert "was posted before with another amount" in rows[1]["reason"]
    assert "post the correction under a new id" in rows[1]["remedy"]
    assert "has not heard of it yet" in rows[2]["reason"]
    assert not any(EVENTS in row for row in rows)


async def test_parties_are_taken_under_their_version_or_a_later_one(clerk: Clerk, ledger: Ledger) -> None:
    await ledger.take(party("X1", version=5, name="Anna"), party("X2", version=9, name="Bo"))
    await ledger.take(party("X1", version=5, name="Another"))

    rows = await outcomes(
        clerk,
        (party("X1", version=5, name="Anna"),),
        (party("X1", version=5, name="Another"),),
        (party("X2", version=7, name="Bob"),),
        (party("X3"),),
    )

    assert [row["outcome"] for row in rows] == ["taken", "put-aside", "taken", "not-heard"]


async def test_an_opening_balance_is_taken_once_it_is_matched(clerk: Clerk, ledger: Ledger) -> None:
    def opening(name: str, settled: int) -> tuple[PartyEvent, ...]:
        item, credit = posted(name, 1000, party_id="X1"), posted(f"S-{name}", -settled, party_id="X1")
        lines = [{"item_id": name, "amount": settled}, {"item_id": f"S-{name}", "amount": -settled}]
        request = requested(
            None, party_id="X1", method="manual", contra=None, journal="M90", lines=lines, date="2026-11-01"
        )
        return (item, credit, request)

    matched, refused, waits = opening("N1", 600), opening("N2", 600), opening("N3", 600)
    closed = refused[2].model_copy(update={"journal": "NONE"})
    await ledger.take(*matched, *refused[:2], closed, waits[0], waits[2])

    rows = await outcomes(clerk, matched, (*refused[:2], closed), waits)

    assert [row["outcome"] for row in rows] == ["taken", "put-aside", "waiting"]
    assert "What was settled before is not matched" in rows[1]["reason"]
    assert rows[2]["matching"] == "waiting"
