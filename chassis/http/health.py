"""Whether the process lives, and whether it should be sent work: what an orchestrator asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from chassis.telemetry.metrics import READY, exposition

CHECK_TIMEOUT_SECONDS = 3.0
VERDICT_SECONDS = 0.5
"""For so long a verdict is given again: however often somebody asks, the checks run at most twice a second."""

Check = Callable[[], Awaitable[str | None]]
"""None when all is well, else a few words that may be shown to anybody."""

_log = structlog.get_logger(__name__)


class Verdict(BaseModel):
    """Whether the service can do its work now, and per check `ok` or what is missing."""

    model_config = ConfigDict(frozen=True)

    ready: bool
    checks: dict[str, str]


class Readiness:
    """The named checks of a service; it is ready when all of them pass and it is not shutting down."""

    def __init__(self, checks: Mapping[str, Check] | None = None) -> None:
        self._checks: dict[str, Check] = dict(checks or {})
        self._draining = False
        self._running = asyncio.Lock()
        self._verdict: Verdict | None = None
        self._judged_at = 0.0

    def add(self, name: str, check: Check) -> None:
        """Ask this too from now on."""
        self._checks[name] = check
        self._verdict = None

    def drain(self) -> None:
        """Be unready for good: no new work, please, what runs is finished."""
        self._draining = True

    async def judge(self) -> Verdict:
        """Run the checks together, each within CHECK_TIMEOUT_SECONDS."""
        if self._draining:
            return Verdict(ready=False, checks={"running": "shutting down"})
        async with self._running:
            if self._verdict is None or time.monotonic() - self._judged_at > VERDICT_SECONDS:
                answers = await asyncio.gather(*(_ask(name, check) for name, check in self._checks.items()))
                checks = dict(zip(self._checks, answers, strict=True))
                self._verdict = Verdict(ready=all(answer == "ok" for answer in answers), checks=checks)
                self._judged_at = time.monotonic()
            return self._verdict


async def _ask(name: str, check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            answer = await check() or "ok"
    except TimeoutError:
        answer = f"no answer within {CHECK_TIMEOUT_SECONDS:g} s"
    except Exception:  # noqa: BLE001 - whatever fails in a check means that it did not pass
        _log.exception("readiness-check-failed", check=name)
        answer = "the check itself failed"
    READY.labels(name).set(answer == "ok")
    return answer


def health_router(readiness: Readiness, refresh_gauges: Callable[[], Awaitable[None]]) -> APIRouter:
    """/livez, /readyz and /metrics: for the machine room, so without tokens; not to be routed in from outside."""
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def live() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz")
    async def ready(response: Response) -> Verdict:
        verdict = await readiness.judge()
        response.status_code = 200 if verdict.ready else 503
        return verdict

    @router.get("/metrics")
    async def metrics() -> Response:
        await refresh_gauges()
        return Response(exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router
