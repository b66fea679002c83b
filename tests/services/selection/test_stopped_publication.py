"""A write-off whose publication breaks off says why, and goes on where it was when it is confirmed again."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from chassis.jobs import MAX_ATTEMPTS
from services.selection.operations import publishing
from tests.databases import FreshDatabase
from tests.services.selection.conftest import Selection, SelectionDesk, confirmation, refusal
from tests.services.selection.library import configured, party, posted

BREAK = """
CREATE FUNCTION selection.break_off() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the disk of P2 is broken'; END $$;
CREATE TRIGGER break_off BEFORE INSERT ON selection.writeoff_request
FOR EACH ROW WHEN (NEW.party_id = 'P2') EXECUTE FUNCTION selection.break_off()
"""
MEND = "DROP TRIGGER break_off ON selection.writeoff_request; DROP FUNCTION selection.break_off()"


@pytest.fixture
async def owner(database: FreshDatabase) -> AsyncIterator[Any]:
    """Whoever may break the schema, and mend it."""
    connection = await asyncpg.connect(database.owner_url)
    try:
        yield connection
    finally:
        await connection.close()


async def work_until_it_fails(selection: Selection) -> None:
    for _ in range(MAX_ATTEMPTS + 2):
        await selection.rows("UPDATE job SET next_attempt_at = clock_timestamp()")
        await selection.work()


async def stopped(selection: Selection, desk: SelectionDesk, owner: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A write-off of two parties of which the first one was told when publishing broke off."""
    monkeypatch.setattr(publishing, "CHUNK_ITEMS", 1)
    await selection.take(configured(), party("P1"), party("P2"), posted("I1"), posted("I2", party_id="P2"))
    batch = await desk.approved(await desk.reported("open_amount > 100"))
    await owner.execute(BREAK)
    await work_until_it_fails(selection)
    return batch


async def test_a_publication_that_broke_off_shows_the_reason(
    selection: Selection, desk: SelectionDesk, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await stopped(selection, desk, owner, monkeypatch)

    shown = await desk.read(f"write-offs/{batch['batch_id']}")
    listed = (await desk.read("write-offs"))["items"]

    assert shown["state"] == "stopped"
    assert shown["failure"]["code"] == "chunk-failed"
    assert "the disk of P2 is broken" in shown["failure"]["message"]
    assert [(one["state"], one["failure"]) for one in listed] == [("stopped", shown["failure"])]


async def test_its_set_is_not_called_written_off_and_what_to_do_is_told(
    selection: Selection, desk: SelectionDesk, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await stopped(selection, desk, owner, monkeypatch)

    refused = await desk.send(f"sets/{batch['set_id']}/write-offs")

    assert refusal(refused) == "publication-stopped"
    assert batch["batch_id"] in refused.json()["detail"]


async def test_confirmed_again_it_goes_on_and_nothing_is_told_twice(
    selection: Selection, desk: SelectionDesk, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await stopped(selection, desk, owner, monkeypatch)
    told = await selection.published("writeoff-requested")
    await owner.execute(MEND)

    again = await desk.do(f"write-offs/{batch['batch_id']}/confirmation", confirmation(batch))
    await selection.work()

    requests = await selection.published("writeoff-requested")
    shown = await desk.read(f"write-offs/{batch['batch_id']}")
    assert [request.party_id for request in told] == ["P1"]
    assert (again["state"], shown["state"], shown["failure"]) == ("publishing", "published", None)
    assert [request.party_id for request in requests] == ["P1", "P2"]
    assert (await desk.read("audit"))["violations"] == []


async def test_only_what_was_shown_goes_on(
    selection: Selection, desk: SelectionDesk, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await stopped(selection, desk, owner, monkeypatch)

    other = await desk.send(f"write-offs/{batch['batch_id']}/confirmation", confirmation(batch, items=7))
    await selection.work()

    assert refusal(other) == "items-differ"
    assert (await desk.read(f"write-offs/{batch['batch_id']}"))["state"] == "stopped"
