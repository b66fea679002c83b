"""Spans for OpenTelemetry, by OTLP over HTTP. Importing this loads its SDK, so only who exports imports it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import format_span_id, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

SHUTDOWN_SECONDS = 5


class SpanExport:
    """Exports a service's spans; the exporter reads the standard OTEL_ variables itself."""

    def __init__(self, service: str) -> None:
        self._provider = TracerProvider(resource=Resource.create({"service.name": f"openitems-{service}"}))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("openitems")

    @contextmanager
    def span(self, parent: str | None, name: str) -> Iterator[str]:
        """A span around some work, below that of a `traceparent` if there is one; gives its own `traceparent`."""
        context = TraceContextTextMapPropagator().extract({"traceparent": parent} if parent else {})
        with self._tracer.start_as_current_span(name, context=context) as span:
            own = span.get_span_context()
            yield f"00-{format_trace_id(own.trace_id)}-{format_span_id(own.span_id)}-{own.trace_flags:02x}"

    def end(self) -> None:
        """Send what was not sent yet, for SHUTDOWN_SECONDS at most, and stop."""
        self._provider.force_flush(SHUTDOWN_SECONDS * 1000)
        self._provider.shutdown()
