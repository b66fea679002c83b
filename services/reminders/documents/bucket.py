"""Documents in a bucket of any store that speaks S3: Amazon's, MinIO, Ceph, Garage and the like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from chassis.errors import Refused, Retry
from services.reminders.documents.encryption import is_loopback
from services.reminders.documents.folder import missing

REQUEST_SECONDS = 15
CONNECT_SECONDS = 5
RETRIES_MAX = 3
RETRY_SECONDS = 20
"""A run holds its chunk's transaction while documents are put: it rather comes again later than waits for long."""
NO_BUCKET = "NoSuchBucket"


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where documents are kept; `prefix` goes before each name, `endpoint` None is Amazon's own.

    Without keys, they are looked for where Amazon's own tools do: AWS_ACCESS_KEY_ID, a role of the machine or the pod.
    """

    name: str
    prefix: str = ""
    endpoint: str | None = None
    region: str = "us-east-1"
    access_key_id: str | None = None
    secret_access_key: str | None = None
    virtual_hosted: bool = False
    plain_http: bool = False

    def __repr__(self) -> str:
        """Show where, and never with which keys."""
        return f"Bucket({self.name}/{self.prefix} at {self.endpoint or 'Amazon'})"


class BucketStore:
    """Documents as objects, spread over 256 prefixes by the digest's first two digits."""

    def __init__(self, bucket: Bucket) -> None:
        """Take the bucket; raises Refused for one that would be reached without TLS unless it says so."""
        self._bucket = bucket
        self._store = S3Store(bucket.name, prefix=bucket.prefix or None, **_configuration(bucket))

    async def put(self, content: bytes) -> str:
        """Store the object unless it is there: every store of this kind shows the whole of it, or none."""
        digest = sha256(content).hexdigest()
        try:
            if not await self._holds(digest):
                await obstore.put_async(self._store, _key(digest), content, use_multipart=False)
        except (OSError, BaseError) as error:
            raise self._unreachable(error) from error
        return digest

    async def get(self, digest: str) -> bytes:
        """Read the object; NotFound when there is none, Retry when the bucket cannot be reached."""
        try:
            found = await obstore.get_async(self._store, _key(digest))
            return bytes(await found.bytes_async())
        except FileNotFoundError as error:
            if NO_BUCKET in str(error):
                raise self._unreachable(error) from error
            raise missing(digest) from error
        except (OSError, BaseError) as error:
            raise self._unreachable(error) from error

    async def _holds(self, digest: str) -> bool:
        try:
            await obstore.head_async(self._store, _key(digest))
        except FileNotFoundError:
            return False
        return True

    def _unreachable(self, error: Exception) -> Retry:
        """The bucket is missing, refuses our keys, or does not answer: operators mend it, and the work comes again."""
        reason = str(error).partition("\n")[0]
        return Retry(f"the document store {self._bucket!r} cannot be used: {reason}")


def _key(digest: str) -> str:
    return f"{digest[:2]}/{digest}"


def _configuration(bucket: Bucket) -> dict[str, Any]:
    """What the client takes; what is not configured is left to Amazon's usual places."""
    encrypted = bucket.endpoint is None or urlsplit(bucket.endpoint).scheme == "https"
    if not encrypted and not bucket.plain_http and not is_loopback(urlsplit(bucket.endpoint or "").hostname or ""):
        raise Refused(
            "unsafe-document-store",
            "The document store {bucket.endpoint} is to be reached without TLS.",
            bucket=bucket,
            field="OPENITEMS_S3_ENDPOINT",
            remedy="Use https, or allow it with OPENITEMS_S3_PLAIN_HTTP where the network itself is private.",
        )
    chosen = {
        "endpoint": bucket.endpoint,
        "access_key_id": bucket.access_key_id,
        "secret_access_key": bucket.secret_access_key,
    }
    return {
        **{name: value for name, value in chosen.items() if value},
        "region": bucket.region,
        "virtual_hosted_style_request": bucket.virtual_hosted,
        "client_options": {
            "allow_http": not encrypted,
            "timeout": timedelta(seconds=REQUEST_SECONDS),
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
        },
        "retry_config": {"max_retries": RETRIES_MAX, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
    }
