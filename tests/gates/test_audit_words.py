"""Everything that an audit can find has words in Dutch and Danish."""

import ast
import re
from collections.abc import Iterator

import pytest

from console.audit_words import AUDITED, detail_in_words, invariant_in_words
from console.words import LANGUAGES
from tests.gates.tree import ROOT, parsed

NAMED_BY_SQL = {
    "matching": re.compile(r"(?:THEN|ELSE) '([a-z-]+)'"),
    "reminders": re.compile(r"SELECT '((?:[^']|'')+ (?:[^']|'')+)'"),
}
"""Where the statements themselves say what is wrong."""
BY_QUERY = ("selection", "writeoff")
"""Services whose stores say by query what holds."""


def invariants(service: str) -> Iterator[str]:
    """What a service's audit can tell."""
    if service in BY_QUERY:
        tree = parsed(ROOT / "services" / service / "store" / "audit.py")
        for node in (node for node in ast.walk(tree) if isinstance(node, ast.Dict)):
            yield from (str(value.value) for value in node.values if isinstance(value, ast.Constant))
    else:
        text = (ROOT / "services" / service / "sql" / "audit.sql").read_text("utf-8")
        yield from (found.replace("''", "'") for found in NAMED_BY_SQL[service].findall(text))


@pytest.mark.parametrize("service", ["matching", "selection", "reminders", "writeoff"])
def test_everything_that_an_audit_finds_has_words(service: str) -> None:
    told = set(invariants(service))

    assert len(told) >= 4
    assert sorted(told - AUDITED.keys()) == [], "add the Dutch and Danish words to console/audit_words.py"


def test_what_is_found_is_told_in_the_persons_language() -> None:
    assert invariant_in_words("a fixed set never changes", "nl-BE") == "een vaste set verandert nooit"
    assert invariant_in_words("open-amount-flipped", "da") == "restbeløb med modsat fortegn"
    assert invariant_in_words("a fixed set never changes", "en") == "a fixed set never changes"
    assert detail_in_words("item I1: posted 5, recomputed 3, stored 4", "nl") == (
        "post I1: geboekt 5, herberekend 3, bewaard 4"
    )
    assert detail_in_words("set_id 0199-ab, computed x", "da").startswith("udvalg 0199-ab")


def test_no_words_are_the_english_ones() -> None:
    alike = {said for said, words in AUDITED.items() if len(words) != len(LANGUAGES) - 1 or said in words}

    assert alike == set()
