"""The commands that the README prints, block by block, and what one of them tells the next."""

import re
from typing import Any

from console.words import word
from tests.support.clerk import ROOT, Answer

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


UUID_BEGUN = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]*")
UUID_WHOLE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PARTY = re.compile(r"(?<![-\w])P\d+")
PARTY_WHOLE = re.compile(r"P\d{6}")
EUROS = {
    "nl": re.compile(r"€(?!\s-?[\d.]+,\d\d)"),
    "da": re.compile(r"(?<!,\d\d\s)€"),
    "en": re.compile(r"€(?!-?[\d,]+\.\d\d)"),
}
"""What is left of an amount that was broken."""


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


def broken(shown: str, columns: int, language: str) -> list[str]:
    """The lines that a terminal breaks itself, and those with a part of an id or of an amount."""
    return [
        line
        for line in shown.splitlines()
        if (len(line) > columns and len(line.split()) > 1)
        or not all(map(UUID_WHOLE.fullmatch, UUID_BEGUN.findall(line)))
        or not all(map(PARTY_WHOLE.fullmatch, PARTY.findall(line)))
        or EUROS[language].search(line)
    ]
