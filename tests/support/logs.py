"""What is logged while a test runs: from warnings on, on standard error, a line each."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger


def log_warnings_only() -> None:
    """Keep what is told in the ordinary course out of what a failing test shows.

    `structlog.testing.capture_logs` still gets everything. Standard output belongs to the command under test.
    """
    structlog.configure(
        processors=[
            _drop_the_ordinary,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["level", "event"]),
        ],
        logger_factory=_to_standard_error,
    )


def _drop_the_ordinary(_logger: WrappedLogger, level: str, event: EventDict) -> EventDict:
    if logging.getLevelNamesMapping().get(level.upper(), logging.ERROR) < logging.WARNING:
        raise structlog.DropEvent
    return event


def _to_standard_error(*_names: Any) -> structlog.PrintLogger:
    return structlog.PrintLogger(sys.stderr)
