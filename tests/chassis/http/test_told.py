"""Whoever sent events is told how many of them the broker has not confirmed, and where the others are."""

from typing import Any

import httpx
import pytest

from chassis.database import Database

ADD = """
INSERT INTO outbox (topic, key, body, source, published_at, partition, record_offset)
SELECT 'item-posted', key, 'x', source, CASE WHEN place IS NOT NULL THEN now() END, 1, place
FROM unnest($1::text[], $2::text[], $3::bigint[]) AS e (key, source, place)
"""
PATH = "/v1/administrations/lib-nl/told"


async def add(owner: Database, *rows: tuple[str, str | None, int | None]) -> int:
    """Put events into the outbox; gives the place before them."""
    before: int = await owner.pool.fetchval("SELECT coalesce(max(id), 0) FROM outbox")
    await owner.pool.execute(ADD, *map(list, zip(*rows, strict=True)))
    return before


async def told(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    response = await client.get(PATH, params=asked)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_events_between_two_places_are_counted_and_placed(clerk: httpx.AsyncClient, owner: Database) -> None:
    before = await add(owner, ("lib-nl:P1", "http/x", 41), ("lib-nl:P2", "http/x", 42), ("lib-nl:P1", "http/x", None))
    await add(owner, ("lib-nl:P1", "http/x", 90))

    found = await told(clerk, after=before, until=before + 3)

    assert found == {"last": before + 4, "events": 3, "unpublished": 1, "positions": {"item-posted-1": 43}}


async def test_events_of_another_administration_are_not_among_them(clerk: httpx.AsyncClient, owner: Database) -> None:
    before = await add(owner, ("lib-nlx:P1", "http/x", 50), ("lib-nl:P1", "http/x", 41), ("lib-nlx:P1", None, None))

    found = await told(clerk, after=before)

    assert (found["events"], found["unpublished"], found["positions"]) == (1, 0, {"item-posted-1": 42})


async def test_what_the_service_tells_by_itself_can_be_asked_for_alone(
    clerk: httpx.AsyncClient, owner: Database
) -> None:
    before = await add(owner, ("lib-nl:P1", "http/x", 41), ("lib-nl:P1", None, 12))

    found = await told(clerk, after=before, own=True)

    assert (found["events"], found["positions"]) == (1, {"item-posted-1": 13})


async def test_without_a_place_only_what_is_not_published_is_looked_at(
    clerk: httpx.AsyncClient, owner: Database
) -> None:
    await add(owner, ("lib-nl:P1", "http/x", 41), ("lib-nl:P1", None, None))

    found = await told(clerk)

    assert (found["events"], found["unpublished"], found["positions"]) == (1, 1, {})


@pytest.mark.parametrize("path", ["/v1/administrations/lib-be/told"])
async def test_another_administration_is_none_of_yours(clerk: httpx.AsyncClient, path: str) -> None:
    response = await clerk.get(path)

    assert response.status_code == 403
