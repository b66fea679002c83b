"""Changes a package's code in small ways, one at a time, and says which of them no test notices.

    python -m tests.mutation services/matching/domain --mutants 40 --seed 7 --minutes 20

Works in a copy of the tree; exits with 1 when a change survives that explained.toml does not explain.
"""

import argparse
import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.gates.tree import ROOT, files
from tests.mutation.mutants import mutants
from tests.mutation.trial import TestsFail, explanations, try_mutants

EXPLAINED = Path(__file__).with_name("explained.toml")


def tests_of(root: Path, package: str) -> list[Path]:
    """The tests beside a package: those of its service, or those of the same name."""
    parts = package.split("/")
    folder = root.joinpath("tests", *(parts[:2] if parts[0] == "services" else parts))
    while not folder.exists():
        folder = folder.parent
    return sorted(folder.rglob("test_*.py"))


def copied(folder: Path) -> Path:
    """A copy of everything that git knows of, but for the gates, which look at texts."""
    for path in files():
        copy = folder / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return folder


def main() -> int:
    """Try a sample of a package's mutants; prints each survivor, then the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", help="a folder of Python files, from the root")
    parser.add_argument("--mutants", type=int, default=30, help="how many changes to try")
    parser.add_argument("--seed", type=int, default=1, help="which ones: the same seed tries the same")
    parser.add_argument("--minutes", type=float, default=30, help="no further change is tried after them")
    wanted = parser.parse_args()
    with TemporaryDirectory() as folder:
        root = copied(Path(folder))
        os.chdir(root)
        modules = sorted((root / wanted.package).rglob("*.py"))
        sample = mutants(root, modules, wanted.mutants, wanted.seed)
        tests = [path.relative_to(root) for path in tests_of(root, wanted.package)]
        counts: Counter[str] = Counter()
        try:
            for mutant, verdict in try_mutants(root, sample, tests, explanations(EXPLAINED), minutes=wanted.minutes):
                counts[verdict] += 1
                if verdict == "survived":
                    sys.stdout.write(f"{mutant}\n")
                    sys.stdout.flush()
        except TestsFail as failure:
            sys.stderr.write(f"the tests fail without a change:\n{failure}\n")
            return 2
    said = ", ".join(f"{verdict} {number}" for verdict, number in sorted(counts.items())) or "nothing to try"
    sys.stdout.write(f"{wanted.package}, seed {wanted.seed}: {said}\n")
    return 1 if counts["survived"] else 0


if __name__ == "__main__":
    sys.exit(main())
