"""A change can be followed from the request through every event that it causes."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.telemetry import configure_tracing, continue_trace, current_trace_id, current_traceparent
from tests.chassis.serving import serving

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def test_a_trace_is_taken_over_with_a_step_of_its_own() -> None:
    with continue_trace(PARENT) as step:
        assert current_traceparent() == step
        assert current_trace_id() == TRACE
        assert re.fullmatch(rf"00-{TRACE}-[0-9a-f]{{16}}-01", step)
        assert step != PARENT


def test_headers_of_events_come_as_bytes() -> None:
    with continue_trace(PARENT.encode()):
        assert current_trace_id() == TRACE


def test_a_later_version_of_the_header_is_understood() -> None:
    with continue_trace(f"01{PARENT[2:]}-more") as step:
        assert step.startswith(f"00-{TRACE}-")


@pytest.mark.parametrize(
    "malformed",
    [
        None,
        "",
        "nonsense",
        b"\xff\xfe",
        PARENT.upper(),
        f"ff{PARENT[2:]}",
        f"{PARENT}-more",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-00f067aa0ba902b7-0",
        f"{PARENT}\n",
    ],
)
def test_a_malformed_trace_begins_a_new_one(malformed: str | bytes | None) -> None:
    with continue_trace(malformed) as step:
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", step)
        assert TRACE not in step


def test_after_the_work_the_outer_trace_goes_on() -> None:
    with continue_trace(PARENT) as outer:
        with continue_trace(None):
            pass

        assert current_traceparent() == outer


async def test_traces_of_concurrent_work_stay_apart() -> None:
    async def work(number: int) -> bool:
        with continue_trace(f"00-{number:032x}-00f067aa0ba902b7-01"):
            await asyncio.sleep(0.001)
            return current_trace_id() == f"{number:032x}"

    assert all(await asyncio.gather(*(work(number) for number in range(1, 50))))


async def test_what_is_sent_outside_of_any_work_begins_a_trace() -> None:
    async def send() -> tuple[str | None, str, str]:
        return current_trace_id(), current_traceparent(), current_traceparent()

    before, first, second = await asyncio.create_task(send())

    assert before is None
    assert first == second


@asynccontextmanager
async def collector(received: list[ExportTraceServiceRequest]) -> AsyncIterator[str]:
    async def traces(request: Request) -> Response:
        received.append(ExportTraceServiceRequest.FromString(await request.body()))
        return Response(media_type="application/x-protobuf")

    async with serving(Starlette(routes=[Route("/v1/traces", traces, methods=["POST"])])) as url:
        yield url


async def test_spans_are_exported_where_an_exporter_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[ExportTraceServiceRequest] = []
    async with collector(received) as url:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_COMPRESSION": "none"}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        end = configure_tracing("matching", environment)
        with continue_trace(PARENT, "apply batch") as step:
            pass
        await asyncio.to_thread(end)

    (resource,) = received[0].resource_spans
    (span,) = resource.scope_spans[0].spans
    assert span.name == "apply batch"
    assert span.trace_id.hex() == TRACE
    assert span.parent_span_id.hex() == "00f067aa0ba902b7"
    assert step == f"00-{TRACE}-{span.span_id.hex()}-01"
    names = {attribute.key: attribute.value.string_value for attribute in resource.resource.attributes}
    assert names["service.name"] == "openitems-matching"


def test_without_an_exporter_nothing_is_sent() -> None:
    end = configure_tracing("matching", {})

    with continue_trace(PARENT):
        pass

    end()
