"""Runs models, deliveries and crashes, round after round, with seeds that are printed; stops at the first failure."""

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUND_LIMIT_SECONDS = 3_600.0
EXAMPLES = "60"
MODELS, CRASHES, DELIVERIES = "tests/models", "tests/faults", "tests/integration"
ROUNDS: tuple[tuple[str, Mapping[str, str]], ...] = (
    (MODELS, {}),
    (DELIVERIES, {"OPENITEMS_TEST_BROKER": "embedded"}),
    (MODELS, {}),
    (DELIVERIES, {"OPENITEMS_TEST_BROKER": "kafka"}),
    (CRASHES, {"OPENITEMS_TEST_PAIR_STRIDE": "5"}),
)


def command(suite: str, seed: int) -> list[str]:
    """What runs one round."""
    shown = [sys.executable, "-m", "pytest", "-q", "-x", suite]
    return [*shown, f"--hypothesis-seed={seed}"] if suite == MODELS else shown


def run_round(suite: str, environment: Mapping[str, str], seed: int) -> bool:
    """One round; says how to do it again, and whether it passed."""
    own = {"OPENITEMS_TEST_EXAMPLES": EXAMPLES, **environment}
    arguments = command(suite, seed)
    settings = " ".join(f"{name}={value}" for name, value in own.items())
    sys.stdout.write(f"seed {seed}: {settings} {' '.join(arguments)}\n")
    sys.stdout.flush()
    done = subprocess.run(
        arguments,
        cwd=ROOT,
        env=os.environ | own,
        check=False,
        timeout=ROUND_LIMIT_SECONDS,
        capture_output=True,
        text=True,
    )
    sys.stdout.write(done.stdout if done.returncode else done.stdout.rstrip().rpartition("\n")[2] + "\n")
    return done.returncode == 0


def main() -> int:
    """Go round until the time is over; the exit code is 1 when a round failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    asked = parser.parse_args()
    numbers = random.Random(asked.seed)
    end = time.monotonic() + asked.minutes * 60
    sys.stdout.write(f"SEED={asked.seed}\n")
    rounds = 0
    while time.monotonic() < end:
        suite, environment = ROUNDS[rounds % len(ROUNDS)]
        if not run_round(suite, environment, numbers.randrange(2**31)):
            sys.stdout.write(f"failed in round {rounds + 1} of SEED={asked.seed}\n")
            return 1
        rounds += 1
    sys.stdout.write(f"{rounds} rounds without a violation, SEED={asked.seed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
