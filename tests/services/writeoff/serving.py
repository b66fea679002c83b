"""The service's API around running parts, without a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from chassis.service import Runtime
from services.writeoff.app import SERVICE
from tests.chassis.issuer import Issuer
from tests.integration import desk


def app_of(runtime: Runtime, issuer: Issuer) -> FastAPI:
    """The whole application, for tokens of this issuer."""
    return desk.app_of(SERVICE, runtime, issuer)


@asynccontextmanager
async def desk_of(runtime: Runtime, issuer: Issuer) -> AsyncIterator[AsyncClient]:
    """A client of the application."""
    async with AsyncClient(transport=ASGITransport(app_of(runtime, issuer)), base_url="http://writeoff") as client:
        yield client
