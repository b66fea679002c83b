"""A dry run of a rule says what the event then comes to: asked, on which journals, or why not."""

from typing import Any

import pytest

from contracts.event import PartyEvent
from services.writeoff.domain.books import Books
from tests.services.writeoff.causes import cancelled, contribution, enrolled, referred, returned, uncharged
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import configured, granted, party, posted
from tests.support.desk import Desk, Json

ITEMS = (
    contribution(period_start="2026-01-01", period_end="2026-12-31"),
    posted("F1", 40, "fine", checkin_id="C1"),
    posted("F2", 30, "fine", checkin_id="C1", currency="USD", base_amount=30),
    posted("M1", 900, "material", note_id="N1", material_id="M1"),
    posted("I1", 1250),
)
NO_ELAPSED = [code for code in Books(configured()).journals if code not in {"A910", "A930"}]
BOOKS: dict[str, Json] = {
    "as the product has them": {},
    "without A910 and A930": {
        "journals": [journal.model_dump() for journal in configured().journals if journal.code in NO_ELAPSED]
    },
    "with rules switched off": {
        "write_off_rules": [
            {"rule": "checkin-cancelled", "journal": "A990", "enabled": False},
            {"rule": "subscription-elapsed", "journal": "A910", "enabled": False},
        ]
    },
}


async def tried(desk: Desk, event: PartyEvent) -> dict[str, tuple[str, dict[str, int]]]:
    """What a dry run says of each item: its code, and its parts by journal."""
    data = event.model_dump(mode="json", exclude_none=True)
    rows = (await desk.do("rules/dry-run", {"topic": event.topic, "data": data}))["items"]
    return {row["item_id"]: (row["code"], row["parts"]) for row in rows}


async def came_to(writeoffs: WriteOffs, desk: Desk) -> dict[str, tuple[str, dict[str, int]]]:
    """What the event came to, item by item."""
    parts: dict[str, dict[str, int]] = {}
    for request in await writeoffs.published("match-requested"):
        for line in request.lines:
            parts.setdefault(line.item_id, {})[request.journal] = line.amount
    rows = (await desk.read("rule-outcomes"))["items"]
    return {row["item_id"]: (row["code"], parts.get(row["item_id"], {})) for row in rows}


@pytest.mark.requirement("B.8")
@pytest.mark.parametrize("books", BOOKS)
@pytest.mark.parametrize(
    "event",
    [
        cancelled(),
        cancelled(cancelled_on="2025-01-20", period_start="2025-01-01"),
        enrolled(),
        returned(),
        uncharged(),
        uncharged(cancelled_on="2025-01-20"),
        uncharged(cancelled_on="2024-01-20"),
        referred("I1", "C1"),
    ],
    ids=lambda event: event.topic,
)
async def test_an_event_comes_to_what_its_dry_run_said(
    writeoffs: WriteOffs, desk: Desk, event: PartyEvent, books: str
) -> None:
    await writeoffs.take(configured(**BOOKS[books]), party(), *ITEMS)

    said = await tried(desk, event)
    await writeoffs.take(event)

    assert said
    assert await came_to(writeoffs, desk) == said


async def test_what_was_asked_for_is_not_said_to_be_asked_for_again(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(configured(), posted("F1", 40, "fine", checkin_id="C1"))
    await writeoffs.take(uncharged())

    before: Any = await tried(desk, uncharged())
    (asked,) = await writeoffs.published("match-requested")
    await writeoffs.take(granted(asked))
    after: Any = await tried(desk, uncharged())

    assert before == {"F1": ("already-asked", {})}
    assert after == {"F1": ("nothing-open", {})}
