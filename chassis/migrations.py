"""Forward-only SQL migrations: sorted files, a register with digests, one transaction per file.

Beside the numbered files, which are applied once and never edited, a package may have definitions (`R_name.sql`): files
that make functions and types anew, whole, whatever was there before. They are edited where they are, and applied after
the numbered ones when their text is one that was never applied: a text that another one took the place of is an earlier
version's, which may run beside a later one and leaves what that one defined.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from importlib.resources import files

import asyncpg

from chassis.database import PASSING_FAULTS, OwnConnection
from chassis.errors import Refused, Retry
from chassis.queries import load_queries
from chassis.settings import Settings

log = logging.getLogger(__name__)

CHASSIS_SCHEMA = "chassis.schema"
DEFINITION = "R_"
"""How the name of a file begins that is applied again when it was edited."""
LOCK_POLL_SECONDS = 0.2
LOCK_WAIT_SECONDS = 120.0
TABLE_LOCK_WAIT_MS = 10_000
"""How long a statement may queue for a table that is in use: whoever comes after it waits as well."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One SQL file; `name` is package/file as it was first applied, and never changes after that."""

    name: str
    sql: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text: an applied file that was edited is refused."""
        return sha256(self.sql.encode()).hexdigest()

    @property
    def text_name(self) -> str:
        """The name under which the register keeps that a definition was once applied with this text."""
        return f"{self.name}#{self.digest}"

    def is_in(self, register: Mapping[str, str]) -> bool:
        """Whether a register (name to digest) has it; a definition, also where a later text took its place."""
        if not _is_definition(self.name):
            return self.name in register
        return self.text_name in register or register.get(self.name) == self.digest


def find_migrations(packages: Sequence[str]) -> tuple[Migration, ...]:
    """The packages' .sql files, package by package, each sorted by name (0001_…, 0002_…)."""
    return tuple(
        Migration(f"{recorded_as(package)}/{file.name}", file.read_text("utf-8"))
        for package in packages
        for file in sorted(files(package).iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql") and file.name[:4].isdigit()
    )


def recorded_as(package: str) -> str:
    """The name under which databases know a package's migrations: its own, or the one that it had before it moved.

    A package that moved says so in `RECORDED_AS`; under another name its files would be applied a second time.
    """
    return str(getattr(import_module(package), "RECORDED_AS", package))


def find_definitions(packages: Sequence[str]) -> tuple[Migration, ...]:
    """The packages' definitions (`R_name.sql`), package by package, each sorted by name."""
    return tuple(
        Migration(f"{recorded_as(package)}/{file.name}", file.read_text("utf-8"))
        for package in packages
        for file in sorted(files(package).iterdir(), key=lambda file: file.name)
        if file.name.startswith(DEFINITION) and file.name.endswith(".sql")
    )


def missing(register: Mapping[str, str], expected: Sequence[Migration]) -> list[str]:
    """The names of the expected migrations and definitions that a register (name to digest) lacks."""
    return [migration.name for migration in expected if not migration.is_in(register)]


async def migrate(settings: Settings, packages: Sequence[str]) -> tuple[str, ...]:
    """Bring the service's schema up to date as its owner; returns the names of the files that were applied.

    Safe to start many times at once: starters wait for one another by polling, because a blocking advisory lock
    deadlocks with CREATE INDEX CONCURRENTLY. Raises Refused when an applied file was changed since.
    """
    if settings.migration_database_url is None:
        raise Refused(
            "no-migration-database",
            "The owner's database address is missing.",
            field="OPENITEMS_MIGRATION_DATABASE_URL",
            remedy="Set it to the address of the role that owns the schemas.",
        )
    try:
        connection = await asyncpg.connect(
            settings.migration_database_url.get_secret_value(),
            server_settings={"lock_timeout": str(TABLE_LOCK_WAIT_MS)},
        )
    except PASSING_FAULTS as error:
        raise Retry(f"the database cannot be reached: {type(error).__name__}") from error
    try:
        await _lock(connection, settings.schema_name)
        await _prepare(connection, settings)
        every = (CHASSIS_SCHEMA, *packages)
        done = await _apply(connection, find_migrations(every))
        return done + await _define(connection, find_definitions(every), find_migrations(every))
    finally:
        await connection.close()


async def _lock(connection: OwnConnection, schema: str) -> None:
    queries = load_queries("chassis")
    for _ in range(int(LOCK_WAIT_SECONDS / LOCK_POLL_SECONDS)):
        if await connection.fetchval(queries.try_migration_lock, schema):
            return
        await asyncio.sleep(LOCK_POLL_SECONDS)
    raise Retry(f"another migration of {schema} is still running after {LOCK_WAIT_SECONDS:.0f} s")


async def _prepare(connection: OwnConnection, settings: Settings) -> None:
    queries = load_queries("chassis")
    await connection.execute(queries.set_migration_target, settings.schema_name, settings.role_name)
    await connection.execute(queries.create_schema_and_role)


async def _apply(connection: OwnConnection, migrations: Sequence[Migration]) -> tuple[str, ...]:
    queries = load_queries("chassis")
    applied = {row["name"]: row["digest"] for row in await connection.fetch(queries.applied_migrations)}
    done = []
    for migration in migrations:
        if migration.name in applied:
            if applied[migration.name] != migration.digest:
                raise Refused(
                    "migration-changed",
                    "{migration.name} was edited after it had been applied.",
                    migration=migration,
                    remedy="Restore the file and put the change in a new one.",
                )
            continue
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(queries.record_migration, migration.name, migration.digest)
        done.append(migration.name)
    return tuple(done)


async def _define(
    connection: OwnConnection, definitions: Sequence[Migration], known: Sequence[Migration]
) -> tuple[str, ...]:
    """Apply the definitions whose text was never applied; gives their names.

    A schema that has migrations of which this version knows nothing is a later version's, and so are its definitions:
    whoever starts an earlier version beside it changes nothing of them. The same holds where the later version brought
    no numbered file and edited a definition alone: the earlier text was applied before.
    """
    queries = load_queries("chassis")
    applied = {row["name"]: row["digest"] for row in await connection.fetch(queries.applied_migrations)}
    numbered = {name for name in applied if not _is_definition(name)}
    if not numbered <= {migration.name for migration in known}:
        return ()
    done = []
    for definition in definitions:
        if definition.is_in(applied):
            if applied[definition.name] != definition.digest:
                log.warning("a later text of the definition %s stays", definition.name)
            continue
        async with connection.transaction():
            await connection.execute(definition.sql)
            await connection.execute(queries.keep_former_text, definition.name)
            await connection.execute(queries.record_definition, definition.name, definition.digest)
        done.append(definition.name)
    return tuple(done)


def _is_definition(name: str) -> bool:
    return name.rpartition("/")[2].startswith(DEFINITION)
