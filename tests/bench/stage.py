"""What every benchmark stands on: PostgreSQL as in production (fsync on), the embedded broker, one service's schema."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from chassis.migrations import migrate
from chassis.service import Service
from chassis.settings import Settings
from contracts.topics import all_topics
from deploy.embedded.broker.server import FETCH_WAIT_MS, SESSION_TIMEOUT_MS, Broker
from deploy.embedded.broker.topics import create_topics
from deploy.embedded.postgres.databases import DATABASE, OWNER, prepare_database, service_role
from deploy.embedded.postgres.server import Postgres

PARTITIONS = 4
RUNS = 3
"""Of which the median counts where one takes seconds: a neighbour on the machine takes as much as a tenth of it."""
Figures = dict[str, float | int | str]


@dataclass(frozen=True, slots=True)
class Stage:
    """A running database with the schemas of some services, and a broker with all topics."""

    postgres: Postgres
    broker: Broker

    def settings(self, service: Service) -> Settings:
        """The settings under which the service works here."""
        return service.settings(
            service=service.name,
            database_url=SecretStr(self.postgres.url(service_role(service.name), DATABASE)),
            migration_database_url=SecretStr(self.postgres.url(OWNER, DATABASE)),
        )


@asynccontextmanager
async def stage(*services: Service) -> AsyncIterator[Stage]:
    """Set the stage in a folder of its own; everything is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="openitems-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with Postgres(folder / "postgres") as postgres, Broker(folder / "broker") as broker:
            os.environ |= {
                "OPENITEMS_KAFKA_BOOTSTRAP": broker.bootstrap,
                "OPENITEMS_KAFKA_IDEMPOTENCE": "false",
                "OPENITEMS_KAFKA_FETCH_WAIT_MS": str(FETCH_WAIT_MS),
                "OPENITEMS_KAFKA_PARTITIONS": str(PARTITIONS),
                "OPENITEMS_KAFKA_SESSION_TIMEOUT_MS": str(SESSION_TIMEOUT_MS),
            }
            await prepare_database(postgres, [service.name for service in services])
            set_up = Stage(postgres, broker)
            for service in services:
                await migrate(set_up.settings(service), service.migrations)
            await create_topics(broker.bootstrap, all_topics(), PARTITIONS)
            yield set_up


def all_seconds(count: int, first: float, seconds: float, since_start: float) -> float:
    """What all of a count take, in seconds, from how long those took that came after the first ones.

    The first are not counted, nor what goes before them; where they were all there were, everything is.
    """
    return seconds * count / (count - first) if first < count else since_start


def middle(runs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The run whose second figure has the middle ratio to its first."""
    return sorted(runs, key=lambda run: run[1] / run[0])[len(runs) // 2]


def say(text: str) -> None:
    """Put a table or a finding on standard output."""
    sys.stdout.write(f"{text}\n")


def table(title: str, rows: Sequence[Figures]) -> str:
    """A title and rows of the same columns, aligned; numbers with two decimals unless they are whole."""
    columns = list(rows[0])
    cells = [[_shown(row[column]) for column in columns] for row in rows]
    widths = [max(len(line[n]) for line in (columns, *cells)) for n in range(len(columns))]
    return "\n".join((title, *(_line(line, widths) for line in (columns, *cells))))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(text.ljust(width) for text, width in zip(cells, widths, strict=True))


def _shown(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.2f}" if value % 1 else f"{value:,.0f}"
