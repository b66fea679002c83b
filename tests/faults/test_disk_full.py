"""The disk of PostgreSQL runs full under eight writers: nothing is put aside for it, nothing acknowledged is lost."""

import asyncio
import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from chassis.database import open_database
from chassis.errors import Retry
from chassis.settings import Settings
from deploy.embedded.postgres.server import Postgres
from tests.faults.dying import Life, living
from tests.faults.ledger_paths import take, violations
from tests.faults.test_postgres_dies import prepared
from tests.services.matching.library import posted
from tests.support.patience import start_again

DISK_MEBIBYTES = 300
MEBIBYTE = 1024 * 1024
PIECE = 64 * 1024
SMALL = {"shared_buffers": "16MB", "max_wal_size": "64MB", "min_wal_size": "32MB", "wal_recycle": "off"}
LEFT = (3 * MEBIBYTE, 0)
"""How much of the disk is left when it is taken up by something else."""
WRITERS, ITEMS_PER_BATCH = 8, 20
NOTICED_SECONDS, FULL_SECONDS, HEALED_SECONDS = 60.0, 3.0, 60.0
PAUSE_SECONDS = 0.1


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own, which only root can mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEBIBYTES}m,mode=700", "openitems-test", str(folder)]
    program = shutil.which("mount")
    if program is None or subprocess.run(mounting, check=False, capture_output=True).returncode != 0:
        pytest.skip("NOT TESTED with a full disk: no file system may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Writer:
    """Takes postings of one party until it is over, again and again those that were not taken."""

    def __init__(self, settings: Settings, number: int, refused: asyncio.Event) -> None:
        self.settings = settings
        self.party_id = f"W{number}"
        self.acknowledged: set[tuple[str, str]] = set()
        self.refused = refused

    async def write(self, over: asyncio.Event) -> None:
        batches = 0
        while not over.is_set():
            with suppress(Retry, OSError):
                database = await open_database(self.settings)
                try:
                    while not over.is_set():
                        names = [f"I{batches}-{index}" for index in range(ITEMS_PER_BATCH)]
                        await take(database, *(posted(name, 100, party_id=self.party_id) for name in names))
                        self.acknowledged |= {(self.party_id, name) for name in names}
                        batches += 1
                finally:
                    database.pool.terminate()
            self.refused.set()
            await asyncio.sleep(PAUSE_SECONDS)


def fill(disk: Path, left: int) -> Path:
    """Take up all of a disk but about `left` bytes, while others write to it too."""
    filler = disk / "filler"
    with filler.open("wb") as taking:
        for size in itertools.count(PIECE, PIECE):
            free = os.statvfs(disk)
            if free.f_bavail * free.f_frsize - PIECE < left:
                break
            with suppress(OSError):
                os.posix_fallocate(taking.fileno(), size - PIECE, PIECE)
    return filler


async def test_a_full_disk_stops_the_work_and_loses_nothing(disk: Path) -> None:
    with Postgres(disk / "postgres", settings=SMALL) as postgres:
        settings = await prepared(postgres)
        refused = asyncio.Event()
        writers = [Writer(settings, number, refused) for number in range(WRITERS)]
        over = asyncio.Event()
        working = [asyncio.create_task(writer.write(over)) for writer in writers]
        try:
            for left in LEFT:
                await asyncio.sleep(1.0)
                filler = fill(disk, left)
                refused.clear()
                await asyncio.wait_for(refused.wait(), NOTICED_SECONDS)
                await asyncio.sleep(FULL_SECONDS)
                filler.unlink()
                if not postgres.child.is_running:
                    await start_again(postgres)
                await _until_written_again(writers)
        finally:
            over.set()
            await asyncio.gather(*working)

        async with living(settings, Life()) as whole:
            rows = await whole.pool.fetch("SELECT party_id, item_id FROM item")
            dead = await whole.pool.fetch("SELECT code, message FROM dead_letter")
        found = {(row["party_id"], row["item_id"]) for row in rows}
        assert set().union(*(writer.acknowledged for writer in writers)) - found == set()
        assert dead == []
        assert await violations(settings) == []


async def _until_written_again(writers: list[Writer]) -> None:
    before = [len(writer.acknowledged) for writer in writers]
    async with asyncio.timeout(HEALED_SECONDS):
        while any(len(writer.acknowledged) <= old for writer, old in zip(writers, before, strict=True)):  # noqa: ASYNC110 - writers tell nobody
            await asyncio.sleep(PAUSE_SECONDS)
