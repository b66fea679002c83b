"""An S3-compatible server of our own on loopback that checks every signature, and a bucket in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from nanio.app import build_app
from nanio.auth.credentials import StaticCredentialResolver
from nanio.config import Settings

from services.reminders.documents.bucket import Bucket
from tests.chassis.serving import serving

KEY_ID, KEY = "letters", "a secret of this test"
BUCKET = Bucket("documents", prefix="reminders", access_key_id=KEY_ID, secret_access_key=KEY)


@asynccontextmanager
async def object_server(folder: Path) -> AsyncIterator[Bucket]:
    """Serve the folder, in which buckets are folders and objects files; gives a bucket that is there."""
    (folder / BUCKET.name).mkdir(parents=True)
    settings = Settings(data_dir=folder, credentials=StaticCredentialResolver({KEY_ID: KEY}))
    async with serving(build_app(settings)) as url:
        yield replace(BUCKET, endpoint=url)
