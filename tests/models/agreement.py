"""What must hold between four services and a note book, once nothing is under way any more."""

from typing import Any
from uuid import UUID

from chassis.settings import ServiceName
from tests.models.business import NoteBook
from tests.models.house import House

PROJECTIONS: tuple[ServiceName, ...] = ("selection", "reminders", "writeoff")


async def violations(house: House) -> dict[str, Any]:
    """What the audits of the services find."""
    found = {name: await house.desk(name).read("audit") for name in house.wings}
    return {name: audit["violations"] for name, audit in found.items() if audit["violations"]}


async def agree(house: House, book: NoteBook, batches: list[str]) -> None:
    """All services say the same as the book, and nothing waits or was put aside without reason."""
    await _open_amounts_agree(house, book)
    await _nothing_is_aside(house, book)
    await _entries_agree(house, book)
    await _reminders_agree(house, book)
    for batch_id in batches:
        await _batch_is_done(house, batch_id)


async def _open_amounts_agree(house: House, book: NoteBook) -> None:
    ledger = await house.wings["matching"].rows(
        "SELECT party_id, item_id, open_amount FROM open_item WHERE administration = $1", house.administration
    )
    found = {(row["party_id"], row["item_id"]): row["open_amount"] for row in ledger}
    assert found == {key: left for key, left in book.ledger.open.items() if left}, "the ledger"
    for name in PROJECTIONS:
        rows = await house.wings[name].rows(
            "SELECT party_id, item_id, open_amount FROM item WHERE administration = $1", house.administration
        )
        assert {(row["party_id"], row["item_id"]): row["open_amount"] for row in rows} == book.ledger.open, name


async def _nothing_is_aside(house: House, book: NoteBook) -> None:
    """Contradictions are dead letters everywhere; a change of what was never posted waits everywhere."""
    early = {key for key in book.states if key not in book.ledger.items}
    for name, wing in house.wings.items():
        dead = await wing.rows("SELECT code FROM dead_letter WHERE key LIKE $1", f"{house.administration}:%")
        assert len(dead) == len(book.contradictions), (name, dead)
        waiting = await wing.rows(
            "SELECT topic, split_part(key, ':', 2) AS party_id, refers_to FROM waiting_event WHERE administration = $1",
            house.administration,
        )
        found = {(row["party_id"], row["refers_to"].removeprefix("item ")) for row in waiting}
        assert found == early, (name, waiting)


async def _entries_agree(house: House, book: NoteBook) -> None:
    rows = await house.wings["writeoff"].rows(
        "SELECT match_id, item_id, amount FROM entry_line WHERE administration = $1 AND position > 0",
        house.administration,
    )
    entries: dict[UUID, dict[str, int]] = {}
    for row in rows:
        entries.setdefault(row["match_id"], {})[row["item_id"]] = row["amount"]
    assert entries == book.write_offs


async def _reminders_agree(house: House, book: NoteBook) -> None:
    for name in PROJECTIONS:
        rows = await house.wings[name].rows(
            "SELECT party_id, item_id, reminder_level FROM item WHERE administration = $1 AND reminder_level > 0",
            house.administration,
        )
        assert {(row["party_id"], row["item_id"]): row["reminder_level"] for row in rows} == book.levels, name


async def _batch_is_done(house: House, batch_id: str) -> None:
    """The clerk reads how many were requested, written off and skipped; what was written off is in the books."""
    batch = await house.desk("selection").read(f"write-offs/{batch_id}")
    assert batch["state"] == "done", batch
    told = batch["summary"]
    assert told["requested_items"] == batch["items"] == told["written_off_items"] + told["skipped_items"]
    rows = await house.wings["writeoff"].rows(
        "SELECT coalesce(-sum(l.amount), 0)::bigint AS amount, count(l.*) AS items FROM request AS r"
        " INNER JOIN entry AS e ON e.administration = r.administration AND e.request_id = r.request_id"
        " INNER JOIN entry_line AS l ON l.match_id = e.match_id AND l.position > 0"
        " WHERE r.batch_id = $1 AND e.reversal_of IS NULL",
        UUID(batch_id),
    )
    written = sum(total["amount"] for total in told["written_off"])
    assert rows == [{"amount": written, "items": told["written_off_items"]}]
