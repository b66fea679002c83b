"""Only a genuine, timely token of our issuer, meant for us, becomes an actor."""

import base64
import hmac
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from chassis.errors import Forbidden, Refused, Unauthenticated
from chassis.identity import Role, SigningKeys, TokenVerifier, jwks_from_file, open_verifier, same_employee
from chassis.identity.tokens import CLOCK_SKEW_SECONDS, MAX_TOKEN_CHARACTERS
from chassis.settings import Settings
from tests.chassis.issuer import TRUST, Issuer, new_key


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path / "jwks.json")


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def part(content: dict[str, Any]) -> str:
    return base64url(json.dumps(content).encode())


async def refusal(issuer: Issuer, token: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        await issuer.verifier(TRUST).verify(token)
    assert token not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value.code


@pytest.mark.parametrize("algorithm", ["Ed25519", "RS256", "ES256"])
async def test_a_genuine_token_becomes_an_actor(tmp_path: Path, algorithm: str) -> None:
    issuer = Issuer(tmp_path / "jwks.json", algorithm)

    actor = await issuer.verifier().verify(issuer.token(roles=["clerk", "approver", "gardener"]))

    assert actor.employee == "j.devries"
    assert actor.administrations == {"lib-nl"}
    assert actor.roles == {Role.CLERK, Role.APPROVER}
    assert actor.token_id == "token-1"


async def test_the_older_name_of_the_algorithm_is_known(issuer: Issuer) -> None:
    with pytest.warns(match="EdDSA is deprecated"):
        token = issuer.token(header={"alg": "EdDSA"})

    assert (await issuer.verifier().verify(token)).employee == "j.devries"


async def test_a_token_without_id_is_told_apart_by_its_digest(issuer: Issuer) -> None:
    one = await issuer.verifier().verify(issuer.token(jti=None))
    other = await issuer.verifier().verify(issuer.token(jti=None, sub="a.jansen"))

    assert one.token_id != other.token_id


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": time.time() - 3600}, "token-expired"),
        ({"nbf": time.time() + 3600}, "token-not-yet-valid"),
        ({"aud": "another-service"}, "token-audience"),
        ({"iss": "https://elsewhere.example"}, "token-issuer"),
        ({"exp": None}, "token-claims"),
        ({"iss": None}, "token-issuer"),
        ({"aud": None}, "token-audience"),
        ({"sub": None}, "token-claims"),
        ({"exp": "tomorrow"}, "token-claims"),
        ({"sub": "e" * 65}, "token-invalid"),
        ({"administrations": None}, "token-invalid"),
        ({"administrations": []}, "token-invalid"),
        ({"administrations": "lib-nl"}, "token-invalid"),
        ({"roles": "clerk"}, "token-invalid"),
        ({"administrations": ["*"], "roles": ["clerk", "approver"]}, "token-administrations"),
    ],
)
async def test_wrong_claims_are_refused(issuer: Issuer, changes: dict[str, Any], code: str) -> None:
    assert await refusal(issuer, issuer.token(**changes)) == code


async def test_clocks_may_differ_a_little(issuer: Issuer) -> None:
    now = time.time()

    await issuer.verifier().verify(issuer.token(exp=now - CLOCK_SKEW_SECONDS + 5))
    await issuer.verifier().verify(issuer.token(nbf=now + CLOCK_SKEW_SECONDS - 5))
    assert await refusal(issuer, issuer.token(exp=now - CLOCK_SKEW_SECONDS - 1)) == "token-expired"


async def test_a_token_that_was_accepted_before_expires_all_the_same(issuer: Issuer) -> None:
    clock = [time.time()]
    keys = SigningKeys(jwks_from_file(issuer.path))
    verifier = TokenVerifier(keys, TRUST, now=lambda: clock[0])
    token = issuer.token(exp=int(clock[0]) + 60)
    await verifier.verify(token)

    clock[0] += 60 + CLOCK_SKEW_SECONDS + 1
    with pytest.raises(Unauthenticated) as caught:
        await verifier.verify(token)

    assert caught.value.code == "token-expired"


async def test_of_the_tokens_that_were_accepted_only_so_many_are_remembered(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.identity.tokens.MAX_VERIFIED", 2)
    verifier = issuer.verifier()
    tokens = [issuer.token(sub=f"employee-{number}") for number in range(4)]

    actors = [await verifier.verify(token) for token in (*tokens, *tokens)]

    assert [actor.employee for actor in actors] == [f"employee-{number}" for number in range(4)] * 2
    assert len(verifier._verified) == 2


async def test_one_of_several_audiences_is_enough(issuer: Issuer) -> None:
    await issuer.verifier().verify(issuer.token(aud=["another-service", "openitems"]))


@pytest.mark.parametrize("role", ["operator", "auditor"])
async def test_operators_and_auditors_may_hold_all_administrations(issuer: Issuer, role: str) -> None:
    actor = await issuer.verifier().verify(issuer.token(administrations=["*"], roles=[role]))

    assert actor.visible_administrations is None
    actor.demand_administration("any")


async def test_an_unsigned_token_is_refused(issuer: Issuer) -> None:
    token = f"{part({'alg': 'none', 'kid': 'key-1'})}.{part(issuer.claims())}."

    assert await refusal(issuer, token) == "token-invalid"


async def test_a_public_key_is_no_secret_to_sign_with(issuer: Issuer) -> None:
    signed = f"{part({'alg': 'HS256', 'kid': 'key-1'})}.{part(issuer.claims())}"
    key = issuer.keys[0]
    assert isinstance(key, OKPKey)
    signature = hmac.digest(key.as_pem(private=False), signed.encode(), "sha256")

    assert await refusal(issuer, f"{signed}.{base64url(signature)}") == "token-invalid"


async def test_another_kind_of_key_than_the_header_says_is_refused(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path / "jwks.json", "ES256")
    foreign = new_key("RS256", "key-1")

    assert await refusal(issuer, issuer.token(header={"alg": "RS256"}, key=foreign)) == "token-invalid"


async def test_a_forged_signature_is_refused(issuer: Issuer) -> None:
    forged = issuer.token(key=new_key("Ed25519", "key-1"))

    assert await refusal(issuer, forged) == "token-invalid"


async def test_an_altered_payload_is_refused(issuer: Issuer) -> None:
    head, _, signature = issuer.token().split(".")
    payload = issuer.token(roles=["operator"]).split(".")[1]

    assert await refusal(issuer, f"{head}.{payload}.{signature}") == "token-invalid"


async def test_an_unknown_key_is_refused(issuer: Issuer) -> None:
    assert await refusal(issuer, issuer.token(key=new_key("Ed25519", "key-9"))) == "token-key-unknown"


@pytest.mark.parametrize("header", [{"kid": None}, {"crit": ["exotic"], "exotic": 1}])
async def test_a_header_that_cannot_be_followed_is_refused(issuer: Issuer, header: dict[str, Any]) -> None:
    head, payload, signature = issuer.token().split(".")
    content = json.loads(base64.urlsafe_b64decode(head + "==")) | header
    other = {name: value for name, value in content.items() if value}

    assert await refusal(issuer, f"{part(other)}.{payload}.{signature}") == "token-invalid"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "....", "é.é.é", "[" * 5000, "eyJhbGciOiJFZDI1NTE5In0.e30."])
async def test_what_is_no_token_is_refused(issuer: Issuer, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await issuer.verifier().verify(token)


async def test_a_very_long_token_is_refused_unread(issuer: Issuer) -> None:
    assert await refusal(issuer, "x" * (MAX_TOKEN_CHARACTERS + 1)) == "token-too-long"


async def test_an_actor_is_held_to_roles_and_administrations(issuer: Issuer) -> None:
    clerk = await issuer.verifier().verify(issuer.token(administrations=["lib-nl", "lib-dk"]))

    clerk.demand_role(Role.CLERK, Role.OPERATOR)
    clerk.demand_administration("lib-dk")
    assert clerk.visible_administrations == ("lib-dk", "lib-nl")
    with pytest.raises(Forbidden, match="role operator or auditor"):
        clerk.demand_role(Role.OPERATOR, Role.AUDITOR)
    with pytest.raises(Forbidden, match="administration"):
        clerk.demand_administration("lib-be")


async def test_settings_name_the_keys(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENITEMS_SERVICE", "matching")
    monkeypatch.setenv("OPENITEMS_DATABASE_URL", "postgresql://127.0.0.1/none")
    monkeypatch.setenv("OPENITEMS_TOKEN_ISSUER", "https://login.library.example")
    with pytest.raises(Refused, match="OPENITEMS_JWKS_URL"):
        open_verifier(Settings())
    monkeypatch.setenv("OPENITEMS_JWKS_FILE", str(issuer.path))

    actor = await open_verifier(Settings()).verify(issuer.token())

    assert actor.employee == "j.devries"


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+jwt"])
async def test_what_an_access_token_says_it_is(issuer: Issuer, kind: str) -> None:
    assert (await issuer.verifier().verify(issuer.token(header={"typ": kind}))).employee == "j.devries"


@pytest.mark.parametrize("kind", ["logout+jwt", "dpop+jwt", "", 1])
async def test_a_token_of_another_type_is_refused(issuer: Issuer, kind: Any) -> None:
    head, payload, signature = issuer.token().split(".")
    content = json.loads(base64.urlsafe_b64decode(head + "==")) | {"typ": kind}

    assert await refusal(issuer, f"{part(content)}.{payload}.{signature}") == "token-type"


async def test_a_token_lives_no_longer_than_is_trusted(issuer: Issuer) -> None:
    longest, now = TRUST.longest_seconds + CLOCK_SKEW_SECONDS, int(time.time())
    await issuer.verifier(TRUST).verify(issuer.token(iat=now - 60, exp=now - 60 + longest))

    assert await refusal(issuer, issuer.token(iat=now - 60, exp=now - 59 + longest)) == "token-lives-too-long"
    assert await refusal(issuer, issuer.token(exp=now + longest + 60)) == "token-lives-too-long"


async def test_roles_are_held_by_administration(issuer: Issuer) -> None:
    actor = await issuer.verifier().verify(
        issuer.token(
            administrations=["lib-nl"],
            roles=["auditor"],
            administration_roles={"lib-nl": ["clerk"], "lib-be": ["approver", "gardener"]},
        )
    )

    assert actor.within("lib-nl").roles == {Role.AUDITOR, Role.CLERK}
    assert actor.within("lib-be").roles == {Role.AUDITOR, Role.APPROVER}
    assert actor.limited_to(Role.APPROVER).administrations == {"lib-be"}
    with pytest.raises(Forbidden):
        actor.within("lib-dk")


async def test_a_role_of_one_administration_is_none_in_another(issuer: Issuer) -> None:
    token = issuer.token(administrations=["lib-nl"], roles=[], administration_roles={"lib-be": ["clerk"]})

    actor = await issuer.verifier().verify(token)

    with pytest.raises(Forbidden):
        actor.within("lib-nl")
    assert actor.within("lib-be").has_role(Role.CLERK)


async def test_a_role_in_all_administrations_is_for_those_who_look_after_the_system(issuer: Issuer) -> None:
    auditor = issuer.token(administrations=None, roles=None, administration_roles={"*": ["auditor"]})
    assert (await issuer.verifier().verify(auditor)).visible_administrations is None

    token = issuer.token(administrations=None, roles=None, administration_roles={"*": ["clerk"]})
    assert await refusal(issuer, token) == "token-administrations"


async def test_an_issuers_own_names_of_claims_are_understood(issuer: Issuer) -> None:
    names = replace(TRUST, employee="preferred_username", roles="realm_access.roles", administrations="https://x/books")
    verifier = TokenVerifier(SigningKeys(jwks_from_file(issuer.path)), names)
    own: dict[str, Any] = {"https://x/books": ["lib-dk"], "realm_access": {"roles": ["clerk"]}}
    token = issuer.token(preferred_username="a.jensen", roles=None, administrations=None, **own)

    actor = await verifier.verify(token)

    assert (actor.employee, set(actor.administrations), set(actor.roles)) == ("a.jensen", {"lib-dk"}, {Role.CLERK})


def test_an_employee_is_the_same_however_the_case_is_written() -> None:
    assert same_employee("J.DeVries", "j.devries")
    assert same_employee("S\u00f8ren", "S\u00d8REN")
    assert not same_employee("j.devries", "j.vries")
