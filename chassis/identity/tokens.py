"""Verification of bearer tokens: JSON Web Tokens with pinned algorithms (RFC 7519, RFC 8725)."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from joserfc import jws, jwt
from joserfc.errors import (
    ExpiredTokenError,
    InvalidClaimError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from chassis.errors import Refused, Unauthenticated
from chassis.identity.actor import ALL_ADMINISTRATIONS, Actor, Role
from chassis.identity.keys import SigningKeys, jwks_from_file, jwks_from_url
from chassis.sentences import Sentence
from chassis.settings import Settings
from contracts.event import Identifier
from contracts.guards import Kept

ALGORITHMS = frozenset({"EdDSA", "Ed25519", "RS256", "ES256"})
"""EdDSA is what most issuers still call Ed25519 (RFC 9864); only Ed25519 keys are accepted for it."""
CLOCK_SKEW_SECONDS = 30
MAX_TOKEN_CHARACTERS = 8192
MAX_ADMINISTRATIONS = 500
MAX_VERIFIED = 1_000
"""Tokens whose signature is not computed again while the key is the same; a desk sends one with every request."""

_SPANS_ADMINISTRATIONS = (Role.OPERATOR, Role.AUDITOR)


class _Algorithms(jws.JWSRegistry):
    """Only ALGORITHMS exist; header fields that we do not know are ignored unless they are marked critical."""

    def __init__(self) -> None:
        super().__init__(strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(f"Algorithm of '{name}' is not allowed")
        return JWSRegistry.algorithms[name]


TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""What a token may say it is (RFC 9068); one that says nothing is taken, an identity token of another kind is not."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose tokens are believed, for whom they must be made, for how long, and under which names they say what is ours.

    A name with dots leads into nested claims: `realm_access.roles`.
    """

    issuer: str
    audience: str
    longest_seconds: int = 86_400
    employee: str = "sub"
    administrations: str = "administrations"
    roles: str = "roles"
    administration_roles: str = "administration_roles"


class _OwnClaims(BaseModel):
    """The claims that are ours to interpret; roles that we do not know belong to other systems."""

    model_config = ConfigDict(strict=True, extra="ignore")

    employee: Identifier
    jti: Annotated[str, Kept] | None = Field(default=None, min_length=1, max_length=128)
    administrations: list[str] = Field(default=[], max_length=MAX_ADMINISTRATIONS)
    roles: list[str] = Field(default=[], max_length=100)
    administration_roles: dict[str, list[str]] = Field(default={}, max_length=MAX_ADMINISTRATIONS)

    @model_validator(mode="after")
    def _names_an_administration(self) -> _OwnClaims:
        if not self.administrations and not self.administration_roles:
            raise ValueError("no administration")
        return self


class _Verified(NamedTuple):
    """A token whose signature was right under this key."""

    key_id: str
    key: Key
    claims: Mapping[str, Any]
    actor: Actor


class _TokenRefused(Unauthenticated):
    """A token that does not verify: another one is needed."""

    def __init__(self, code: str, message: str, /, **values: object) -> None:
        remedy = "Obtain a new token for this service from its issuer and repeat."
        super().__init__(code, Sentence.of(message, values), remedy=remedy)


class TokenVerifier:
    """Turns bearer tokens of one issuer, meant for one audience, into actors.

    `now` gives seconds since 1970.
    """

    def __init__(self, keys: SigningKeys, trust: Trust, now: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._trust = trust
        self._now = now
        self._registry = _Algorithms()
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(now()),
            leeway=CLOCK_SKEW_SECONDS,
            iss={"essential": True, "value": trust.issuer},
            aud={"essential": True, "value": trust.audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        self._verified: dict[bytes, _Verified] = {}

    async def verify(self, token: str) -> Actor:
        """The actor behind the token; raises Unauthenticated, whose text never repeats anything of the token."""
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise _TokenRefused("token-too-long", "The bearer token is too long.")
        try:
            verified = await self._signed(token)
            self._claims.validate(dict(verified.claims))
        except ExpiredTokenError:
            raise _TokenRefused("token-expired", "The bearer token has expired.") from None
        except (InvalidClaimError, MissingClaimError) as error:
            raise _claim_refusal(error) from None
        except (JoseError, ValidationError, ValueError, TypeError, RecursionError):
            raise _TokenRefused("token-invalid", "The bearer token does not verify.") from None
        return verified.actor

    async def _signed(self, token: str) -> _Verified:
        """What the token says, when its signature is right under a key that is trusted now."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is not None and await self._keys.find(known.key_id) is known.key:
            return known
        key_id = _key_id(jws.extract_compact(token.encode(), registry=self._registry).headers())
        key = await self._keys.find(key_id)
        if key is None:
            raise _TokenRefused("token-key-unknown", "The token is signed with a key that its issuer does not publish.")
        claims = jwt.decode(token, key, registry=self._registry).claims
        self._claims.validate(claims)
        self._check_lifetime(claims)
        verified = _Verified(key_id, key, claims, _actor(_own_claims(claims, self._trust), token))
        if len(self._verified) >= MAX_VERIFIED:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = verified
        return verified

    def _check_lifetime(self, claims: Mapping[str, Any]) -> None:
        """Refuse a token that is valid for longer than is trusted, counted from when it was issued, if it says so."""
        issued = claims.get("iat", self._now())
        if claims["exp"] - issued > self._trust.longest_seconds + CLOCK_SKEW_SECONDS:
            raise _TokenRefused("token-lives-too-long", "The bearer token is valid for longer than is trusted.")


def open_verifier(settings: Settings) -> TokenVerifier:
    """The verifier that a service's settings ask for; raises Refused when they name no keys."""
    if settings.jwks_url is not None:
        read = jwks_from_url(settings.jwks_url)
    elif settings.jwks_file is not None:
        read = jwks_from_file(settings.jwks_file)
    else:
        raise Refused(
            "no-signing-keys",
            "It is not known which keys tokens are signed with.",
            field="OPENITEMS_JWKS_URL",
            remedy="Set OPENITEMS_JWKS_URL to the issuer's key set, or OPENITEMS_JWKS_FILE to a file with it.",
        )
    trust = Trust(
        issuer=settings.token_issuer,
        audience=settings.token_audience,
        longest_seconds=settings.token_longest_seconds,
        employee=settings.claim_employee,
        administrations=settings.claim_administrations,
        roles=settings.claim_roles,
        administration_roles=settings.claim_administration_roles,
    )
    return TokenVerifier(SigningKeys(read), trust)


def _key_id(header: Mapping[str, Any]) -> str:
    if header.get("alg") not in ALGORITHMS:
        raise UnsupportedAlgorithmError("algorithm not allowed")
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        raise _TokenRefused("token-type", "This is no access token: its header says that it is of another type.")
    key_id = header.get("kid")
    if not isinstance(key_id, str):
        raise _TokenRefused("token-invalid", "The bearer token does not say which key it is signed with.")
    return key_id


def _own_claims(claims: Mapping[str, Any], trust: Trust) -> _OwnClaims:
    """What the token says that is ours, under the names that this issuer gives it."""
    named = {
        "employee": trust.employee,
        "administrations": trust.administrations,
        "roles": trust.roles,
        "administration_roles": trust.administration_roles,
    }
    found = {ours: _claim(claims, theirs) for ours, theirs in named.items()}
    return _OwnClaims.model_validate(
        {"jti": claims.get("jti")} | {ours: value for ours, value in found.items() if value is not None}
    )


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, as it stands or along the dots into nested ones; None where it is not there."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _roles(named: Iterable[str]) -> frozenset[Role]:
    known = {role.value for role in Role}
    return frozenset(Role(role) for role in named if role in known)


def _actor(own: _OwnClaims, token: str) -> Actor:
    actor = Actor(
        employee=own.employee,
        administrations=frozenset([*own.administrations, *own.administration_roles]),
        roles=_roles(own.roles),
        token_id=own.jti or hashlib.sha256(token.encode()).hexdigest()[:32],
        roles_by_administration={name: _roles(roles) for name, roles in own.administration_roles.items()},
    )
    # Whoever spans administrations looks after the system: a clerk of all of them at once is nobody's employee.
    if ALL_ADMINISTRATIONS in actor.administrations and actor.roles_in(ALL_ADMINISTRATIONS).isdisjoint(
        _SPANS_ADMINISTRATIONS
    ):
        raise _TokenRefused("token-administrations", "Only operators and auditors may hold all administrations.")
    return actor


_CLAIM_CODES = {
    "iss": "token-issuer",
    "aud": "token-audience",
    "nbf": "token-not-yet-valid",
    "iat": "token-not-yet-valid",
}


def _claim_refusal(error: InvalidClaimError | MissingClaimError) -> Unauthenticated:
    claim = str(getattr(error, "claim", ""))
    code = _CLAIM_CODES.get(claim, "token-claims")
    return _TokenRefused(
        code,
        "The bearer token's claim {claim} is missing or not what this service accepts.",
        claim=claim or "set",
    )
