"""Who may call what: every route of every service, as the assembled applications have them."""

import pytest
import pytest_asyncio
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import iter_route_contexts

from chassis.http import AnyActor, Clerk
from chassis.http.authorization import authenticated
from chassis.settings import ServiceName
from tests.declared import SERVICES
from tests.gates.permissions import PAGE, applications, page
from tests.gates.routes import ANYBODY, OPEN, named, unguarded, without_role


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def apps(tmp_path_factory: pytest.TempPathFactory) -> dict[ServiceName, FastAPI]:
    """Every service's application as its process makes it; nothing is opened."""
    return applications(tmp_path_factory.mktemp("apps"))


@pytest.mark.parametrize("name", SERVICES)
def test_every_route_demands_a_token(apps: dict[ServiceName, FastAPI], name: ServiceName) -> None:
    routes = apps[name].routes

    assert len(list(iter_route_contexts(routes))) > len(OPEN)
    assert unguarded(routes) == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_route_that_changes_something_demands_a_role(apps: dict[ServiceName, FastAPI], name: ServiceName) -> None:
    assert without_role(apps[name].routes) == []


def test_the_lists_name_routes_that_are_there(apps: dict[ServiceName, FastAPI]) -> None:
    there = {named(route) for app in apps.values() for route in iter_route_contexts(app.routes)}

    assert {*OPEN, *ANYBODY} - there == set()


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_says_what_its_api_is_with_a_name_of_its_own_for_every_operation(
    apps: dict[ServiceName, FastAPI], name: ServiceName
) -> None:
    document = apps[name].openapi()

    operations = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(operations) > len(OPEN)
    assert len(operations) == len(set(operations))


def test_routes_without_a_guard_or_a_role_are_noticed() -> None:
    router = APIRouter()
    guarded = APIRouter(dependencies=[Depends(authenticated)])

    @router.get("/open")
    async def read() -> None: ...

    @guarded.post("/any")
    async def change(actor: AnyActor) -> None: ...

    @guarded.post("/clerk")
    async def book(actor: Clerk) -> None: ...

    app = FastAPI(openapi_url=None)
    app.include_router(router)
    app.include_router(guarded)

    assert unguarded(app.routes) == ["GET /open"]
    assert without_role(app.routes) == ["POST /any"]


def test_the_page_of_permissions_says_what_the_routes_demand(apps: dict[ServiceName, FastAPI]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(apps), "make schemas"
