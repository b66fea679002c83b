"""Every benchmark, one after the other, each in a process of its own: tables on standard output, JSON in bench/."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

FOLDER = Path("bench")
BENCHES = ("ingest", "settlement", "requests", "selection", "writeoff", "rules", "bulk", "reminders", "letters")
LIMIT_SECONDS = 3_600


def measured(name: str) -> Any:
    """What one benchmark gives back, run in this process."""
    module = __import__(f"tests.bench.{name}", fromlist=["main"])
    return module.main()


def main() -> int:
    """Run the named benchmarks, or all; exit code 1 when one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], help="which; all when none is named")
    names = parser.parse_args().names or BENCHES
    FOLDER.mkdir(exist_ok=True)
    figures: dict[str, Any] = {"at": datetime.now(UTC).isoformat(), "machine": platform.platform(), "commit": commit()}
    failed = False
    for name in names:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:  # unlike those of a Pool, it may have children
            try:
                figures[name] = pool.submit(measured, name).result(LIMIT_SECONDS)
            except Exception as error:  # noqa: BLE001 - the other benchmarks still say something
                failed, figures[name] = True, f"{type(error).__name__}: {error}"
                sys.stderr.write(f"{name}: {figures[name]}\n")
        (FOLDER / "results.json").write_text(json.dumps(figures, indent=1, default=str), "utf-8")
    sys.stdout.write(f"{FOLDER / 'results.json'}\n")
    return int(failed)


def commit() -> str:
    """The commit that was measured."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    raise SystemExit(main())
