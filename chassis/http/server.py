"""The web server of a service, with the limits that only a server can hold."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from chassis.http.limits import HttpLimits


class TimedConnection(H11Protocol):
    """A connection that is closed when the headers of a request are not there in time.

    Uvicorn limits how long a connection is kept after an answer; one on which nothing, or a header every minute, was
    ever sent it keeps for ever, and a few hundred of those would refuse everybody else.
    """

    def __init__(self, *arguments: Any, head_seconds: float, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_seconds = head_seconds
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Take what came; where it is not the end of a request's headers, that is still waited for."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._head_timer is None:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._head_timer = self.loop.call_later(self._head_seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def web_server(app: ASGIApp, *, host: str, port: int, limits: HttpLimits | None = None) -> uvicorn.Server:
    """A server for `await server.serve()`; it says nothing of itself, and leaves logging to our access log.

    Forwarded-for headers are not believed: nothing here depends on a client's address.
    """
    held = limits or HttpLimits()
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=partial(TimedConnection, head_seconds=held.head_seconds),  # type: ignore[arg-type]
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=held.connections,
            timeout_keep_alive=held.keep_alive_seconds,
            timeout_graceful_shutdown=held.shutdown_seconds,
            h11_max_incomplete_event_size=held.header_bytes,
        )
    )
