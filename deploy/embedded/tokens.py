"""The stack issues its own bearer tokens: a key pair per stack, of which services see the public half."""

import json
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from deploy.embedded.errors import StackError
from deploy.embedded.folder.layout import StackLayout
from deploy.embedded.folder.private_files import write_private

ISSUER = "openitems-embedded"
AUDIENCE = "openitems"
ALGORITHM = "Ed25519"
LIFETIME = timedelta(hours=12)
"""A working day: what is issued cannot be called back."""


def ensure_keys(folder: Path) -> None:
    """Make the stack's key pair if it has none: the private key for its owner only, the public one as a JWK set."""
    stack = StackLayout(folder)
    if stack.token_key_file.exists() and stack.jwks_file.exists():
        return
    key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    write_private(stack.jwks_file, json.dumps(KeySet([key]).as_dict(private=False)))
    write_private(stack.token_key_file, json.dumps(key.as_dict(private=True)))


def issue_token(
    folder: Path, employee: str, administrations: Collection[str], roles: Collection[str], now: datetime
) -> str:
    """Issue a token of the stack in `folder`, valid for LIFETIME from `now` (aware).

    A role is held in all of the administrations, or, as `administration:role`, in that one only. Raises StackError
    if the stack was never started.
    """
    stack = StackLayout(folder)
    if not stack.token_key_file.exists():
        raise StackError(f"there is no stack in {stack.root} yet; start it first")
    key = OKPKey.import_key(json.loads(stack.token_key_file.read_bytes()))
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": employee,
        "administrations": sorted(administrations),
        "roles": sorted(role for role in roles if ":" not in role),
        "administration_roles": _by_administration(roles),
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "jti": secrets.token_urlsafe(16),
    }
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])


def _by_administration(roles: Collection[str]) -> dict[str, list[str]]:
    """The roles that name an administration, by it."""
    held: dict[str, list[str]] = {}
    for administration, _, role in (named.rpartition(":") for named in sorted(roles) if ":" in named):
        held.setdefault(administration, []).append(role)
    return held
