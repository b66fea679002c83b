"""The chassis names no business: nothing in it would have to change for another one."""

import ast
import re
from collections.abc import Iterable, Iterator

import pytest

from tests.gates.tree import named, parsed, python_files, query_files

BUSINESS = {
    *("item", "party", "match", "debtor", "creditor", "borrower", "customer", "invoice", "loan", "reminder"),
    *("writeoff", "settlement", "allocation", "ledger", "journal", "bailiff", "posting"),
}
"""Words of what the services do, in the singular."""
PHRASES = re.compile(r"\bwrite[- _]offs?\b", re.IGNORECASE)
ALLOWED = {
    ("chassis/http/paging.py", "item"): "the entries of a page are its `items`, as in other APIs",
    ("chassis/http/views.py", "item"): "the same page, made of a whole list",
    ("chassis/settings.py", "reminder"): "the four services' names: one that is misspelt is refused at the start",
    ("chassis/settings.py", "writeoff"): "the four services' names: one that is misspelt is refused at the start",
}
PRODUCT = re.compile(r"open ?items", re.IGNORECASE)
"""What the whole is called."""
OF_PYTHON = frozenset({"items", "match", "fullmatch", "Match"})
"""Attributes of dictionaries and regular expressions."""


def words_of(text: str) -> Iterator[str]:
    """The words of an identifier or a sentence, in the singular where English makes plurals by s or ies."""
    for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", PRODUCT.sub("", text)):
        lower = word.lower()
        yield lower
        yield re.sub(r"ies$", "y", lower)
        yield re.sub(r"e?s$", "", lower)
        yield lower.removesuffix("s")


def texts_of(tree: ast.Module) -> Iterator[str]:
    """Every identifier that is ours, and every text: docstrings, messages, names of queries."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Name():
                yield node.id
            case ast.Attribute() if node.attr not in OF_PYTHON:
                yield node.attr
            case ast.arg() | ast.keyword():
                yield node.arg or ""
            case ast.alias():
                yield node.name
            case ast.Constant(value=str()):
                yield str(node.value)


def business_in(texts: Iterable[str]) -> set[str]:
    """The words of business that are in texts: those of a module, or a file of queries."""
    found: set[str] = set()
    for text in texts:
        found |= BUSINESS & set(words_of(text))
        if PHRASES.search(text):
            found.add("writeoff")
    return found


def test_the_chassis_names_no_business() -> None:
    modules = {named(path): texts_of(parsed(path)) for path in python_files("chassis")}
    queries = {named(path): [path.read_text("utf-8")] for path in query_files() if named(path).startswith("chassis/")}

    found = {(name, word) for name, texts in (modules | queries).items() for word in business_in(texts)}

    assert queries
    assert sorted(found - ALLOWED.keys()) == []
    assert sorted(ALLOWED.keys() - found) == [], "an exception that nothing needs any more"


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("def lock_parties(): ...", "party"),
        ("class PartyEvent: ...", "party"),
        ("x = event.party_id", "party"),
        ("wake(match_id=1)", "match"),
        ('"""Waits for items."""', "item"),
        ("from x import ItemPosted", "item"),
        ("x = 'party_id'", "party"),
        ("x = 'one write-off'", "writeoff"),
    ],
)
def test_a_word_of_business_is_found_wherever_it_stands(source: str, word: str) -> None:
    assert business_in(texts_of(ast.parse(source))) == {word}


def test_a_word_of_business_is_found_in_a_query() -> None:
    assert business_in(["-- name: get\nSELECT party_id FROM job WHERE job_id = $1;"]) == {"party"}


@pytest.mark.parametrize(
    "source", ["for a, b in x.items(): ...", "p.fullmatch(x)", "def partial(): ...", "itemise = 1"]
)
def test_what_only_looks_like_business_is_none(source: str) -> None:
    assert business_in(texts_of(ast.parse(source))) == set()
