"""How much of anything one request, or all of them together, may take."""

from __future__ import annotations

from dataclasses import dataclass

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE


@dataclass(frozen=True, kw_only=True)
class HttpLimits:
    """The limits of one service; a route that takes larger bodies says `max_body_size` where it is declared."""

    body_bytes: int = MEBIBYTE
    discarded_bytes: int = 32 * MEBIBYTE
    """Of a body whose sender is refused: read and dropped, so that the refusal is heard."""
    header_bytes: int = 16 * KIBIBYTE
    answer_seconds: float = 60.0
    """From the first byte of the request to the start of its answer."""
    send_seconds: float = 60.0
    """For the client to take one chunk of the answer."""
    keep_alive_seconds: int = 15
    head_seconds: float = 10.0
    """From a connection, or the first byte of a request on one that is kept, to the end of its headers."""
    connections: int = 900
    """Open at once, below what a process may usually open (1,024 files)."""
    concurrent_requests: int = 500
    """Answered at once; health is always answered."""
    requests_per_second: float = 1_000.0
    """Of one token, in the long run."""
    requests_at_once: int = 10_000
    """Of one token, before the rate counts."""
    shutdown_seconds: int = 20
