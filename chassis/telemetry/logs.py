"""Structured logs: one JSON object a line on standard error, with the trace they belong to and without secrets."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from chassis.telemetry.tracing import current_trace_id

REDACTED = "[redacted]"
SECRET_NAMES = re.compile(
    r"authorization|password|passwd|secret|token(?!_id\b)|dsn|database_url|cookie|api_?key|private_?key|credential|sasl",
    re.IGNORECASE,
)
"""The id of a token is no secret: it says which token it was, and opens nothing."""
SECRET_TEXT = re.compile(
    r"(?P<scheme>\b[a-z][a-z0-9+.-]{1,30}://)[^/\s@]{1,500}@"  # user and password of an address
    r"|(?P<bearer>\bbearer\s+)[\w.~+/=-]{8,}"
    r"|\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*"  # a JSON Web Token
    r"|(?P<pair>\b(?:password|passwd|secret|sasl_plain_password)\s*[=:]\s*)[^\s,;&]+",
    re.IGNORECASE,
)
MAX_DEPTH = 6
QUIET_LOGGERS = ("aiokafka", "asyncio", "faststream", "httpcore", "httpx", "uvicorn.access")


def configure_logging(service: str, level: str = "INFO") -> None:
    """Send the logs of structlog and of every library's standard logger through one JSON line format.

    `level` is a name of the logging module; the loggers in QUIET_LOGGERS only speak from WARNING on.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _about(service),
    ]
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        redact,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    handler = logging.StreamHandler()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank what is named like a secret, and what looks like one inside of any text, tracebacks included."""
    return {name: _redacted(name, value, MAX_DEPTH) for name, value in event.items()}


def _about(service: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        trace_id = current_trace_id()
        if trace_id:
            event["trace_id"] = trace_id
        return event

    return add


def _redacted(name: str, value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth == 0 or SECRET_NAMES.search(name):
        return REDACTED
    if isinstance(value, Mapping):
        return {str(key): _redacted(str(key), inner, depth - 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted("", inner, depth - 1) for inner in value]
    return SECRET_TEXT.sub(_masked, str(value))


def _masked(found: re.Match[str]) -> str:
    kept = found["scheme"] or found["bearer"] or found["pair"] or ""
    return f"{kept}{REDACTED}{'@' if found['scheme'] else ''}"
