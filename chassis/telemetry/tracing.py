"""Trace context after W3C Trace Context, and its export by OpenTelemetry where an exporter is configured."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chassis.telemetry.exporting import SpanExport

TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
"""version-traceid-parentid-flags; a later version may carry more after a dash (section 4.3 of the recommendation)."""
EXPORT_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"

_NO_TRACE_ID = "0" * 32
_NO_SPAN_ID = "0" * 16
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


class _Exported:
    """Through what spans are exported; None where no exporter is configured."""

    through: SpanExport | None = None


def current_traceparent() -> str:
    """The `traceparent` for whatever is sent next; begins a trace where none runs, so it is never empty."""
    traceparent = _current.get()
    if traceparent is None:
        traceparent = _begin()
        _current.set(traceparent)
    return traceparent


def current_trace_id() -> str | None:
    """The 32 hex digits that logs, problems and rows name, or None outside of any trace."""
    traceparent = _current.get()
    return traceparent[3:35] if traceparent else None


@contextmanager
def continue_trace(traceparent: str | bytes | None, name: str = "work") -> Iterator[str]:
    """Do the work inside the trace of its cause, as a step called `name`; gives the step's own `traceparent`.

    A missing or malformed traceparent begins a new trace: a sender's mistake never stops the work.
    """
    parent = _parsed(traceparent)
    with _exported_span(parent, name) as exported:
        step = exported or (f"{parent[:36]}{_span_id()}{parent[52:]}" if parent else _begin())
        token = _current.set(step)
        try:
            yield step
        finally:
            _current.reset(token)


def configure_tracing(service: str, environment: Mapping[str, str]) -> Callable[[], None]:
    """Export spans by OTLP over HTTP if OTEL_EXPORTER_OTLP_ENDPOINT is set; gives what flushes and ends the export.

    Nothing of OpenTelemetry is loaded without the endpoint.
    """
    if not environment.get(EXPORT_ENDPOINT):
        return lambda: None
    from chassis.telemetry.exporting import SpanExport  # noqa: PLC0415 - it loads OpenTelemetry

    export = SpanExport(service)
    _Exported.through = export

    def end() -> None:
        _Exported.through = None
        export.end()

    return end


def _parsed(traceparent: str | bytes | None) -> str | None:
    """The traceparent in version 00, or None if it is missing or not valid."""
    text = traceparent.decode("ascii", "replace") if isinstance(traceparent, bytes) else traceparent
    found = TRACEPARENT.fullmatch(text) if text else None
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or trace_id == _NO_TRACE_ID or span_id == _NO_SPAN_ID:
        return None
    return f"00-{trace_id}-{span_id}-{flags}"


def _begin() -> str:
    return f"00-{secrets.token_hex(16)}-{_span_id()}-01"


def _span_id() -> str:
    return secrets.token_hex(8)


def _exported_span(parent: str | None, name: str) -> AbstractContextManager[str | None]:
    return nullcontext() if _Exported.through is None else _Exported.through.span(parent, name)
