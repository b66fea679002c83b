"""Each service finds what it knows by an id by the beginning of that id, through an index."""

from uuid import UUID

import asyncpg
import pytest

from chassis.errors import Refused
from chassis.fingerprints import names
from chassis.http.beginnings import NamedById, range_of
from chassis.queries import load_queries
from services.matching.api.beginnings import KINDS as OF_MATCHING
from services.reminders.api.beginnings import KINDS as OF_REMINDERS
from services.selection.api.beginnings import KINDS as OF_SELECTION
from services.writeoff.api.beginnings import KINDS as OF_WRITEOFF
from tests.databases import FreshDatabase

EVERY_KIND = [
    pytest.param(service, named, id=f"{service} {kind}")
    for service, kinds in (
        ("matching", OF_MATCHING),
        ("reminders", OF_REMINDERS),
        ("selection", OF_SELECTION),
        ("writeoff", OF_WRITEOFF),
    )
    for kind, named in kinds.items()
]


@pytest.mark.parametrize(
    ("beginning", "lowest", "highest"),
    [
        ("0", "00000000-0000-0000-0000-000000000000", "0fffffff-ffff-ffff-ffff-ffffffffffff"),
        ("019ad-ABC", "019adabc-0000-0000-0000-000000000000", "019adabc-ffff-ffff-ffff-ffffffffffff"),
        (
            "019adabc-0000-7000-8000-000000000001",
            "019adabc-0000-7000-8000-000000000001",
            "019adabc-0000-7000-8000-000000000001",
        ),
    ],
)
def test_a_beginning_is_a_range_of_ids(beginning: str, lowest: str, highest: str) -> None:
    assert range_of(beginning) == (UUID(lowest), UUID(highest))


@pytest.mark.parametrize("text", ["", "-", "xyz", "019g", "0" * 33, "٠١"])
def test_what_can_begin_no_id_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="Ids are made of"):
        range_of(text)


@pytest.mark.parametrize(
    ("typed", "is_meant"),
    [("abcdef", True), ("abcdef0123456789", True), ("abcde", False), ("abcdee", False), ("", False)],
)
def test_a_fingerprint_is_meant_by_six_of_its_characters(typed: str, *, is_meant: bool) -> None:
    assert names(typed, "abcdef0123456789") is is_meant


@pytest.mark.parametrize(("service", "named"), EVERY_KIND)
async def test_ids_are_found_through_an_index(database: FreshDatabase, service: str, named: NamedById) -> None:
    statement = load_queries(named.package)[named.query]
    types = "text, uuid, uuid, integer" + (", text" if named.within else "")
    values = "'bib-gent', '01900000-0000-0000-0000-000000000000', '019fffff-ffff-ffff-ffff-ffffffffffff', 6" + (
        ", 'P1'" if named.within else ""
    )
    connection = await asyncpg.connect(database.owner_url, server_settings={"search_path": service})
    await connection.execute("SET enable_seqscan = off")
    await connection.execute("SET enable_sort = off")

    await connection.execute(f"PREPARE ids ({types}) AS {statement}")
    plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE ids ({values})"))
    await connection.close()

    assert "Index" in plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan
    condition = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert ">=" in condition
    assert "<=" in condition
