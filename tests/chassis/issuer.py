"""An issuer of tokens as an identity provider would be: its own keys, published as a JWK set."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeyParameters, OKPKey, RSAKey

from chassis.identity import SigningKeys, TokenVerifier, Trust, jwks_from_file

ISSUER = "https://login.library.example"
AUDIENCE = "openitems"
TRUST = Trust(ISSUER, AUDIENCE)
PATIENT = Trust(ISSUER, AUDIENCE, longest_seconds=10**10)
"""Takes tokens that outlive any jump of the clock that a test makes."""


def new_key(algorithm: str, key_id: str) -> Key:
    named: KeyParameters = {"kid": key_id, "use": "sig"}
    if algorithm == "RS256":
        return RSAKey.generate_key(2048, named)
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", named)
    return OKPKey.generate_key("Ed25519", named)


class Issuer:
    """Signs with its newest key; `publish` writes the public halves of all of them to `path`."""

    def __init__(self, path: Path, algorithm: str = "Ed25519") -> None:
        self.path = path
        self.algorithm = algorithm
        self.keys = [new_key(algorithm, "key-1")]
        self.publish()

    @property
    def jwks(self) -> bytes:
        return json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()

    def publish(self) -> None:
        self.path.write_bytes(self.jwks)

    def rotate(self) -> None:
        self.keys = [*self.keys, new_key(self.algorithm, f"key-{len(self.keys) + 1}")]

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Those of a clerk of one administration; a change to None leaves the claim out."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "j.devries",
            "exp": now + 600,
            "jti": "token-1",
            "administrations": ["lib-nl"],
            "roles": ["clerk"],
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def token(self, *, header: Mapping[str, Any] | None = None, key: Key | None = None, **changes: Any) -> str:
        key = key or self.keys[-1]
        head = {"alg": self.algorithm, "kid": key.kid} | dict(header or {})
        return jwt.encode(head, self.claims(**changes), key, algorithms=[head["alg"]])

    def bearer(self, **changes: Any) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(**changes)}"}

    def verifier(self, trust: Trust = PATIENT) -> TokenVerifier:
        return TokenVerifier(SigningKeys(jwks_from_file(self.path)), trust)
