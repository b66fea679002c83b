"""What the door took before is found at once, however much that is and whatever the planner thinks of it."""

import time

import asyncpg
import pytest

from chassis.database import open_database
from chassis.outbox import newest_told
from tests.databases import FreshDatabase

ROWS = 100_000
ASKED = 1_000
LIMIT_SECONDS = 0.5
FILL = """
INSERT INTO matching.outbox (topic, key, body, subject, published_at)
SELECT 'item-posted', 'bib-gent:P1', convert_to(n::text, 'UTF8'), 'item-' || n % $2, clock_timestamp()
FROM generate_series(1, $1::integer) AS n
"""


@pytest.mark.parametrize("subjects", [ROWS, 100], ids=["each its own", "many of the same"])
async def test_the_newest_of_each_subject_is_found_by_its_index(database: FreshDatabase, subjects: int) -> None:
    opened = await open_database(database.settings("matching"))
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(FILL, ROWS, subjects)
    await owner.execute("ANALYZE matching.outbox")
    await owner.close()

    async with opened.connection() as connection:
        begun = time.monotonic()
        unknown = await newest_told(connection, [f"other-{number}" for number in range(ASKED)])
        took = time.monotonic() - begun
        known = await newest_told(connection, ["item-7", "item-99"])

    await opened.close()
    assert unknown == {}
    assert {subject: int(told.body) % subjects for subject, told in known.items()} == {"item-7": 7, "item-99": 99}
    assert min(int(told.body) for told in known.values()) > ROWS - subjects or subjects == ROWS
    assert took < LIMIT_SECONDS, took
