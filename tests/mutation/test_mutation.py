"""The tool that asks whether tests notice: what it changes, and what it says."""

from pathlib import Path

import pytest

from tests.mutation.mutants import Mutant, changes, means_something_else, mutants
from tests.mutation.trial import TestsFail, explanations, nearest_first, try_mutants

CODE = '''\
def waived(amount: int | None, limit: int) -> int:
    """What is under the limit."""
    return amount if amount and amount <= limit else 0
'''
NOTICES = """\
from amounts import waived

def test_waived():
    assert [waived(amount, 5) for amount in (None, 4, 5, 6)] == [0, 4, 5, 0]
"""
NOTICES_LITTLE = "from amounts import waived\n\ndef test_waived():\n    assert waived(4, 5) == 4\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of one module and its test, which the tool runs in."""
    (tmp_path / "amounts.py").write_text(CODE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    long:\n    slow:\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tried(tree: Path, test: str, number: int, known: frozenset[tuple[str, str, str]] = frozenset()) -> dict[str, str]:
    """What became of a sample of mutants, by the line that they become."""
    (tree / "test_amounts.py").write_text(test)
    sample = mutants(tree, [tree / "amounts.py"], number, seed=1)
    verdicts = try_mutants(tree, sample, [Path("test_amounts.py")], set(known), minutes=5)
    return {mutant.lines[1]: verdict for mutant, verdict in verdicts}


def test_a_test_that_says_what_it_means_notices_every_change(tree: Path) -> None:
    verdicts = tried(tree, NOTICES, 4)

    assert set(verdicts.values()) == {"noticed"}
    assert (tree / "amounts.py").read_text() == CODE


def test_a_change_that_no_test_notices_survives_unless_it_is_explained(tree: Path) -> None:
    was = "return amount if amount and amount <= limit else 0"

    verdicts = tried(tree, NOTICES_LITTLE, 4)
    (survivor, *_) = [line for line, verdict in verdicts.items() if verdict == "survived"]
    explained = tried(tree, NOTICES_LITTLE, 4, frozenset({("amounts.py", was, survivor)}))

    assert explained == verdicts | {survivor: "explained"}


def test_tests_that_fail_without_a_change_say_nothing(tree: Path) -> None:
    with pytest.raises(TestsFail, match="assert False"):
        tried(tree, "def test_it():\n    assert False\n", 1)


def test_a_seed_draws_the_same_sample_and_each_place_once(tree: Path) -> None:
    module = tree / "amounts.py"

    samples = [mutants(tree, [module], 50, seed) for seed in (1, 1, 2)]

    assert samples[0] == samples[1] != samples[2]
    assert len(samples[0]) <= len(changes(module))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("def f(x: int) -> str:\n    return x", False),
        ("def f(x: str | None) -> None:\n    'Text.'\n    return x", True),
        ("def f(x: str | None) -> None:\n    return -x", True),
        ("def f(x: str | None) -> None:\n    return return", False),
    ],
)
def test_a_change_of_annotations_alone_is_none(after: str, *, expected: bool) -> None:
    assert means_something_else("def f(x: str | None) -> None:\n    return x", after) is expected


def test_the_tests_that_import_the_changed_module_come_first(tmp_path: Path) -> None:
    sources = {"far": "import json", "near": "from a.domain import rules", "beside": "from a.domain.months import days"}
    for name, source in sources.items():
        (tmp_path / f"test_{name}.py").write_text(source)

    ordered = nearest_first(sorted(tmp_path.glob("test_*.py")), "a/domain/rules.py")

    assert [path.stem for path in ordered] == ["test_near", "test_beside", "test_far"]


def test_an_explanation_needs_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "explained.toml"
    file.write_text('[[survivor]]\nmodule = "a.py"\nwas = "x"\nbecomes = "y"\nwhy = ""\n')

    assert explanations(file) == set()


def test_a_change_reads_as_its_lines() -> None:
    mutant = Mutant("a.py", "def f():\n    return 1\n", "def f():\n    return 2\n")

    assert str(mutant) == "a.py: return 1  ->  return 2"
