"""Promises the contracts as they are now: what grew is written down, what broke is refused. `make promise` runs it."""

from __future__ import annotations

import json
import sys

from contracts.generate import schema_of
from contracts.topics import TOPICS
from tests.contracts.compatibility import PROMISED, Incompatibility, Schema, explained, incompatibilities, promised


def broken_by(new: Schema, topic: str) -> list[Incompatibility]:
    """What keeps a contract from being promised anew: whatever is incompatible and no growth of an enumeration."""
    if not (PROMISED / f"{topic}.json").exists():
        return []
    found = incompatibilities(promised(topic), new)
    return [] if all(incompatibility.is_growth for incompatibility in found) else found


def main() -> int:
    """Write each promise that is kept; the exit status is 1 when one is not."""
    status = 0
    for topic, contract in TOPICS.items():
        new = schema_of(contract)
        if found := broken_by(new, topic):
            sys.stderr.write(explained(topic, found) + "\n")
            status = 1
        else:
            text = json.dumps(new, indent=2, ensure_ascii=False) + "\n"
            (PROMISED / f"{topic}.json").write_text(text, "utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
