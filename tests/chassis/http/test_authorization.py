"""No route that shows or changes anything of a library answers without a fitting token."""

import time

import httpx
import pytest

from tests.chassis.http.test_problems import BOOKING, DESK, assert_problem
from tests.chassis.issuer import Issuer, new_key


async def test_without_a_token_the_answer_asks_for_one(anonymous: httpx.AsyncClient) -> None:
    for header in ({}, {"authorization": "Basic dTpw"}, {"authorization": "Bearer"}):
        response = await anonymous.get("/v1/progress", headers=header)

        assert_problem(response, 401, "token-missing")
        assert response.headers["www-authenticate"] == 'Bearer realm="openitems"'


async def test_a_token_that_does_not_verify_is_refused(anonymous: httpx.AsyncClient, issuer: Issuer) -> None:
    tokens = {
        "token-expired": issuer.bearer(exp=time.time() - 3600),
        "token-audience": issuer.bearer(aud="another-service"),
        "token-key-unknown": issuer.bearer(key=new_key("Ed25519", "key-9")),
        "token-invalid": issuer.bearer(key=new_key("Ed25519", "key-1")),
    }
    for code, header in tokens.items():
        response = await anonymous.get("/v1/progress", headers=header)

        assert_problem(response, 401, code)
        assert response.headers["www-authenticate"] == 'Bearer realm="openitems", error="invalid_token"'
        assert header["authorization"].split()[1] not in response.text


async def test_another_administration_is_forbidden(clerk: httpx.AsyncClient) -> None:
    path = "/v1/administrations/lib-be/bookings"

    response = await clerk.post(path, json=BOOKING, headers={"idempotency-key": "key-1"})

    assert_problem(response, 403, "administration-not-granted")


async def test_another_role_is_forbidden(anonymous: httpx.AsyncClient, issuer: Issuer) -> None:
    headers = {**issuer.bearer(roles=["auditor"]), "idempotency-key": "key-1"}

    response = await anonymous.post(f"{DESK}/bookings", json=BOOKING, headers=headers)

    assert_problem(response, 403, "role-required")


@pytest.mark.parametrize(
    ("path", "status"), [("/livez", 200), ("/readyz", 200), ("/metrics", 200), ("/v1/jobs", 401), ("/v1/waiting", 401)]
)
async def test_only_the_machine_room_needs_no_token(anonymous: httpx.AsyncClient, path: str, status: int) -> None:
    assert (await anonymous.get(path)).status_code == status
