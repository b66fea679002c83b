"""The commands that the README prints, block by block, and what one of them tells the next."""

import re
from typing import Any

from console.words import word
from tests.e2e.program import ROOT, Answer

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = {"set_id": "SET", "batch_id": "BATCH", "run_id": "RUN", "match_id": "MATCH"}
SAID = {"fingerprint": "FINGERPRINT", "items": "ITEMS"}
FOLLOWING = {
    "FINGERPRINT": re.compile(r"--(?:confirm|fingerprint) (\S+)"),
    "ITEMS": re.compile(r"--items (\d+)"),
    "BATCH": re.compile(r"selection confirm (\S+)"),
    "MATCH": re.compile(r"writeoff reverse (\S+)$", re.MULTILINE),
}
"""What the commands that follow, which are printed on standard error, name."""


def blocks() -> list[list[str]]:
    text = (ROOT / "README.md").read_text("utf-8")
    return [[line[2:] for line in block.splitlines() if line.startswith("$ ")] for block in BLOCK.findall(text)]


def carried(answer: Answer, known: dict[str, str]) -> dict[str, str]:
    """What a command printed as JSON, under the names by which the next one calls it."""
    said: Any = answer.json
    if not isinstance(said, dict):
        return known
    found = {name: str(said[field]) for field, name in (NAMED | SAID).items() if isinstance(said.get(field), str | int)}
    if "batch_id" in said and "totals" in said:
        found["TOTALS"] = " ".join(f"--total {total['currency']}:{total['amount']}" for total in said["totals"])
    return known | found


def read_off(answer: Answer, known: dict[str, str], language: str) -> dict[str, str]:
    """What a person finds in what a command printed: in its fields, and in the commands that may follow."""
    found = {}
    for field, name in (NAMED | {"fingerprint": "FINGERPRINT"}).items():
        if line := re.search(rf"^{re.escape(word(field, language))} +(\S+) *$", answer.out, re.MULTILINE):
            found[name] = line[1]
    found |= {name: place[1] for name, shape in FOLLOWING.items() if (place := shape.search(answer.err))}
    if totals := re.findall(r"--total \S+", answer.err):
        found["TOTALS"] = " ".join(totals)
    return known | found
