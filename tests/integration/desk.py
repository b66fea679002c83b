"""The API of a service, without a socket, as whoever holds a token calls it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from chassis.http import OperatorPorts, Readiness, ServiceApi, create_app
from chassis.service import Runtime, Service
from tests.chassis.issuer import Issuer

Lag = Callable[[], Awaitable[dict[str, int]]]
Json = dict[str, Any]
PATIENCE_SECONDS = 60.0
FAR_AHEAD = 4_000_000_000
"""When the token expires: after any jump of the clock that a test makes."""


async def no_lag() -> dict[str, int]:
    """How far a service is behind that no broker serves."""
    return {}


def app_of(service: Service, runtime: Runtime, issuer: Issuer, lag: Lag | None = None) -> FastAPI:
    """The whole application, for tokens of this issuer."""
    return create_app(
        ServiceApi(
            title=service.title,
            version="1",
            routers=[service.api(runtime)],
            translations=service.translations,
        ),
        verifier=issuer.verifier(),
        readiness=Readiness(),
        ports=OperatorPorts(
            service=service.name,
            database=runtime.database,
            lag=lag or runtime.subscriber.lag,
            group_lag=lag or runtime.subscriber.group_lag,
            retry_dead=runtime.dispatcher.retry_dead,
            wait_limit_seconds=runtime.settings.wait_limit_seconds,
        ),
    )


def client_of(app: FastAPI) -> AsyncClient:
    """A client that gets an answer whatever happens inside, as over a wire."""
    transport = ASGITransport(app, raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://service", timeout=PATIENCE_SECONDS)


class Desk:
    """Calls below one administration, as an employee."""

    def __init__(self, client: AsyncClient, issuer: Issuer, administration: str) -> None:
        self.client = client
        self.issuer = issuer
        self.administration = administration

    async def post(
        self, path: str, body: Json | None = None, *, key: str, employee: str = "e.maes", **parameters: Any
    ) -> Response:
        """Carry out a command, under a key of its own."""
        headers = self._headers(employee) | {"idempotency-key": key}
        return await self.client.post(self._url(path), json=body or {}, headers=headers, params=parameters)

    async def do(self, path: str, body: Json | None = None, *, key: str, **options: Any) -> Json:
        """Carry out a command that must succeed."""
        answer = await self.post(path, body, key=key, **options)
        assert answer.is_success, f"{path}: {answer.text}"
        return dict(answer.json())

    async def get(self, path: str, **parameters: Any) -> Response:
        """Read, whatever comes of it."""
        return await self.client.get(self._url(path), headers=self._headers("e.maes"), params=parameters)

    async def read(self, path: str, **parameters: Any) -> Any:
        """Read what must be readable."""
        answer = await self.get(path, **parameters)
        assert answer.is_success, f"{path}: {answer.text}"
        return answer.json() if "json" in answer.headers["content-type"] else answer.content

    def _url(self, path: str) -> str:
        return f"/v1/administrations/{self.administration}/{path}"

    def _headers(self, employee: str, roles: Sequence[str] = ("clerk", "approver", "auditor")) -> dict[str, str]:
        return self.issuer.bearer(sub=employee, administrations=[self.administration], roles=list(roles), exp=FAR_AHEAD)
