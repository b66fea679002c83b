"""The commands that the README prints, block by block, and what one of them tells the next."""

import re
from typing import Any

from tests.e2e.program import ROOT, Answer

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = {"set_id": "SET", "batch_id": "BATCH", "run_id": "RUN", "match_id": "MATCH"}
SAID = {"fingerprint": "FINGERPRINT", "items": "ITEMS"}


def blocks() -> list[list[str]]:
    text = (ROOT / "README.md").read_text("utf-8")
    return [[line[2:] for line in block.splitlines() if line.startswith("$ ")] for block in BLOCK.findall(text)]


def carried(answer: Answer, known: dict[str, str]) -> dict[str, str]:
    """What a command printed, under the names by which the next one calls it."""
    said: Any = answer.json
    if not isinstance(said, dict):
        return known
    found = {name: str(said[field]) for field, name in (NAMED | SAID).items() if isinstance(said.get(field), str | int)}
    if "batch_id" in said and "totals" in said:
        found["TOTALS"] = " ".join(f"--total {total['currency']}:{total['amount']}" for total in said["totals"])
    return known | found
