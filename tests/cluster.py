"""The PostgreSQL of a run, with the schemas of all services: migrated once per state of the migrations, then copied.

Making a cluster and migrating four services takes longer than most tests: what came of it is kept in pytest's cache
under a digest of all that it was made of, and whoever starts a run takes a copy.
"""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from chassis.migrations import migrate
from deploy.embedded.postgres.account import PACKAGE
from deploy.embedded.postgres.databases import prepare_database
from deploy.embedded.postgres.server import Postgres
from tests.databases import TEMPLATE, owner_settings
from tests.declared import SERVICES, declared_services
from tests.locking import locked

ROOT = Path(__file__).parents[1]
SCHEMAS = ("chassis", "read_model", "services")
"""Where migrations are."""
MAKERS = ("chassis/migrations.py", "chassis/sql/migrations.sql", "deploy/embedded/postgres/*")
"""What makes a cluster and applies them."""
UNSAFE_BUT_FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_wal_size": "256MB",
    "scram_iterations": "1",
}
"""The server survives its processes being killed all the same; only a crash of the whole machine would hurt it."""


@contextmanager
def migrated_server(folder: Path, cache: Path | None) -> Iterator[Postgres]:
    """A running server in an empty folder, with the database TEMPLATE; what `cache` holds of it is copied.

    Of several runs that begin at once the first fills the cache, and the others wait for it.
    """
    with locked(cache) if cache is not None else nullcontext():
        kept = None if cache is None else cache / _digest()
        if kept is not None and kept.exists():
            _copy(kept, folder)
        elif _make(folder) and kept is not None:
            _keep(folder, kept)
    with Postgres(folder, settings=UNSAFE_BUT_FAST) as server:
        yield server


def _make(folder: Path) -> bool:
    """Make the cluster and migrate all services in it; says whether there were all of them."""
    services = declared_services()

    async def migrate_all(server: Postgres) -> None:
        await prepare_database(server, services, TEMPLATE)
        for service in services.values():
            await migrate(owner_settings(server, service.name, TEMPLATE), service.migrations)

    with Postgres(folder, settings=UNSAFE_BUT_FAST) as server:
        asyncio.run(migrate_all(server))
    return set(services) == set(SERVICES)


def _digest() -> str:
    """What the cluster depends on, as one name."""
    migrations = [
        path
        for name in SCHEMAS
        for path in (ROOT / name).rglob("*.sql")
        if "migrations" in path.parts or path.name[:4].isdigit() or path.name.startswith("R_")
    ]
    declared = [*ROOT.glob("services/*/app.py"), *(folder / "__init__.py" for folder in {p.parent for p in migrations})]
    assert migrations, "a digest of no migrations would be true for ever"
    makers = [path for pattern in MAKERS for path in ROOT.glob(pattern) if path.is_file()]
    digest = sha256(metadata.version(PACKAGE.replace("_", "-")).encode())
    for path in sorted({*migrations, *declared, *makers, Path(__file__)}):
        digest.update(f"{path.relative_to(ROOT)}\0{sha256(path.read_bytes()).hexdigest()}\0".encode())
    return digest.hexdigest()


def _keep(folder: Path, kept: Path) -> None:
    """Put a copy into the cache, whole or not at all, in the place of what was kept of earlier migrations."""
    for earlier in kept.parent.iterdir():
        shutil.rmtree(earlier)
    unfinished = kept.with_suffix(".unfinished")
    unfinished.mkdir()
    _copy(folder, unfinished)
    unfinished.rename(kept)


def _copy(folder: Path, to: Path) -> None:
    """Copy what is in a folder, with its owners: the server's files may belong to another account than ours."""
    subprocess.run(["cp", "-a", f"{folder}/.", to], check=True)
