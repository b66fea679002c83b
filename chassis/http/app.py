"""The HTTP side of a service: its routes and those that every service has, behind one guarded front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from starlette.types import ASGIApp

from chassis.http.authorization import TokenBeforeBody, authenticated
from chassis.http.health import Readiness, health_router
from chassis.http.limits import HttpLimits
from chassis.http.middleware import Observed
from chassis.http.operator import OperatorPorts, operator_router, refresh_gauges
from chassis.http.problems import MEDIA_TYPE, Problem, answer_with_problems
from chassis.http.rates import RequestRate
from chassis.http.told import told_router
from chassis.identity import TokenVerifier
from chassis.languages import Languages

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class ServiceApi:
    """What a service says of its API, and its own routes; `translations` are its packages that have some."""

    title: str
    version: str
    summary: str = ""
    routers: Sequence[APIRouter] = ()
    limits: HttpLimits = field(default_factory=HttpLimits)
    translations: Sequence[str] = ()


class ServiceApp(FastAPI):
    """FastAPI whose OpenAPI tells of problems, and whose every answer passes the guarded front."""

    limits: HttpLimits
    languages: Languages

    def build_middleware_stack(self) -> ASGIApp:
        """The framework's layers inside of ours, so that even its own errors are seen and dressed."""
        inner = TokenBeforeBody(super().build_middleware_stack(), self.limits.discarded_bytes)
        return Observed(inner, self.limits, self.languages)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document, with the schema of problems."""
        document = super().openapi()
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas |= schema.pop("$defs", {}) | {"Problem": schema}
        return document


def create_app(
    api: ServiceApi,
    *,
    verifier: TokenVerifier,
    readiness: Readiness,
    ports: OperatorPorts,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """The application of one service; opens nothing: what the ports use must be open before the first request."""
    problem = {
        "description": "Refused",
        "headers": {
            "Content-Language": {"description": "As Accept-Language asks: nl, da or en", "schema": {"type": "string"}}
        },
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    app = ServiceApp(
        title=api.title,
        version=api.version,
        summary=api.summary or None,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        max_body_size=api.limits.body_bytes,
        responses={"4XX": problem, "5XX": {**problem, "description": "Not possible now"}},
        generate_unique_id_function=lambda route: route.name,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.limits = api.limits
    app.state.verifier = verifier
    app.state.rate = RequestRate(api.limits.requests_per_second, api.limits.requests_at_once)
    app.languages = Languages(("chassis", *api.translations))
    answer_with_problems(app, app.languages)

    async def refresh() -> None:
        await refresh_gauges(ports)

    app.include_router(health_router(readiness, refresh))
    for router in (operator_router(ports), told_router(ports.database), *api.routers):
        app.include_router(router, dependencies=[Depends(authenticated)])
    return app
