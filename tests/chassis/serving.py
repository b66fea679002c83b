"""A real web server on a free port of this machine, for as long as a test needs it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from chassis.http import HttpLimits, web_server


@asynccontextmanager
async def serving(app: ASGIApp, limits: HttpLimits | None = None) -> AsyncIterator[str]:
    """Serve the application; gives its address, where connections wait until the server has started."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = web_server(app, host="127.0.0.1", port=0, limits=limits)
        task = asyncio.create_task(server.serve([listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task
