"""What a service says about itself: logs, traces and metrics.

One trace follows a change from the request through every event that it causes: `continue_trace` takes over the
`traceparent` of a request or an event, `current_traceparent` is what goes out with whatever is sent next.
"""

from chassis.telemetry.logs import configure_logging
from chassis.telemetry.tracing import configure_tracing, continue_trace, current_trace_id, current_traceparent

__all__ = [
    "configure_logging",
    "configure_tracing",
    "continue_trace",
    "current_trace_id",
    "current_traceparent",
]
