"""The web server of a service, with the limits that only a server can hold."""

from __future__ import annotations

import uvicorn
from starlette.types import ASGIApp

from chassis.http.limits import HttpLimits


def web_server(app: ASGIApp, *, host: str, port: int, limits: HttpLimits | None = None) -> uvicorn.Server:
    """A server for `await server.serve()`; it says nothing of itself, and leaves logging to our access log.

    Forwarded-for headers are not believed: nothing here depends on a client's address. Connections that are held open
    without ever sending a request are for the ingress to cut.
    """
    held = limits or HttpLimits()
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http="h11",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=held.concurrent_requests,
            timeout_keep_alive=held.keep_alive_seconds,
            timeout_graceful_shutdown=held.shutdown_seconds,
            h11_max_incomplete_event_size=held.header_bytes,
        )
    )
