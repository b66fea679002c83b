"""What surrounds every request: its trace, its deadline, its log line, its metrics, and the headers of its answer."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.authorization import ADMINISTRATION
from chassis.http.kept_sentences import answering_in
from chassis.http.limits import HttpLimits
from chassis.http.problems import (
    RETRY_AFTER_SECONDS,
    Problem,
    ProblemContext,
    ProblemResponse,
    describe,
    too_large,
)
from chassis.languages import Languages
from chassis.sentences import Sentence
from chassis.telemetry import continue_trace, current_trace_id
from chassis.telemetry.metrics import HTTP_IN_PROGRESS, HTTP_REQUESTS, HTTP_SECONDS
from contracts.event import ADMINISTRATION_PATTERN

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)
CLIENT_LEFT = 499
QUIET_ROUTES = frozenset({"/livez", "/readyz", "/metrics"})

_log = structlog.get_logger(__name__)


class Answer:
    """The sending side of one request: adds headers, watches slow readers, and knows how far the answer got."""

    def __init__(self, scope: Scope, send: Send, deadline: asyncio.Timeout, front: Observed) -> None:
        self._scope = scope
        self._front = front
        self._send = send
        self._deadline = deadline
        self._replaced = False
        self._code: str | None = None
        self.status = CLIENT_LEFT
        self.started = False
        self.complete = False

    @cached_property
    def asked(self) -> ProblemContext:
        """What a problem has to know of the request."""
        return ProblemContext.by(self._scope, self._front.languages)

    async def send(self, message: Message) -> None:
        """Pass a message on; a message of plain text that a body was too large becomes a problem."""
        if self._replaced:
            return
        if message["type"] == "http.response.start":
            if _is_plain_413(message):
                self._replaced = True
                await self.send_problem(too_large(self.asked))
                return
            self._start(message)
        async with asyncio.timeout(self._front.limits.send_seconds):
            await self._send(message)
        self.complete = message["type"] == "http.response.body" and not message.get("more_body", False)

    async def send_problem(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        """Answer with a problem instead."""
        response = ProblemResponse(problem, self.asked, headers)
        start: Message = {
            "type": "http.response.start",
            "status": problem.status,
            "headers": list(response.raw_headers),
        }
        self._start(start)
        self._code = problem.code
        await self._send(start)
        await self._send({"type": "http.response.body", "body": response.body, "more_body": False})
        self.complete = True

    @property
    def outcome(self) -> str:
        """What became of the request, for programs: done, the code of its problem, or that the answer is not whole."""
        if not self.started:
            return "not-answered"
        return self._code or self._scope.get("state", {}).get("outcome") or ("done" if self.complete else "cut-off")

    def _start(self, message: Message) -> None:
        if not self._deadline.expired():
            self._deadline.reschedule(None)
        self.started = True
        self.status = message["status"]
        given = {name for name, _ in message["headers"]}
        added = [header for header in SECURITY_HEADERS if header[0] not in given]
        trace_id = (current_trace_id() or "").encode()
        message["headers"] = [*message["headers"], *added, (b"x-trace-id", trace_id)]


class Observed:
    """The outermost layer of a service's HTTP side."""

    def __init__(self, app: ASGIApp, limits: HttpLimits, languages: Languages) -> None:
        self._app = app
        self.limits = limits
        self.languages = languages
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong, the client gets a problem or a connection that is visibly cut."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        HTTP_IN_PROGRESS.inc()
        self._running += 1
        with continue_trace(Headers(scope=scope).get("traceparent"), f"http {scope['method']}"):
            deadline = asyncio.timeout(self.limits.answer_seconds)
            answer = Answer(scope, send, deadline, self)
            try:
                with answering_in(lambda: answer.asked.language):
                    await self._answer(scope, receive, answer, deadline)
            finally:
                HTTP_IN_PROGRESS.dec()
                self._running -= 1
                _record(scope, answer, time.perf_counter() - begun)

    async def _answer(self, scope: Scope, receive: Receive, answer: Answer, deadline: asyncio.Timeout) -> None:
        header_bytes = sum(len(name) + len(value) for name, value in scope["headers"])
        try:
            async with deadline:
                if header_bytes > self.limits.header_bytes:
                    await answer.send_problem(_headers_too_large(answer.asked))
                elif self._running > self.limits.concurrent_requests and scope["path"] not in QUIET_ROUTES:
                    await answer.send_problem(_too_busy(answer.asked), {"retry-after": str(RETRY_AFTER_SECONDS)})
                else:
                    await self._app(scope, receive, answer.send)
        except Exception as error:
            if deadline.expired() and not answer.started:
                _log.warning("request-took-too-long", seconds=self.limits.answer_seconds)
                await answer.send_problem(_took_too_long(answer.asked))
                return
            _log.exception("request-failed", error=type(error).__name__)
            if not answer.complete:
                raise


def _is_plain_413(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    is_too_large = message["status"] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return is_too_large and headers.get("content-type", "").startswith("text/plain")


def _headers_too_large(asked: ProblemContext) -> Problem:
    detail, remedy = Sentence("The headers are too large."), Sentence("Send fewer or shorter ones.")
    return describe(asked, 431, "headers-too-large", detail, remedy=remedy)


def _too_busy(asked: ProblemContext) -> Problem:
    detail, remedy = Sentence("More is asked at once than the service can answer."), Sentence("Repeat in a moment.")
    return describe(asked, 503, "too-busy", detail, remedy=remedy)


def _took_too_long(asked: ProblemContext) -> Problem:
    return describe(
        asked,
        503,
        "took-too-long",
        Sentence("The answer was not ready in time, and nobody can say whether a command was carried out."),
        remedy=Sentence(
            "Ask for less at once, or repeat, a command with the same Idempotency-Key: it has its effect once."
        ),
    )


def _record(scope: Scope, answer: Answer, seconds: float) -> None:
    """Log and count by the route's template: paths and queries can name people.

    The line says who asked, from where, in which administration, and what came of it, so that what one employee did, or
    a token that was lost or stolen, can be found. Who it was is known from a token that verified only.
    """
    route = getattr(scope.get("route"), "path", "unknown")
    method = scope["method"] if scope["method"] in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"} else "other"
    HTTP_REQUESTS.labels(method, route, answer.status).inc()
    HTTP_SECONDS.labels(method, route).observe(seconds)
    level = _log.debug if route in QUIET_ROUTES else _log.info
    known = scope.get("state", {})
    level(
        "http-request",
        method=method,
        route=route,
        status=answer.status,
        outcome=answer.outcome,
        milliseconds=round(seconds * 1000, 1),
        employee=known.get("employee"),
        administration=_administration_of(scope),
        client=(scope.get("client") or (None,))[0],
        token_id=known.get("token_id"),
    )


def _administration_of(scope: Scope) -> str | None:
    """The administration that the path names; what cannot be the name of one is not logged."""
    named = scope.get("path_params", {}).get(ADMINISTRATION)
    return named if isinstance(named, str) and re.fullmatch(ADMINISTRATION_PATTERN, named) else None
