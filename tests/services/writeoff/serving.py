"""The service's API around running parts, without a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from chassis.http import OperatorPorts, Readiness, ServiceApi, create_app
from chassis.service import Runtime
from services.writeoff.app import SERVICE
from tests.chassis.issuer import Issuer


def app_of(runtime: Runtime, issuer: Issuer) -> FastAPI:
    """The whole application, for tokens of this issuer."""
    return create_app(
        ServiceApi(title=SERVICE.title, version="1", routers=[SERVICE.api(runtime)]),
        verifier=issuer.verifier(),
        readiness=Readiness(),
        ports=OperatorPorts(
            service=SERVICE.name,
            database=runtime.database,
            lag=runtime.subscriber.lag,
            retry_dead=runtime.dispatcher.retry_dead,
            wait_limit_seconds=runtime.settings.wait_limit_seconds,
        ),
    )


@asynccontextmanager
async def desk_of(runtime: Runtime, issuer: Issuer) -> AsyncIterator[AsyncClient]:
    """A client of the application."""
    async with AsyncClient(transport=ASGITransport(app_of(runtime, issuer)), base_url="http://writeoff") as client:
        yield client
