"""The ledger without a broker: events go in as dispatched, runs are advanced by hand, events out are rendered."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Database
from contracts.topics import TOPICS
from read_model.audits import Audit
from services.matching.app import SERVICE
from services.matching.domain.forms import RunUndoForm, SettlementForm
from services.matching.operations.audit import audit
from services.matching.operations.run_steps import new_run
from services.matching.operations.settlement import queue_settlement
from services.matching.operations.undoing import queue_undo
from services.matching.store.matches import render_matches
from tests.services.driven import Driven
from tests.services.matching.library import ADMINISTRATION, EMPLOYEE, TODAY

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Ledger(Driven):
    """The service under test."""

    def __init__(self, database: Database, owner_url: str) -> None:
        super().__init__(database, SERVICE, NOW)
        self._owner_url = owner_url

    async def settle(self, form: SettlementForm) -> dict[str, Any]:
        """Run oldest first to its end; gives the job."""
        async with self.database.transaction() as connection:
            run = await new_run(connection, ADMINISTRATION, EMPLOYEE)
            await queue_settlement(connection, run, form)
        return await self.finish(run.run_id)

    async def undo_run(self, run_id: UUID, **changes: Any) -> dict[str, Any]:
        """Undo a run to its end; gives the job."""
        async with self.database.transaction() as connection:
            undo = await new_run(connection, ADMINISTRATION, EMPLOYEE)
            await queue_undo(connection, undo, run_id, RunUndoForm(**({"date": TODAY} | changes)))
        return await self.finish(undo.run_id)

    async def finish(self, job_id: UUID) -> dict[str, Any]:
        """Advance all jobs until none is due."""
        await self.work()
        (job,) = await self.rows("SELECT * FROM job WHERE job_id = $1", job_id)
        return job

    async def open(self) -> dict[str, int]:
        """What is open, by item id."""
        rows = await self.rows("SELECT item_id, open_amount FROM open_item")
        return {row["item_id"]: row["open_amount"] for row in rows}

    async def audit(self) -> Audit:
        """What does not hold."""
        async with self.database.snapshot() as connection:
            return await audit(connection, ADMINISTRATION)

    async def published(self, topic: str) -> list[Any]:
        """What the service has published on a topic, in order, as strict as others read it."""
        rows = await self.rows("SELECT body, reference FROM outbox WHERE topic = $1 ORDER BY id", topic)
        async with self.database.snapshot() as connection:
            rendered = await render_matches(connection, [row["reference"] for row in rows if row["reference"]])
        bodies = [rendered[row["reference"]] if row["reference"] else row["body"] for row in rows]
        return [TOPICS[topic].model_validate_json(body) for body in bodies]

    async def tamper(self, statement: str, *days: str) -> None:
        """Change what the service itself may not, as only the owner of its tables can; days are its parameters."""
        connection = await asyncpg.connect(self._owner_url)
        try:
            await connection.execute("SET search_path = matching")
            await connection.execute(statement, *map(date.fromisoformat, days))
        finally:
            await connection.close()

    async def forget(self) -> None:
        """Empty the ledger, as only the owner of its tables can."""
        connection = await asyncpg.connect(self._owner_url)
        try:
            tables = (
                "item",
                "item_state",
                "open_item",
                "match",
                "account",
                "outbox",
                "answered_request",
                "job",
                "finding",
            )
            await connection.execute(f"TRUNCATE {', '.join(f'matching.{table}' for table in tables)}")
        finally:
            await connection.close()
