"""A stack of small services, and a command line that starts and stops it under another account."""

import asyncio
import sys
from pathlib import Path

import asyncpg

from deploy.embedded import stack
from deploy.embedded.plan import ServicePlan, StackPlan
from deploy.embedded.postgres.credentials import Credentials
from deploy.embedded.postgres.databases import OWNER

SERVICE = Path(__file__).with_name("fake_service.py")
NAMES = ("one", "two")
TOPICS = ("item-posted", "items-matched")


def fake_service(name: str) -> ServicePlan:
    run = (sys.executable, str(SERVICE))
    return ServicePlan(name=name, run=run, migrate=(*run, "migrate"))


def fake_plan() -> StackPlan:
    return StackPlan(services=tuple(fake_service(name) for name in NAMES), topics=TOPICS, partitions=2)


def published_events(folder: Path) -> int:
    """How many events the services' outboxes count as published."""

    async def count() -> int:
        password = Credentials(folder / "postgres" / "passwords.json").password(OWNER)
        total = 0
        for name in NAMES:
            connection = await asyncpg.connect(
                stack.status(folder).database, password=password, server_settings={"search_path": name}
            )
            total += await connection.fetchval("SELECT count(published_at) FROM outbox")
            await connection.close()
        return total

    return asyncio.run(count())


def main(command: str, folder: str) -> None:
    done = stack.start(Path(folder), fake_plan()) if command == "up" else stack.stop(Path(folder))
    sys.stdout.write(done.model_dump_json())


if __name__ == "__main__":
    main(*sys.argv[1:])
