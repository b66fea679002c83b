"""Whatever the console prints has words in Dutch and Danish: its headings, fields, codes, and what it says itself."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import get_args

import pytest

from chassis.http import View
from console.code_words import CODES
from console.output import CODED
from console.words import LANGUAGES, WORDS
from contracts.library import ItemKind, ItemStatus
from contracts.matching import ContraKind, MatchMethod
from contracts.operators import Channel, Purpose, RuleName
from services.matching.domain.findings import FindingKind
from services.reminders.domain.reasons import REASONS
from services.reminders.store.emails import EmailState
from services.selection.domain.catalogue import FieldType, SetType
from services.writeoff.domain.requests import Origin
from services.writeoff.domain.runs import RunKind
from tests.gates.sentences import assigned, choices, puts_together, signatures
from tests.gates.tree import ROOT, named, parsed, python_files

DECLARED = ("COLUMNS", "FIELDS", "LISTED", "ISSUED", "FIRST")
"""What the names of tuples of columns end with."""
SHOWING = {"show_rows": 1, "show_figures": 2}
"""Functions that draw a table, and the place of the argument that names its columns."""
NO_TABLES = {"console/languages.py", "console/importing/mapping.py", "console/output.py"}
"""What draws tables and says sentences, and whose own words are none."""
SPEAKING = {"say": 2, "progress_bar": 2, "heading": 1}
"""Functions that print what they are given, and the number of their arguments: whoever speaks names the language."""
SERVICES = ("matching", "reminders", "selection", "writeoff")
DECIDING = ("services/matching/domain/", "services/writeoff/domain/")
"""Where a refusal's code is kept beside the item that it is about, and shown in tables."""
RUNS = {
    f"services/matching/operations/{name}.py"
    for name in ("executing", "revaluing", "run_steps", "settlement", "small_balances", "undoing")
}
"""What makes the results that `show_result` prints."""
CURSOR = {"after"}
"""What a run keeps between its steps and leaves out of its result."""
CHECKED = re.compile(r"CHECK \(\(*(\w+) = ANY \(\(*ARRAY\[(.*?)\]", re.DOTALL)
AUDITED = re.compile(
    r"^-- name: (?:audited|audit_checked|audit_counts)\n(.*?)(?=^-- name:|\Z)", re.MULTILINE | re.DOTALL
)


def texts(expression: ast.expr) -> Iterator[str]:
    """The names of columns that an expression spells out; the keys of a dictionary name tables."""
    parts = expression.values if isinstance(expression, ast.Dict) else [expression]
    for node in (node for part in parts for node in ast.walk(part)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value


def columns(tree: ast.Module) -> Iterator[str]:
    """The columns of a module's tables: declared as a constant, or written where the table is drawn."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id.endswith(DECLARED) for target in node.targets
        ):
            yield from texts(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SHOWING:
            place = SHOWING[node.func.id]
            if len(node.args) > place and isinstance(node.args[place], ast.Tuple):
                yield from texts(node.args[place])


TABLES = {
    name: sorted(set(columns(parsed(file))))
    for file in python_files("console")
    if (name := named(file)) not in NO_TABLES
}


@pytest.mark.parametrize("place", [place for place, found in TABLES.items() if found])
def test_every_heading_has_words(place: str) -> None:
    without = [column for column in TABLES[place] if len(WORDS.get(column, ())) != len(LANGUAGES)]

    assert without == [], f"{place}: add the Dutch, Danish and English words to console/*words.py"


def test_most_columns_are_found() -> None:
    assert sum(map(len, TABLES.values())) > 200


CODES_SHOWN = {
    "kinds and statuses of items": [*get_args(ItemKind), *get_args(ItemStatus), "settled"],
    "methods of matching": get_args(MatchMethod),
    "contra kinds": get_args(ContraKind),
    "findings": get_args(FindingKind),
    "rules": get_args(RuleName),
    "purposes": get_args(Purpose),
    "origins": get_args(Origin),
    "runs of write-offs": get_args(RunKind),
    "channels": get_args(Channel),
    "e-mails": get_args(EmailState),
    "reasons of reminders": list(REASONS),
    "types of sets and fields": [*get_args(SetType), *FieldType],
}


@pytest.mark.parametrize("kind", CODES_SHOWN)
def test_every_code_of_a_kind_has_words(kind: str) -> None:
    assert sorted(set(CODES_SHOWN[kind]) - CODES.keys()) == [], (
        "add the Dutch and Danish words to console/code_words.py"
    )


@pytest.mark.parametrize("service", SERVICES)
def test_every_code_that_a_table_may_hold_has_words(service: str) -> None:
    schema = (ROOT / "services" / service / "schema.sql").read_text("utf-8")

    stored = {code for column, codes in CHECKED.findall(schema) if column in CODED for code in strings_of(codes)}

    assert sorted(stored - CODES.keys()) == [], "add the Dutch and Danish words to console/code_words.py"


def strings_of(text: str) -> list[str]:
    return re.findall("'([^']+)'", text)


def decided(tree: ast.Module) -> Iterator[str]:
    """The codes of what a module refuses, leaves out, or queues as a run."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in signatures() and node.args:
            yield from literal(node.args[0])
        if isinstance(node, ast.Call):
            yield from (code for word in node.keywords if word.arg == "code" for code in literal(word.value))


def literal(expression: ast.expr) -> Iterator[str]:
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        yield expression.value


def test_every_code_that_is_decided_on_has_words() -> None:
    modules = [file for file in python_files("services") if named(file).startswith(DECIDING)]

    codes = {code for file in modules for code in decided(parsed(file))}

    assert len(codes) > 30
    assert sorted(codes - CODES.keys()) == [], "add the Dutch and Danish words to console/code_words.py"


def test_every_kind_of_run_has_words() -> None:
    kinds = {
        code
        for file in python_files("services")
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "").endswith("KIND")
        for code in literal(node.value)
    }

    assert "settle-oldest-first" in kinds
    assert sorted(kinds - CODES.keys()) == [], "add the Dutch and Danish words to console/code_words.py"


@pytest.mark.parametrize("service", SERVICES)
def test_every_field_of_a_view_has_words(service: str) -> None:
    package = import_module(f"services.{service}.api")
    modules = [import_module(module.name) for module in walk_packages(package.__path__, f"{package.__name__}.")]
    views = {
        one for module in modules for one in vars(module).values() if isinstance(one, type) and issubclass(one, View)
    }

    without = {f"{view.__name__}.{field}" for view in views for field in view.model_fields if field not in WORDS}

    assert views
    assert sorted(without) == [], "add the Dutch, Danish and English words to console/*words.py"


@pytest.mark.parametrize("service", SERVICES)
def test_everything_that_an_audit_counts_has_words(service: str) -> None:
    queries = (ROOT / "services" / service / "sql" / "audit.sql").read_text("utf-8")

    counted = [name for query in AUDITED.findall(queries) for name in re.findall(r"\) AS (\w+)", query)]

    assert counted
    assert sorted(set(counted) - WORDS.keys()) == [], "add the Dutch, Danish and English words to console/*words.py"


def keys_in(tree: ast.Module) -> set[str]:
    return {key for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in keys_of(node)}


def test_everything_that_a_run_of_matching_counts_has_words() -> None:
    runs = [file for file in python_files("services") if named(file) in RUNS]

    without = {key for file in runs for key in keys_in(parsed(file))} - WORDS.keys() - CURSOR

    assert len(runs) == len(RUNS)
    assert sorted(without) == [], "add the Dutch, Danish and English words to console/*words.py"


def unspoken(tree: ast.Module) -> Iterator[str]:
    """Texts that a module prints as they stand, in English, and calls that do not say in which language."""
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        meant = assigned(function)
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            spoken = getattr(call.func, "id", "") or getattr(call.func, "attr", "")
            if spoken not in {*SPEAKING, "echo"} or not call.args:
                continue
            texts = meant.get(getattr(call.args[0], "id", ""), [call.args[0]])
            if any(is_english(choice) for text in texts for choice in choices(text)):
                yield f"line {call.lineno}: {ast.unparse(call.args[0])}"
            elif len(call.args) < SPEAKING.get(spoken, 1):
                yield f"line {call.lineno}: in which language?"


def is_english(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Constant) or (
        puts_together(expression) and not isinstance(expression, ast.Subscript)
    )


def fields_shown(tree: ast.Module) -> Iterator[str]:
    """The fields that a module itself makes up for `show`."""
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        meant = assigned(function)
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            if getattr(call.func, "id", "") == "show" and call.args and not is_json_only(call):
                for text in meant.get(getattr(call.args[0], "id", ""), [call.args[0]]):
                    yield from (key for part in ast.walk(text) if isinstance(part, ast.Dict) for key in keys_of(part))


def is_json_only(call: ast.Call) -> bool:
    return any(word.arg == "json_output" and getattr(word.value, "value", False) is True for word in call.keywords)


def keys_of(dictionary: ast.Dict) -> Iterator[str]:
    for key in dictionary.keys:
        if key is not None:
            yield from literal(key)


CONSOLE = [file for file in python_files("console") if named(file) not in NO_TABLES]


@pytest.mark.parametrize("file", CONSOLE, ids=named)
def test_whatever_the_console_says_is_a_sentence_in_the_language_of_who_reads_it(file: Path) -> None:
    assert list(unspoken(parsed(file))) == [], (
        "make it a Sentence, with words in console/translations, and say(…, language)"
    )


@pytest.mark.parametrize("file", CONSOLE, ids=named)
def test_every_field_that_the_console_makes_up_has_words(file: Path) -> None:
    without = sorted(set(fields_shown(parsed(file))) - WORDS.keys())

    assert without == [], "add the Dutch, Danish and English words to console/*words.py"


@pytest.mark.parametrize(
    ("said", "is_noticed"),
    [
        ('say(Sentence("No shoe."), language)', False),
        ('say(Sentence("No shoe."))', True),
        ('say("No shoe.", language)', True),
        ('say(f"No shoe {size}.", language)', True),
        ('say("No shoe." if size else Sentence("None."), language)', True),
        ('text = f"No shoe {size}."\n    say(text, language)', True),
        ('progress_bar("Lacing", language)', True),
        ('heading("Shoes")', True),
        ("heading(word(name, language))", False),
        ('typer.echo("Laced.")', True),
    ],
)
def test_a_text_without_words_is_noticed(said: str, *, is_noticed: bool) -> None:
    assert bool(list(unspoken(ast.parse(f"def lace():\n    {said}")))) is is_noticed


def test_a_field_without_words_is_noticed() -> None:
    tree = ast.parse("def lace():\n    made = {'shoe_size': 1}\n    show(made, json_output=json_output)")

    assert list(fields_shown(tree)) == ["shoe_size"]


def test_a_column_without_words_is_noticed() -> None:
    tree = ast.parse('SHOE_COLUMNS = ("party_id", "shoe_size")\nshow_rows(rows, ("colour",), json_output=False)')

    assert set(columns(tree)) - set(WORDS) == {"shoe_size", "colour"}
