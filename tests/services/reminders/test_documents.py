"""Documents are kept whole and for good, in a folder and in a bucket alike."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from chassis.errors import NotFound, Refused, Retry
from services.reminders.documents.bucket import Bucket, BucketStore
from services.reminders.documents.folder import DocumentStore, FolderStore
from services.reminders.settings import ReminderSettings
from tests.databases import FreshDatabase
from tests.services.reminders.buckets import BUCKET, KEY, KEY_ID, object_server
from tests.services.reminders.conftest import running
from tests.services.reminders.library import configured, party, posted

LETTER = b"%PDF-1.7 a letter"


@dataclass(frozen=True)
class Kept:
    """A store under test, and the folder that its bytes come to lie in."""

    store: DocumentStore
    folder: Path

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file() and len(path.name) == 64]


@pytest.fixture(params=["folder", "bucket"])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kept]:
    if request.param == "folder":
        yield Kept(FolderStore(tmp_path), tmp_path)
        return
    async with object_server(tmp_path / "objects") as bucket:
        yield Kept(BucketStore(bucket), tmp_path / "objects")


async def test_what_was_put_comes_back_under_its_digest(kept: Kept) -> None:
    digest = await kept.store.put(LETTER)

    assert digest == sha256(LETTER).hexdigest()
    assert await kept.store.get(digest) == LETTER


@pytest.mark.parametrize("size", [0, 1, 6 * 1024 * 1024])
async def test_documents_of_any_size_come_back(kept: Kept, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    assert await kept.store.get(await kept.store.put(content)) == content


async def test_putting_the_same_bytes_again_changes_nothing(kept: Kept) -> None:
    await kept.store.put(LETTER)
    (file,) = kept.files()
    written = file.stat().st_mtime_ns

    again = await asyncio.gather(*(kept.store.put(LETTER) for _ in range(5)))

    assert set(again) == {sha256(LETTER).hexdigest()}
    assert [path.stat().st_mtime_ns for path in kept.files()] == [written]


async def test_many_documents_are_put_at_once(kept: Kept) -> None:
    contents = [f"letter {number}".encode() for number in range(50)]

    digests = await asyncio.gather(*map(kept.store.put, contents))

    assert [await kept.store.get(digest) for digest in digests] == contents
    assert len(kept.files()) == 50


async def test_what_was_never_put_is_missing(kept: Kept) -> None:
    with pytest.raises(NotFound) as refused:
        await kept.store.get("0" * 64)

    assert refused.value.code == "document-missing"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"secret_access_key": "another secret"}, "403"),
        ({"name": "elsewhere"}, "NoSuchBucket"),
        ({"endpoint": "http://127.0.0.1:9"}, "error sending request"),
    ],
)
async def test_a_bucket_that_cannot_be_used_is_tried_again_and_its_secret_is_not_told(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    async with object_server(tmp_path) as bucket:
        store = BucketStore(replace(bucket, **change))

        with pytest.raises(Retry, match=reason) as put:
            await store.put(LETTER)
        with pytest.raises(Retry, match=reason) as got:
            await store.get(sha256(LETTER).hexdigest())

    assert not any(secret in str(error.value) for error in (put, got) for secret in (KEY, "another secret"))


@pytest.mark.parametrize(("endpoint", "plain_http"), [("https://s3.example", False), ("http://minio:9000", True)])
def test_a_store_is_reached_over_tls_or_in_a_network_that_is_said_to_be_private(
    endpoint: str, *, plain_http: bool
) -> None:
    assert isinstance(BucketStore(replace(BUCKET, endpoint=endpoint, plain_http=plain_http)), BucketStore)


def test_a_store_is_not_reached_without_tls_by_mistake() -> None:
    with pytest.raises(Refused) as refused:
        BucketStore(replace(BUCKET, endpoint="http://minio:9000"))

    assert refused.value.code == "unsafe-document-store"


def settings(**changes: object) -> ReminderSettings:
    return ReminderSettings.model_validate(
        {"service": "reminders", "database_url": SecretStr("postgresql://x")} | changes
    )


async def test_the_bucket_and_its_keys_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with object_server(tmp_path) as bucket:
        monkeypatch.setenv("OPENITEMS_S3_BUCKET", bucket.name)
        monkeypatch.setenv("OPENITEMS_S3_ENDPOINT", str(bucket.endpoint))
        monkeypatch.setenv("OPENITEMS_S3_ACCESS_KEY_ID", KEY_ID)
        monkeypatch.setenv("OPENITEMS_S3_SECRET_ACCESS_KEY", KEY)

        store = settings().documents()

        assert isinstance(store, BucketStore)
        assert await store.get(await store.put(LETTER)) == LETTER
        assert KEY not in repr(settings())


def test_without_a_bucket_documents_are_in_the_folder(tmp_path: Path) -> None:
    store = settings(document_store=tmp_path).documents()

    assert isinstance(store, FolderStore)
    assert store.folder == tmp_path


def test_half_a_pair_of_keys_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="together"):
        settings(s3_bucket="documents", s3_access_key_id=KEY_ID)


def in_bucket(bucket: Bucket) -> dict[str, object]:
    """The settings of a service that keeps its documents there."""
    return {
        "s3_bucket": bucket.name,
        "s3_endpoint": bucket.endpoint,
        "s3_access_key_id": KEY_ID,
        "s3_secret_access_key": SecretStr(KEY),
    }


@pytest.mark.requirement("S2.23")
@pytest.mark.usefixtures("no_broker")
async def test_a_run_is_issued_into_a_bucket_and_its_letters_are_read_out_of_it(
    database: FreshDatabase, tmp_path: Path
) -> None:
    async with (
        object_server(tmp_path / "objects") as bucket,
        running(database, tmp_path, **in_bucket(bucket)) as reminders,
    ):
        await reminders.take(configured(), *(party(f"P{n}") for n in range(3)))
        await reminders.take(*(posted(f"I{n}", party_id=f"P{n}") for n in range(3)))

        issued = await reminders.remind()

        assert issued["reminders"] == 3
        for event in await reminders.published("reminder-issued"):
            letter = await reminders.desk.read(f"documents/{event.document.document_id}")
            assert sha256(letter).hexdigest() == event.document.sha256
        assert (await reminders.desk.read("audit"))["violations"] == []
        assert not reminders.documents.exists()


@pytest.mark.usefixtures("no_broker")
async def test_a_run_waits_for_a_store_that_is_away_and_loses_nothing(database: FreshDatabase, tmp_path: Path) -> None:
    async with (
        object_server(tmp_path / "objects") as bucket,
        running(database, tmp_path, **in_bucket(bucket)) as reminders,
    ):
        there, away = tmp_path / "objects" / bucket.name, tmp_path / "objects" / "away"
        await reminders.take(configured(), party(), posted())
        run = await reminders.make_run()
        there.rename(away)
        waiting = await reminders.issue(run)
        assert (waiting["state"], waiting["reminders"]) == ("issuing", 0)
        assert await reminders.published("reminder-issued") == []

        away.rename(there)
        await reminders.rows("UPDATE job SET next_attempt_at = clock_timestamp() RETURNING 1")
        await reminders.work()

        issued = await reminders.desk.read(f"runs/{run['run_id']}")
        assert (issued["state"], issued["reminders"]) == ("issued", 1)


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
