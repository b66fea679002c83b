"""How much a benchmark does of what it does in full: its figures count at FULL only, below that it is only tried."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

FULL = 1.0
SMOKE = 0.01
"""The smallest: all of it together in some minutes, to see that every benchmark still runs."""
NAMED = {"full": FULL, "smoke": SMOKE}


def scale_of(text: str) -> float:
    """A name of NAMED, or the share itself as a number above 0. Raises ValueError for anything else."""
    scale = NAMED[text] if text in NAMED else float(text)
    if not scale > 0:
        raise ValueError(f"{text} is no share: it is not above 0")
    return scale


def scaled(count: int, scale: float, least: int = 1) -> int:
    """That share of a count; `least` is what cannot be measured with fewer, and never makes it more than in full."""
    return max(round(count * scale), min(count, least))


def repeats(count: int, scale: float) -> int:
    """How often something is measured: once where figures do not count."""
    return count if scale >= FULL else 1


def run_alone(main: Callable[[float], object]) -> None:
    """Run one benchmark by itself: `python -m tests.bench.ingest --scale 0.2 --json figures.json`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=scale_of, default=FULL, help="how much of it: smoke, or a share such as 0.1")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    asked = parser.parse_args()
    figures = main(asked.scale)
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1, default=str), "utf-8")
