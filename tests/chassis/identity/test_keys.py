"""Keys follow their issuer: rotated, withdrawn, unreachable."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from chassis.errors import Retry, Unauthenticated
from chassis.identity import SigningKeys, TokenVerifier, jwks_from_url
from chassis.identity.keys import (
    MAX_AGE_SECONDS,
    MAX_JWKS_BYTES,
    MAX_KEYS,
    MAX_STALE_SECONDS,
    REFRESH_PAUSE_SECONDS,
    parse_jwks,
)
from tests.chassis.issuer import TRUST, Issuer, new_key
from tests.chassis.serving import serving


@dataclass
class Source:
    """An issuer's key set that can change, fail, and counts its readings; and a clock that is set by hand."""

    issuer: Issuer
    seconds: float = 0.0
    readings: int = 0
    error: Exception | None = None
    keys: SigningKeys = field(init=False)

    def __post_init__(self) -> None:
        self.keys = SigningKeys(self.read, clock=lambda: self.seconds)

    async def read(self) -> bytes:
        self.readings += 1
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        return self.issuer.jwks


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(Issuer(tmp_path / "jwks.json"))


async def test_keys_are_read_once_however_many_ask(source: Source) -> None:
    found = await asyncio.gather(*(source.keys.find("key-1") for _ in range(20)))

    assert all(found)
    assert source.readings == 1


async def test_a_rotated_key_is_found(source: Source) -> None:
    await source.keys.find("key-1")
    source.issuer.rotate()
    source.seconds += REFRESH_PAUSE_SECONDS

    assert await source.keys.find("key-2")
    assert await source.keys.find("key-1")
    assert source.readings == 2


async def test_unknown_keys_do_not_make_us_read_all_the_time(source: Source) -> None:
    for number in range(100):
        assert await source.keys.find(f"unknown-{number}") is None

    assert source.readings == 1


async def test_a_withdrawn_key_is_forgotten(source: Source) -> None:
    await source.keys.find("key-1")
    source.issuer.keys = [new_key("Ed25519", "key-2")]

    source.seconds += MAX_AGE_SECONDS
    assert await source.keys.find("key-1")
    source.seconds += 1
    assert await source.keys.find("key-1") is None


@pytest.mark.parametrize("new_id", ["key-1", "key-2"])
async def test_a_token_that_was_accepted_before_is_refused_once_its_key_is_withdrawn(
    source: Source, new_id: str
) -> None:
    verifier = TokenVerifier(source.keys, TRUST)
    token = source.issuer.token()
    first, second = await verifier.verify(token), await verifier.verify(token)
    source.issuer.keys = [new_key("Ed25519", new_id)]

    source.seconds += MAX_AGE_SECONDS + 1
    with pytest.raises(Unauthenticated):
        await verifier.verify(token)

    assert first == second
    assert (await verifier.verify(source.issuer.token())).employee == "j.devries"


async def test_known_keys_outlive_a_failing_issuer_for_a_day(source: Source) -> None:
    await source.keys.find("key-1")
    source.error = OSError("unreachable")

    source.seconds += MAX_STALE_SECONDS
    assert await source.keys.find("key-1")
    source.seconds += 1
    with pytest.raises(Retry):
        await source.keys.find("key-1")


async def test_without_any_key_the_answer_is_to_try_again(source: Source) -> None:
    source.error = OSError("unreachable")
    with pytest.raises(Retry):
        await source.keys.find("key-1")

    source.error = None
    source.seconds += REFRESH_PAUSE_SECONDS

    assert await source.keys.find("key-1")


def test_keys_that_may_not_sign_tokens_are_left_out() -> None:
    usable = new_key("ES256", "usable").as_dict(private=False)
    others: list[Any] = [
        OctKey.generate_key(256, {"kid": "shared-secret"}).as_dict(private=True),
        ECKey.generate_key("P-384", {"kid": "other-curve"}).as_dict(private=False),
        usable | {"kid": "for-encryption", "use": "enc"},
        usable | {"kid": "for-signing-only", "key_ops": ["sign"]},
        usable | {"kid": "for-nothing", "key_ops": "verify"},
        {key: value for key, value in usable.items() if key != "kid"},
        {"kty": "EC", "crv": "P-256", "kid": "broken", "x": "?", "y": "?"},
        {"kty": "AKP", "kid": "post-quantum"},
        "no key at all",
    ]
    with pytest.warns(match="2048"):
        others.append(RSAKey.generate_key(1024, {"kid": "short"}).as_dict(private=False))

    with pytest.warns(match="2048"):
        keys = parse_jwks(json.dumps({"keys": [*others, usable]}).encode())

    assert list(keys) == ["usable"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": [' + b",".join([b"{}"] * (MAX_KEYS + 1)) + b"]}",
        b'{"keys": []}' + b" " * MAX_JWKS_BYTES,
    ],
)
def test_what_is_no_key_set_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each body is wrong in a way of its own
        parse_jwks(body)


@pytest.mark.parametrize("address", ["http://login.example/jwks", "ftp://127.0.0.1/jwks", "file:///etc/passwd", "jwks"])
def test_keys_come_over_https_only(address: str) -> None:
    with pytest.raises(ValueError, match="https"):
        jwks_from_url(address)


@pytest.fixture
async def issuer_url(source: Source) -> AsyncIterator[str]:
    async def jwks(_: Request) -> Response:
        return Response(await source.read(), media_type="application/json")

    async def endless(_: Request) -> Response:
        return Response(b" " * (MAX_JWKS_BYTES + 1), media_type="application/json")

    async def elsewhere(_: Request) -> Response:
        return RedirectResponse("/jwks")

    routes = [Route("/jwks", jwks), Route("/endless", endless), Route("/elsewhere", elsewhere)]
    async with serving(Starlette(routes=routes)) as url:
        yield url


async def test_tokens_are_verified_with_keys_from_an_address(issuer_url: str, source: Source) -> None:
    keys = SigningKeys(jwks_from_url(f"{issuer_url}/jwks"), clock=lambda: source.seconds)
    verifier = TokenVerifier(keys, TRUST)
    await verifier.verify(source.issuer.token())

    source.issuer.rotate()
    with pytest.raises(Unauthenticated):
        await verifier.verify(source.issuer.token())
    source.seconds += REFRESH_PAUSE_SECONDS

    await verifier.verify(source.issuer.token())


@pytest.mark.parametrize("path", ["endless", "elsewhere", "missing"])
async def test_an_address_that_gives_no_keys_is_not_trusted(issuer_url: str, path: str) -> None:
    with pytest.raises(Retry):
        await SigningKeys(jwks_from_url(f"{issuer_url}/{path}")).find("key-1")
