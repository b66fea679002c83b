"""What a benchmark's process runs: kept out of `__main__`, whose functions such a process cannot find."""

from __future__ import annotations

from importlib import import_module
from typing import Any

BENCHES = (
    "ingest",
    "door",
    "settlement",
    "giant",
    "shares",
    "past_days",
    "requests",
    "selection",
    "writeoff",
    "rules",
    "bulk",
    "imports",
    "reminders",
    "letters",
)


def measured(name: str, scale: float) -> Any:
    """What one benchmark of BENCHES gives back at this scale, run in this process."""
    return import_module(f"tests.bench.{name}").main(scale)
