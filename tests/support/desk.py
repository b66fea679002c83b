"""The API of a service, without a socket, as whoever holds a token calls it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any, Self

from httpx import ASGITransport, AsyncBaseTransport, AsyncClient, AsyncHTTPTransport, Request, Response

if TYPE_CHECKING:
    from fastapi import FastAPI

    from chassis.service import Runtime, Service
    from tests.chassis.issuer import Issuer

Lag = Callable[[], Awaitable[dict[str, int]]]
Json = dict[str, Any]
PATIENCE_SECONDS = 60.0
FAR_AHEAD = 4_000_000_000
"""When the token expires: after any jump of the clock that a test makes."""
TOLD_CHARACTERS = 500
KEYS = count(1)


async def no_lag() -> dict[str, int]:
    """How far a service is behind that no broker serves."""
    return {}


def app_of(service: Service, runtime: Runtime, issuer: Issuer, lag: Lag | None = None) -> FastAPI:
    """The whole application, for tokens of this issuer."""
    from chassis.http import OperatorPorts, Readiness, ServiceApi, create_app

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


class Answer(Response):
    """An answer that a failing assertion shows as its reason: status, code, sentence, trace."""

    def __repr__(self) -> str:
        return f"<{reason_of(self)}>"


class _Answers(AsyncBaseTransport):
    """Gives what another transport gives, as answers that tell their reason."""

    def __init__(self, transport: AsyncBaseTransport) -> None:
        self.transport = transport

    async def handle_async_request(self, request: Request) -> Response:
        given = await self.transport.handle_async_request(request)
        return Answer(given.status_code, headers=given.headers, stream=given.stream, extensions=given.extensions)

    async def aclose(self) -> None:
        await self.transport.aclose()


def client_of(app: FastAPI, *, always_answers: bool = False) -> AsyncClient:
    """A client of the application.

    What its code raises comes out here, where the test fails over it; one that `always_answers` gets a 500, as over a
    wire.
    """
    transport = _Answers(ASGITransport(app, raise_app_exceptions=not always_answers))
    return AsyncClient(transport=transport, base_url="http://service", timeout=PATIENCE_SECONDS)


def client_at(url: str, headers: dict[str, str] | None = None) -> AsyncClient:
    """A client of a server that runs."""
    return AsyncClient(transport=_Answers(AsyncHTTPTransport()), base_url=url, headers=headers)


def reason_of(answer: Response) -> str:
    """Why a request was refused, in one line."""
    asked = f"{answer.request.method} {answer.request.url.raw_path.decode()}"
    if "json" not in answer.headers.get("content-type", "") or "code" not in (told := answer.json()):
        return f"{answer.status_code} {asked}: {answer.text[:TOLD_CHARACTERS]}"
    fields = [f"{error['location']}{error['pointer']}: {error['detail']}" for error in told.get("errors", [])]
    sentences = " ".join([told.get("detail", ""), told.get("remedy", ""), *fields]).strip()
    return f"{answer.status_code} {told['code']}: {sentences} (trace {told.get('trace_id')}) {asked}"


@dataclass(frozen=True)
class Desk:
    """Calls below one administration, as an employee with roles."""

    client: AsyncClient
    issuer: Issuer
    administration: str
    employee: str = "e.maes"
    roles: tuple[str, ...] = ("clerk", "auditor")
    language: str | None = None

    def as_employee(self, employee: str, *roles: str) -> Self:
        """The desk of somebody else, with the same roles or others."""
        return replace(self, employee=employee, roles=roles or self.roles)

    def with_roles(self, *roles: str) -> Self:
        """The desk of the same employee with other roles."""
        return replace(self, roles=roles)

    def in_language(self, language: str) -> Self:
        """The desk of somebody who reads these languages, as `Accept-Language` names them."""
        return replace(self, language=language)

    async def get(self, path: str, **parameters: Any) -> Response:
        """Read, whatever comes of it."""
        return await self.client.get(self.url(path), params=parameters or None, headers=self.headers())

    async def read(self, path: str, status: int | None = None, /, **parameters: Any) -> Any:
        """Read what must be readable, or answer with this status: its JSON, or else its bytes."""
        answer = expected(await self.get(path, **parameters), status)
        return answer.json() if "json" in answer.headers["content-type"] else answer.content

    async def text(self, path: str, **parameters: Any) -> str:
        """Read a text that must be readable."""
        return expected(await self.get(path, **parameters)).text

    async def send(
        self, path: str, body: Any = None, *, key: str | None = None, method: str = "POST", **parameters: Any
    ) -> Response:
        """Send a command, under a key of its own, whatever comes of it."""
        headers = self.headers() | {"idempotency-key": key or f"key-{next(KEYS)}"}
        return await self.client.request(
            method, self.url(path), json={} if body is None else body, headers=headers, params=parameters or None
        )

    async def do(self, path: str, body: Any = None, status: int | None = None, **options: Any) -> Any:
        """Carry out a command that must succeed, or be answered with this status; options are those of `send`."""
        return expected(await self.send(path, body, **options), status).json()

    async def upload(self, path: str, content: bytes | str, media_type: str, **parameters: Any) -> Response:
        """Send a file, whatever comes of it."""
        headers = self.headers() | {"idempotency-key": f"key-{next(KEYS)}", "content-type": media_type}
        return await self.client.post(self.url(path), content=content, headers=headers, params=parameters or None)

    def url(self, path: str) -> str:
        """A path below the administration; one that begins with a slash is below nothing."""
        return path if path.startswith("/") else f"/v1/administrations/{self.administration}/{path}"

    def headers(self) -> dict[str, str]:
        """The employee's token and language."""
        token = self.issuer.bearer(
            sub=self.employee, administrations=[self.administration], roles=list(self.roles), exp=FAR_AHEAD
        )
        return token | ({"accept-language": self.language} if self.language else {})


def expected(answer: Response, status: int | None = None) -> Response:
    """The answer, if it has this status, or is any success; otherwise the test fails and says why it has not."""
    __tracebackhide__ = True
    if not (answer.is_success if status is None else answer.status_code == status):
        raise AssertionError(f"{'a success' if status is None else status} was expected, not {reason_of(answer)}")
    return answer
