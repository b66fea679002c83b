"""One party of as many charges as credits, settled at once, and how long the four services take to hear of all of it.

Everything that is told has one key, and so one partition: each service takes it in one lane, one transaction after the
other, while the others do the same on the same machine. The floor is the settlement itself.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx

from chassis.database import Database, OwnConnection, open_database
from chassis.service import Service
from deploy.embedded.postgres.databases import DATABASE
from deploy.embedded.processes.ports import HOST, free_port
from read_model.parties import take_administration_configured
from services.matching.app import SERVICE as MATCHING
from services.matching.domain.forms import RunUndoForm
from services.matching.operations.run_steps import NewRun
from services.matching.operations.settlement import queue_settlement
from services.matching.operations.undoing import queue_undo
from services.reminders.app import SERVICE as REMINDERS
from services.selection.app import SERVICE as SELECTION
from services.writeoff.app import SERVICE as WRITEOFF
from tests.bench.members import member
from tests.bench.scale import FULL, run_alone, scaled
from tests.bench.settlement import ITEM_ROWS, OPEN_ROWS
from tests.bench.stage import Figures, Stage, say, stage, table
from tests.chassis.issuer import Issuer
from tests.events import received
from tests.services.matching.library import ADMINISTRATION, EMPLOYEE, TODAY, configured, settlement

ITEMS = 400_000
PAIRED = False
"""No credit is what a charge is: the longest settlement that there is."""
POLL_SECONDS = 0.1
LIMIT_SECONDS = 1_800.0
SERVICES = (MATCHING, SELECTION, REMINDERS, WRITEOFF)

ACCOUNT = "INSERT INTO matching.account VALUES ($1, 'p00000001')"
PROJECTION = """
INSERT INTO item (
    administration, party_id, item_id, kind, amount, currency, journal, voucher, item_date, description, note_id,
    stated_status, blocked, in_payment_run, on_bank_statement, processed, open_amount
)
SELECT
    administration, party_id, item_id, kind, amount, currency, journal, voucher, item_date, '',
    CASE WHEN amount > 0 THEN 'n' || item_id END, 'open', false, false, false, true, amount
FROM matching.item
"""
"""Every charge is on a note, so that whoever looks at notes looks at all of them."""
HEARD = "SELECT count(*) FROM {schema}.item WHERE ledger_version > 0"


async def fill(owner: OwnConnection, items: int) -> None:
    """The account as all four know it; nobody has counted the rows since, as after an import."""
    await owner.execute(ACCOUNT, ADMINISTRATION)
    await owner.execute(ITEM_ROWS, ADMINISTRATION, 1, items, PAIRED, timeout=600)
    await owner.execute(OPEN_ROWS, timeout=600)
    for service in SERVICES[1:]:
        await owner.execute(f"SET search_path TO {service.name}")
        await owner.execute(PROJECTION, timeout=600)
    await owner.execute("SET search_path TO matching")
    await owner.execute("CHECKPOINT", timeout=600)


@asynccontextmanager
async def serving(at: Stage) -> AsyncIterator[Progress]:
    """The four services as processes of their own."""
    with tempfile.TemporaryDirectory(prefix="openitems-giant-") as name:
        folder = Path(name)
        issuer = Issuer(folder / "jwks.json")
        ports = {service.name: free_port() for service in SERVICES}
        processes = [member(at, service, folder, ports[service.name]) for service in SERVICES]
        try:
            for process in processes:
                process.launch()
            async with httpx.AsyncClient(timeout=60.0) as client:
                yield Progress(client, {name: f"http://{HOST}:{port}" for name, port in ports.items()}, issuer)
        finally:
            for process in processes:
                process.stop(10.0)


class Progress:
    """What the services say of how far they are."""

    def __init__(self, client: httpx.AsyncClient, urls: Mapping[str, str], issuer: Issuer) -> None:
        self._client, self._urls = client, urls
        self._token = issuer.token(administrations=["*"], roles=["operator"], exp=int(time.time() + LIMIT_SECONDS))

    async def all_drained(self, begun: float = 0.0) -> dict[str, float]:
        """Wait until nobody has anything left to take or to tell; since when each of them is so, from `begun` on."""
        drained: dict[str, float] = {}
        for _ in range(int(LIMIT_SECONDS / POLL_SECONDS)):
            now = {name: await self._drained(url) for name, url in self._urls.items()}
            since = time.perf_counter() - begun
            drained = {name: drained.get(name, since) for name, is_drained in now.items() if is_drained}
            if len(drained) == len(now):
                return drained
            await asyncio.sleep(POLL_SECONDS)
        raise TimeoutError

    async def _drained(self, url: str) -> bool:
        try:
            answer = await self._client.get(f"{url}/v1/progress", headers={"Authorization": f"Bearer {self._token}"})
        except httpx.TransportError:
            return False
        return answer.is_success and bool(answer.json()["drained"])


async def run_seconds(owner: OwnConnection, run_id: UUID, begun: float) -> float:
    """How long the run took: until its last chunk was committed."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while (state := await owner.fetchval("SELECT state FROM matching.job WHERE job_id = $1", run_id)) != "done":
            assert state in {"queued", "running"}, f"the run is {state}"
            await asyncio.sleep(POLL_SECONDS / 2)
    return time.perf_counter() - begun


async def measured_runs(owner: OwnConnection, ledger: Database, progress: Progress, items: int) -> list[Figures]:
    """The settlement and its undo, each until everybody has heard of it."""
    rows, settled = [], uuid4()
    for work, run_id in (("settled", settled), ("undone", uuid4())):
        await progress.all_drained()
        begun = time.perf_counter()
        async with ledger.transaction() as connection:
            run = NewRun(ADMINISTRATION, run_id, EMPLOYEE)
            if work == "settled":
                await queue_settlement(connection, run, settlement())
            else:
                await queue_undo(connection, run, settled, RunUndoForm(date=TODAY))
        own = await run_seconds(owner, run_id, begun)
        drained = await progress.all_drained(begun)
        rows.append(_row(f"one party, {work}", items, own, drained))
        await _assert_heard(owner)
    return rows


async def _assert_heard(owner: OwnConnection) -> None:
    moved = await owner.fetchval("SELECT count(DISTINCT item_id) FROM matching.match, unnest(item_ids) AS item_id")
    for service in SERVICES[1:]:
        heard = await owner.fetchval(HEARD.format(schema=service.name))
        assert heard == moved, f"{service.name} heard of {heard} items, not of {moved}"


def _row(work: str, items: int, own: float, drained: Mapping[str, float]) -> Figures:
    heard = max(drained.values()) - own
    each = {f"{name}_seconds": seconds - own for name, seconds in drained.items()}
    return {"work": work, "items": items, "seconds": own, "heard_seconds": heard, "times": heard / own, **each}


async def measure(scale: float) -> list[Figures]:
    """Settle, undo, and hear of both."""
    items = scaled(ITEMS, scale, 2_000)
    async with stage(*SERVICES) as at:
        owner = await asyncpg.connect(
            at.postgres.url(database=DATABASE), server_settings={"search_path": "matching", "jit": "off"}
        )
        ledger = await open_database(at.settings(MATCHING))
        try:
            for service in SERVICES:
                await _configure(at, service)
            await fill(owner, items)
            async with serving(at) as progress:
                return await measured_runs(owner, ledger, progress, items)
        finally:
            await ledger.close()
            await owner.close()


async def _configure(at: Stage, service: Service) -> None:
    database = await open_database(at.settings(service))
    async with database.transaction() as connection:
        await take_administration_configured(connection, [received(configured())])
    await database.close()


def main(scale: float = FULL) -> list[Figures]:
    """Measure at a scale (1 is in full), print the table, give its rows."""
    rows = asyncio.run(measure(scale))
    say(table("One giant account, until all four services have heard (floor: the settlement alone)", rows))
    return rows


if __name__ == "__main__":
    run_alone(main)
