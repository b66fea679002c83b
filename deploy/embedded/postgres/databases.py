"""The stack's database and its roles: an owner for migrations, and per service one role that owns nothing."""

from collections.abc import Collection, Iterable

import asyncpg

from chassis.outbox import replay
from chassis.queries import load_queries
from deploy.embedded.errors import StackError
from deploy.embedded.postgres.server import Postgres

DATABASE = "openitems"
OWNER = "openitems_owner"
SESSION_END_LIMIT_MS = 10_000


def service_role(service: str) -> str:
    """Name the role under which a service works; its migrations grant it what it needs."""
    return f"openitems_{service}"


async def prepare_database(postgres: Postgres, services: Iterable[str], database: str = DATABASE) -> bool:
    """Make the database and the roles that are missing; say whether the database was made just now.

    Every role gets the password that `postgres.credentials` holds for it. Raises asyncpg.PostgresError or OSError
    if the server does not do it.
    """
    queries = load_queries("deploy.embedded.postgres")
    roles = [OWNER, *(service_role(service) for service in services)]
    connection = await asyncpg.connect(postgres.url())
    try:
        for role in roles:
            statement = await connection.fetchval(queries.role_statement, role, postgres.credentials.password(role))
            await connection.execute(statement)
        is_new = not await connection.fetchval(queries.database_exists, database)
        if is_new:
            await connection.execute(await connection.fetchval(queries.create_database_statement, database, OWNER))
            await connection.execute(await connection.fetchval(queries.close_database_statement, database))
        for role in roles:
            await connection.execute(await connection.fetchval(queries.open_database_statement, database, role))
    finally:
        await connection.close()
    return is_new


async def replay_outboxes(postgres: Postgres, services: Collection[str], database: str = DATABASE) -> int:
    """Mark what the services' outboxes still keep as unpublished, for a broker that has lost it; say how many events.

    The services are not running. Raises StackError, asyncpg.PostgresError or OSError if it cannot be done.
    """
    await _end_sessions(postgres, services)
    replayed = 0
    for service in services:
        connection = await asyncpg.connect(
            postgres.url(service_role(service), database), server_settings={"search_path": service}
        )
        try:
            replayed += await replay(connection)
        finally:
            await connection.close()
    return replayed


async def _end_sessions(postgres: Postgres, services: Iterable[str]) -> None:
    """End what the server still does for services that are gone.

    A killed one may have sent a statement that marks events as published; it must not come after the replay.

    Raises StackError if a session outlives SESSION_END_LIMIT_MS.
    """
    queries = load_queries("deploy.embedded.postgres")
    roles = [service_role(service) for service in services]
    connection = await asyncpg.connect(postgres.url())
    try:
        left = await connection.fetchval(queries.end_sessions, roles, SESSION_END_LIMIT_MS)
    finally:
        await connection.close()
    if left:
        raise StackError(f"{left} database sessions of stopped services do not end; see {postgres.log}")
