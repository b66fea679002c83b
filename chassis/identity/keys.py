"""The public keys that tokens are checked against: read from a JWKS file or URL, kept, refreshed as they rotate."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from chassis.errors import Retry

MAX_KEYS = 32
MAX_JWKS_BYTES = 256 * 1024
MAX_AGE_SECONDS = 600.0
"""Keys are read anew after this, so that a withdrawn key stops being trusted."""
MAX_STALE_SECONDS = 86_400.0
"""For so long the known keys are still trusted while their source cannot be read."""
REFRESH_PAUSE_SECONDS = 10.0
"""At most one reading in this time, however many tokens with unknown keys come in."""
FETCH_TIMEOUT_SECONDS = 5.0
MIN_RSA_BITS = 2048

ReadJwks = Callable[[], Awaitable[bytes]]

_log = structlog.get_logger(__name__)


class SigningKeys:
    """The keys of one issuer by key id.

    Bounded by MAX_KEYS. One reading at a time; whoever comes meanwhile waits for it. `clock` gives seconds that never
    go back.
    """

    def __init__(self, read: ReadJwks, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._keys: Mapping[str, Key] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._reading = asyncio.Lock()

    async def find(self, key_id: str) -> Key | None:
        """The key with this id, or None if the issuer publishes none; raises Retry when no key could be read at all."""
        if key_id not in self._keys or self._older_than(MAX_AGE_SECONDS):
            await self._refresh(key_id)
        if self._older_than(MAX_STALE_SECONDS):
            raise Retry("the keys that tokens are checked against cannot be read")
        return self._keys.get(key_id)

    def _older_than(self, seconds: float) -> bool:
        return self._read_at is None or self._clock() - self._read_at > seconds

    async def _refresh(self, key_id: str) -> None:
        async with self._reading:
            fresh = key_id in self._keys and not self._older_than(MAX_AGE_SECONDS)
            just_tried = self._tried_at is not None and self._clock() - self._tried_at < REFRESH_PAUSE_SECONDS
            if fresh or just_tried:
                return
            self._tried_at = self._clock()
            try:
                self._keys = parse_jwks(await self._read())
            except (OSError, httpx.HTTPError, ValueError, TimeoutError) as error:
                _log.warning("signing-keys-unreadable", error=type(error).__name__)
            else:
                self._read_at = self._clock()
                _log.info("signing-keys-read", keys=len(self._keys))


def parse_jwks(body: bytes) -> dict[str, Key]:
    """The usable signature keys of a JWK set (RFC 7517 section 5) by key id; other keys are left out.

    Raises ValueError when the body is no JWK set or exceeds a limit.
    """
    if len(body) > MAX_JWKS_BYTES:
        raise ValueError("the key set is too large")
    document = json.loads(body)
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list) or len(entries) > MAX_KEYS:
        raise ValueError("no list of keys, or too many of them")
    keys: dict[str, Key] = {}
    for entry in entries:
        key = _public_signature_key(entry)
        if key is not None and key.kid:
            keys[key.kid] = key
    return keys


def _public_signature_key(entry: object) -> Key | None:
    """The entry as a key of a kind that tokens may be signed with, or None."""
    if not isinstance(entry, dict) or not _may_verify(entry):
        return None
    try:
        match entry.get("kty"), entry.get("crv"):
            case "OKP", "Ed25519":
                return OKPKey.import_key(entry)
            case "EC", "P-256":
                return ECKey.import_key(entry)
            case "RSA", _:
                key = RSAKey.import_key(entry)
                return key if key.public_key.key_size >= MIN_RSA_BITS else None
            case _:
                return None
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _may_verify(entry: Mapping[str, Any]) -> bool:
    """Whether a key is for checking signatures, as far as it says what it is for (RFC 7517 section 4.2 and 4.3)."""
    operations = entry.get("key_ops", ["verify"])
    return entry.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def jwks_from_file(path: Path) -> ReadJwks:
    """Read a key set from a file; a new version of the file is picked up like a rotation."""

    async def read() -> bytes:
        return await asyncio.to_thread(path.read_bytes)

    return read


def jwks_from_url(url: str) -> ReadJwks:
    """Read a key set over HTTPS (plain HTTP only from this machine), following no redirect.

    Raises ValueError at once for any other address.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise ValueError("the address of the key set must be https")

    async def read() -> bytes:
        async with (
            asyncio.timeout(FETCH_TIMEOUT_SECONDS),
            httpx.AsyncClient(timeout=FETCH_TIMEOUT_SECONDS, follow_redirects=False) as client,
            client.stream("GET", url, headers={"accept": "application/json"}) as response,
        ):
            response.raise_for_status()
            return await _read_bounded(response)

    return read


async def _read_bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_JWKS_BYTES:
            raise ValueError("the key set is too large")
    return bytes(body)


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
