"""No route that shows or changes anything of a library answers without a fitting token."""

import time
import tracemalloc

import httpx
import pytest
from starlette.types import ASGIApp, Message

from tests.chassis.http.conftest import LIMITS
from tests.chassis.http.test_problems import BOOKING, DESK, assert_problem
from tests.chassis.issuer import Issuer, new_key

CHUNK_BYTES = 64 * 1024
UPLOADED_CHUNKS = 128


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


class Upload:
    """One request of many chunks, and the answer that it gets."""

    def __init__(self, chunks: int, headers: dict[str, str]) -> None:
        self.left = chunks
        self.headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        self.answer: list[Message] = []

    async def send_to(self, app: ASGIApp) -> int:
        """Ask; gives the most bytes that were held at once meanwhile."""
        path = f"{DESK}/bookings"
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json"), *self.headers],
        }
        tracemalloc.start()
        await app(scope, self._receive, self._keep)
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return held

    async def _receive(self) -> Message:
        self.left -= 1
        return {"type": "http.request", "body": b" " * CHUNK_BYTES, "more_body": self.left > 0}

    async def _keep(self, message: Message) -> None:
        self.answer.append(message)


async def test_nothing_of_a_body_is_kept_before_its_token_verified(app: ASGIApp, issuer: Issuer) -> None:
    for headers in ({}, issuer.bearer(exp=time.time() - 3600)):
        upload = Upload(UPLOADED_CHUNKS, headers)

        held = await upload.send_to(app)

        assert upload.answer[0]["status"] == 401
        assert upload.left == 0, "read to its end, so that the client hears the refusal"
        assert held < UPLOADED_CHUNKS * CHUNK_BYTES / 4


async def test_what_sends_for_ever_without_a_token_is_cut_off(app: ASGIApp) -> None:
    upload = Upload(10**9, {})

    await upload.send_to(app)

    assert upload.answer[0]["status"] == 401
    assert 10**9 - upload.left <= LIMITS.discarded_bytes // CHUNK_BYTES + 1


async def test_who_holds_no_role_in_an_administration_reads_nothing_there(
    anonymous: httpx.AsyncClient, issuer: Issuer
) -> None:
    for elsewhere in ({}, {"lib-be": ["clerk"]}):
        headers = issuer.bearer(roles=[], administration_roles=elsewhere)
        response = await anonymous.get(f"{DESK}/items", headers=headers)

        assert_problem(response, 403, "role-required")


async def test_a_role_in_one_administration_shows_the_jobs_of_that_one_only(
    anonymous: httpx.AsyncClient, issuer: Issuer
) -> None:
    headers = issuer.bearer(roles=[], administration_roles={"lib-nl": ["clerk"]})

    own = await anonymous.get("/v1/jobs", params={"administration": "lib-nl"}, headers=headers)
    other = await anonymous.get("/v1/jobs", params={"administration": "lib-be"}, headers=headers)

    assert own.status_code == 200
    assert_problem(other, 403, "administration-not-granted")
