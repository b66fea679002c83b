"""A proposal whose run ended before its end is open again, and says why: it is executed anew or discarded."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from chassis.jobs import MAX_ATTEMPTS
from services.matching.operations import proposals
from services.matching.store import proposals as store
from tests.databases import FreshDatabase
from tests.gates.tree import ROOT
from tests.services.matching.books import Ledger
from tests.services.matching.library import TODAY, configured, posted
from tests.services.matching.offers import BOOKING, executed, pairs, proposed
from tests.support.desk import Desk

MENDING = ROOT / "services/matching/migrations/0010_failed_proposals.sql"


async def configure(ledger: Ledger, version: int, *, is_open: bool) -> None:
    """Open or close the period of today."""
    periods = configured().model_dump(mode="json")["fiscal_periods"]
    month = (TODAY.year, TODAY.month)
    changed = [
        {**period, "open": is_open} if (period["year"], period["period"]) == month else period for period in periods
    ]
    await ledger.take(configured(version=version, fiscal_periods=changed))


async def queued_execution(desk: Desk, path: str) -> str:
    """Everything marked, and its execution queued; gives the run."""
    await desk.do(f"{path}/marks", {"marked": True}, 200)
    fingerprint = (await desk.read(path))["fingerprint"]
    answer = await desk.do(f"{path}/execution", {"fingerprint": fingerprint}, 202)
    return str(answer["job_id"])


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "Period 2026/11 is closed. Field: date. Choose a date in an open period."),
        ("nl", "Periode 2026/11 is afgesloten. Veld: date. Kies een datum in een open periode."),
        ("da", "Periode 2026/11 er lukket. Felt: date. Vælg en dato i en åben periode."),
    ],
)
async def test_an_execution_that_is_refused_leaves_the_proposal_open_and_says_why(
    ledger: Ledger, desk: Desk, language: str, message: str
) -> None:
    await pairs(ledger)
    path = await proposed(ledger, desk)
    run = await queued_execution(desk, path)
    await configure(ledger, 2, is_open=False)

    job = await ledger.finish(UUID(run))
    desk.client.headers["accept-language"] = language
    found = await desk.read(path)

    assert (job["state"], found["state"]) == ("failed", "open")
    assert found["failure"] == {"code": "closed-period", "message": message, "field": "date", "run": "execution"}


async def test_a_refused_execution_is_done_again_once_its_period_is_open(ledger: Ledger, desk: Desk) -> None:
    await pairs(ledger)
    path = await proposed(ledger, desk)
    run = await queued_execution(desk, path)
    await configure(ledger, 2, is_open=False)
    await ledger.finish(UUID(run))
    await configure(ledger, 3, is_open=True)

    await executed(ledger, desk, path)
    found = await desk.read(path)

    assert (found["state"], found["failure"]) == ("executed", None)
    assert set(await ledger.open()) == {"ODD"}


async def test_a_refused_execution_is_discarded_and_lets_go_of_its_items(ledger: Ledger, desk: Desk) -> None:
    await pairs(ledger)
    path = await proposed(ledger, desk)
    run = await queued_execution(desk, path)
    await configure(ledger, 2, is_open=False)
    await ledger.finish(UUID(run))

    await desk.do(f"{path}/discarding", {}, 200)

    assert (await desk.read(path))["state"] == "discarded"
    assert await ledger.rows("SELECT * FROM reservation") == []


async def test_what_was_matched_before_an_execution_ended_early_stays_matched(
    ledger: Ledger, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "CHUNK_ITEMS", 8)
    await pairs(ledger)
    path = await proposed(ledger, desk)
    run = await queued_execution(desk, path)
    await ledger.worker.advance_one()
    await configure(ledger, 2, is_open=False)
    await ledger.finish(UUID(run))
    half_way = await ledger.open()
    await configure(ledger, 3, is_open=True)

    outcomes = await executed(ledger, desk, path)

    assert set(half_way) == {"I3", "C3", "ODD"}
    assert outcomes == dict.fromkeys(("I1", "C1", "I2", "C2", "I3", "C3"), "matched")
    assert len(await ledger.published("items-matched")) == 3
    assert (await ledger.audit()).violations == ()


async def test_a_fault_of_ours_while_building_leaves_the_proposal_to_be_discarded(
    ledger: Ledger, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise KeyError("method")

    monkeypatch.setattr(proposals, "proposed_groups", broken)
    await pairs(ledger)
    answer = await desk.do("proposals", {"booking": BOOKING, "method": "opposite-items"}, 202)
    path = f"proposals/{answer['job_id']}"

    for _ in range(MAX_ATTEMPTS):
        await ledger.rows("UPDATE job SET next_attempt_at = clock_timestamp()")
        await ledger.worker.advance_one()
    found = await desk.read(path)
    await desk.do(f"{path}/discarding", {}, 200)

    assert found["state"] == "open"
    assert found["failure"] == {"code": "chunk-failed", "message": "KeyError: 'method'", "run": "building"}
    assert (await desk.read(path))["state"] == "discarded"


async def test_a_try_that_is_not_the_last_leaves_the_proposal_on_its_way(
    ledger: Ledger, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise KeyError("method")

    await pairs(ledger)
    answer = await desk.do("proposals", {"booking": BOOKING, "method": "opposite-items"}, 202)
    path = f"proposals/{answer['job_id']}"
    with monkeypatch.context() as patch:
        patch.setattr(proposals, "proposed_groups", broken)
        await ledger.worker.advance_one()
    tried = await desk.read(path)
    await ledger.rows("UPDATE job SET next_attempt_at = clock_timestamp()")

    await ledger.finish(UUID(answer["job_id"]))

    assert (tried["state"], tried["failure"]) == ("building", None)
    assert (await desk.read(path))["state"] == "open"


@pytest.mark.parametrize(
    ("kind", "state"),
    [("build-proposal", "building"), ("execute-proposal", "executing")],
)
async def test_proposals_left_behind_by_failed_runs_are_opened_by_the_migration(
    ledger: Ledger, desk: Desk, database: FreshDatabase, kind: str, state: str
) -> None:
    await ledger.take(posted("I1", 500), posted("C1", -500))
    path = await proposed(ledger, desk)
    await ledger.rows("UPDATE proposal SET state = $1", state)
    await ledger.rows("UPDATE job SET state = 'failed', kind = $1, error = '{\"code\": \"odd\"}'", kind)
    owner = await asyncpg.connect(database.owner_url, server_settings={"search_path": "matching"})

    await owner.execute("UPDATE" + MENDING.read_text(encoding="utf-8").split("UPDATE", 1)[1])

    await owner.close()
    found = await desk.read(path)
    assert (found["state"], found["failure"]["code"]) == ("open", "odd")
