"""One line that is spoiled spoils nothing that is handed in beside it."""

from pathlib import Path
from typing import Any

import pytest

from tests.chassis.consuming.hostile import consuming
from tests.databases import FreshDatabase
from tests.services.matching.test_door_and_consumers import full, refused_at_the_door


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:9")


async def test_half_a_surrogate_pair_spoils_nothing_beside_it(database: FreshDatabase, tmp_path: Path) -> None:
    good: dict[str, Any] = {"topic": "party-updated", "data": full("party-updated")}
    halves: list[dict[str, Any]] = [
        {"topic": "party-updated", "data": {**full("party-updated"), "name": "\ud800"}},
        {"topic": "party-updated", "data": {**full("party-updated"), "\udc00": 1}},
        {"topic": "party-\ud800", "data": {}},
        good | {"id": "\ud800"},
        good | {"source": "a\udc00"},
        good | {"\ud800": 1},
    ]

    async with consuming("matching", database, tmp_path) as ledger:
        refused = await refused_at_the_door(ledger, [good, *halves, good])

    assert refused.keys() == set(range(1, len(halves) + 1))


async def test_what_is_no_event_at_all_spoils_nothing_beside_it(database: FreshDatabase, tmp_path: Path) -> None:
    good: Any = {"topic": "party-updated", "data": full("party-updated")}
    strange: list[Any] = [None, 1, "x", [], {}, good | {"data": []}, good | {"more": 1}, good | {"topic": 7}]

    async with consuming("matching", database, tmp_path) as ledger:
        refused = await refused_at_the_door(ledger, [good, *strange])

    assert refused == dict.fromkeys(range(1, len(strange) + 1), "not-an-event")
