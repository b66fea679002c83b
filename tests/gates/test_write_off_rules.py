"""A rule is one row: what else has to know of it follows from the row, or is missed here before anything runs.

Adding one is described in docs/recipes/add-a-write-off-rule.md.
"""

import inspect
from collections import Counter
from datetime import date
from typing import Any, get_args

import pytest

from contracts import library
from contracts.event import Event
from contracts.operators import DEFAULT_JOURNALS, RuleName
from contracts.topics import TOPICS
from read_model.items import item_handlers
from services.writeoff.consumers import handlers
from services.writeoff.domain.books import Books
from services.writeoff.domain.causes import CAUSES, CauseKind, cause_key_of, day_of, names_in, propose
from services.writeoff.domain.every_rule import OF_SELECTION, rules_in_words
from services.writeoff.domain.runs import RULES_OF_RUNS
from services.writeoff.operations.causes import take_causes, take_referrals
from tests.events import event_of
from tests.gates.tree import ROOT
from tests.services.writeoff.library import configured

RULES = get_args(RuleName)


def unregistered(events: list[type[Event]], topics: dict[str, type[Event]]) -> list[str]:
    """Events of the library that no topic carries."""
    return [event.__name__ for event in events if topics.get(event.topic) is not event]


def without_a_row(topics: dict[str, type[Event]], known: set[str], causes: set[str]) -> set[str]:
    """Topics on which library systems tell what neither the read model keeps nor a row of the table takes."""
    told = {topic for topic, event in topics.items() if event.publisher.startswith("library systems")}
    return told - known - causes


def test_every_event_of_the_library_is_registered_with_its_topic() -> None:
    told = [
        member
        for _, member in inspect.getmembers(library, inspect.isclass)
        if issubclass(member, Event) and "topic" in vars(member)
    ]

    assert len(told) > len(CAUSES)
    assert unregistered(told, TOPICS) == []


def test_every_event_of_the_library_is_kept_by_the_read_model_or_has_its_row() -> None:
    causes = {kind.event.topic for kind in CAUSES}

    assert without_a_row(TOPICS, set(item_handlers()), causes) == set()


def test_exactly_the_topics_of_the_table_are_taken_as_causes() -> None:
    taken = {topic for topic, take in handlers().items() if take in (take_causes, take_referrals)}

    assert taken == {kind.event.topic for kind in CAUSES}


def test_every_rule_of_a_configuration_has_a_default_journal_and_is_carried_out_in_one_place() -> None:
    rows = [kind.rules for kind in CAUSES] + [rules.own for rules in RULES_OF_RUNS.values()] + [OF_SELECTION]
    carried_out = Counter(name for rules in rows for name in rules)

    assert set(DEFAULT_JOURNALS) == set(RULES)
    assert carried_out == Counter(RULES)
    assert set(rules_in_words()) == set(RULES)
    assert [code for code in DEFAULT_JOURNALS.values() if not code.startswith("A")] == []


@pytest.mark.parametrize("kind", CAUSES, ids=lambda kind: kind.event.topic)
def test_a_row_can_say_of_its_contracts_example_what_it_is_asked(kind: CauseKind[Any]) -> None:
    event: Any = event_of(kind.event)
    books = Books(configured())

    names = names_in(event, books)

    assert TOPICS[kind.event.topic] is kind.event
    assert cause_key_of(event)
    assert isinstance(day_of(event), date)
    assert [sum(reference is not None for reference in name) for name in names] == [1] * len(names) != []
    assert propose(event, [], books) == []
    assert "employee" in kind.event.model_fields


@pytest.mark.parametrize("kind", CAUSES, ids=lambda kind: kind.event.topic)
def test_an_event_that_writes_off_is_tested(kind: CauseKind[Any]) -> None:
    tests = (path.read_text("utf-8") for path in (ROOT / "tests" / "services" / "writeoff").glob("*.py"))

    assert any(kind.event.__name__ in text for text in tests)


def test_an_event_that_somebody_forgot_is_noticed() -> None:
    topics = {name: event for name, event in TOPICS.items() if name != "checkin-cancelled"}

    assert unregistered([library.CheckinCancelled], topics) == ["CheckinCancelled"]
    assert without_a_row(TOPICS, set(item_handlers()), {kind.event.topic for kind in CAUSES[1:]}) == {
        CAUSES[0].event.topic
    }
