"""Runs models, deliveries and faults, round after round, with seeds that are printed; stops at the first failure."""

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.seeds import VARIABLE as SEED_VARIABLE

ROOT = Path(__file__).resolve().parents[2]
ROUND_LIMIT_SECONDS = 3_600.0
LONGER = {
    "OPENITEMS_TEST_EXAMPLES": "60",
    "OPENITEMS_TEST_PAIR_STRIDE": "7",
    "OPENITEMS_TEST_CUTS": "150",
    "OPENITEMS_TEST_STORM_SECONDS": "40",
}
"""How much longer a round goes on than the same tests do by default; what the environment says comes first."""
EMBEDDED, KAFKA = {"OPENITEMS_TEST_BROKER": "embedded"}, {"OPENITEMS_TEST_BROKER": "kafka"}


@dataclass(frozen=True, slots=True)
class Round:
    """Suites that are run together, and the environment that says on which broker."""

    suites: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


ROUNDS = (
    Round(("tests/models/test_house_model.py",)),
    Round(("tests/integration", "-m", "broker"), EMBEDDED),
    Round(("tests/faults", "-m", "broker"), KAFKA),
    Round(("tests/models/test_matching_model.py",)),
    Round(("tests/integration",), KAFKA),
    Round(("tests/faults", "-m", "not broker")),
)


def run_round(chosen: Round, seed: int) -> bool:
    """One round; says how to do it again, and whether it passed."""
    longer = {name: os.environ.get(name) or value for name, value in LONGER.items()}
    own = {**longer, **chosen.environment, SEED_VARIABLE: str(seed)}
    arguments = [sys.executable, "-m", "pytest", "-q", "-x", *chosen.suites, f"--hypothesis-seed={seed}"]
    settings = " ".join(f"{name}={value}" for name, value in own.items())
    quoted = " ".join(f"'{word}'" if " " in word else word for word in arguments)
    sys.stdout.write(f"seed {seed}: {settings} {quoted}\n")
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
    sys.stdout.flush()
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
        if not run_round(ROUNDS[rounds % len(ROUNDS)], numbers.randrange(2**31)):
            sys.stdout.write(f"failed in round {rounds + 1} of SEED={asked.seed}\n")
            return 1
        rounds += 1
    sys.stdout.write(f"{rounds} rounds without a violation, SEED={asked.seed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
