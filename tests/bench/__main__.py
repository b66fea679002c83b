"""Every benchmark, one after the other, each in a process of its own: tables on standard output, JSON in bench/."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.bench.measured import BENCHES, measured
from tests.bench.scale import FULL, scale_of

FOLDER = Path("bench")
LIMIT_SECONDS = 3_600


def main() -> int:
    """Run the named benchmarks, or all; exit code 1 when one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], help="which; all when none is named")
    parser.add_argument("--scale", type=scale_of, default=FULL, help="how much of each: smoke, or a share such as 0.1")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the figures go")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(),
        "machine": platform.platform(),
        "commit": commit(),
        "scale": asked.scale,
    }
    failed = False
    for name in asked.names or BENCHES:
        begun = time.monotonic()
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:  # unlike those of a Pool, it may have children
            try:
                figures[name] = pool.submit(measured, name, asked.scale).result(LIMIT_SECONDS)
            except Exception as error:  # noqa: BLE001 - the other benchmarks still say something
                failed, figures[name] = True, f"{type(error).__name__}: {error}"
                sys.stderr.write(f"{name}: {figures[name]}\n")
        sys.stderr.write(f"{name} took {time.monotonic() - begun:.0f} s\n")
        (asked.folder / "results.json").write_text(json.dumps(figures, indent=1, default=str), "utf-8")
    sys.stdout.write(f"{asked.folder / 'results.json'}\n")
    return int(failed)


def commit() -> str:
    """The commit that was measured."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    raise SystemExit(main())
