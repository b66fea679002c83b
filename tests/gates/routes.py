"""The routes of every service as the assembled applications have them, and what each demands."""

import inspect
from collections.abc import Iterator, Sequence

import asyncpg
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import SecretStr
from starlette.routing import BaseRoute

from chassis.database import Database
from chassis.http import OperatorPorts, Readiness, ServiceApi, create_app
from chassis.http.authorization import authenticated
from chassis.identity import Role
from chassis.service import assemble
from chassis.settings import ServiceName
from tests.chassis.issuer import Issuer
from tests.declared import declared_services

OPEN = {
    "GET /livez": "asked by whoever keeps the process running",
    "GET /metrics": "asked by Prometheus",
    "GET /openapi.json": "what the API is, and nothing of anybody's",
    "GET /readyz": "asked by whoever keeps the process running",
}
"""What needs no token, and why."""

ANYBODY = {
    "POST /v1/administrations/{administration}/criteria": "reads criteria in either form, and stores nothing",
    "POST /v1/administrations/{administration}/criteria/count": "counts, and stores nothing",
    "POST /v1/administrations/{administration}/control-list": "a dry run: it reads",
    "POST /v1/administrations/{administration}/control-list/items": "a dry run: it reads",
    "POST /v1/administrations/{administration}/control-list/explanation": "a dry run: it reads",
    "POST /v1/administrations/{administration}/events/whereabouts": "tells what became of events, and stores nothing",
    "POST /v1/administrations/{administration}/rules/dry-run": "a dry run: it reads",
    "POST /v1/administrations/{administration}/standings/bookings": "compares, and stores nothing",
    "POST /v1/administrations/{administration}/standings/items": "compares, and stores nothing",
    "POST /v1/administrations/{administration}/standings/match-requests": "compares, and stores nothing",
    "POST /v1/administrations/{administration}/standings/parties": "compares, and stores nothing",
    "POST /v1/administrations/{administration}/write-offs/{batch_id}/confirmation": (
        "which role it needs depends on whether the batch needs four eyes: the operation demands it"
    ),
}
"""What is not a GET and needs no role in particular, and why."""

DEMANDS_ROLES = "require.<locals>.permitted"


def demanded(route: RouteContext) -> list[object]:
    """Everything that a route depends on, however deep; nothing for what the framework answers itself."""
    dependant = getattr(route, "dependant", None)
    return list(needed(dependant)) if isinstance(dependant, Dependant) else []


def needed(dependant: Dependant) -> Iterator[object]:
    """What a dependency needs, and what that needs in turn."""
    for inner in dependant.dependencies:
        yield inner.call
        yield from needed(inner)


def roles_of(call: object) -> tuple[Role, ...]:
    """The roles that a dependency made by `require` lets in; none for any other."""
    if not (inspect.isfunction(call) and call.__qualname__ == DEMANDS_ROLES):
        return ()
    roles: tuple[Role, ...] = inspect.getclosurevars(call).nonlocals.get("roles", ())
    return roles


def named(route: RouteContext) -> str:
    """A route as documents call it."""
    return f"{' '.join(sorted((route.methods or set()) - {'HEAD'}))} {route.path}"


def unguarded(routes: Sequence[BaseRoute]) -> list[str]:
    """The routes that let in whoever comes, but for those that may."""
    found = [named(route) for route in iter_route_contexts(routes) if authenticated not in demanded(route)]
    return [route for route in found if route not in OPEN]


def without_role(routes: Sequence[BaseRoute]) -> list[str]:
    """The routes that may change something and that demand no role, but for those that may."""
    changing = [route for route in iter_route_contexts(routes) if (route.methods or set()) - {"GET", "HEAD"}]
    found = [named(route) for route in changing if not any(map(roles_of, demanded(route)))]
    return [route for route in found if route not in ANYBODY]


def assembled(issuer: Issuer) -> dict[ServiceName, FastAPI]:
    """The applications around databases that are not opened."""
    made = {}
    for name, service in declared_services().items():
        settings = service.settings(service=name, database_url=SecretStr("postgresql://nobody@127.0.0.1:9/none"))
        runtime = assemble(service, settings, Database(asyncpg.create_pool(min_size=0)))
        made[name] = create_app(
            ServiceApi(title=service.title, version="1", routers=[service.api(runtime)]),
            verifier=issuer.verifier(),
            readiness=Readiness({}),
            ports=OperatorPorts(
                service=name,
                database=runtime.database,
                lag=runtime.subscriber.lag,
                group_lag=runtime.subscriber.group_lag,
                retry_dead=runtime.dispatcher.retry_dead,
                wait_limit_seconds=settings.wait_limit_seconds,
            ),
        )
    return made
