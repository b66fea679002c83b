"""Whatever a clerk is shown of reminders has words in Dutch and Danish: a field without them reads like a variable."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from chassis.http import View
from console.reminders import control_list, dry_run, history, letters, run_summary, runs
from console.words import WORDS
from services.reminders.api import dry_runs, emails, rates, views
from services.reminders.api import history as looking_back

SHOWING = (views, dry_runs, emails, rates, looking_back)
TABLES = (control_list, dry_run, history, letters, run_summary, runs)
THE_SAME = {
    "code": "a Dutch word too",
    "criteria": "a Dutch word too",
    "document_id": "a Dutch word too",
    "job_id": "Dutch clerks say run",
    "reference": "a Danish word too",
    "run_id": "Dutch clerks say run",
    "status": "a Dutch and Danish word too",
}
"""Fields whose word may be English in another language as well, and why."""


def views_of(module: ModuleType) -> Iterator[type[View]]:
    """The views that a module of the API declares."""
    for declared in vars(module).values():
        if isinstance(declared, type) and issubclass(declared, View) and declared is not View:
            yield declared


def unnamed(fields: Any) -> list[str]:
    """Those of the fields for which one of the languages has no word."""
    return sorted(field for field in fields if field not in WORDS or not all(WORDS[field]))


@pytest.mark.parametrize("view", [view for module in SHOWING for view in views_of(module)])
def test_every_field_of_a_view_has_words(view: type[View]) -> None:
    assert unnamed(view.model_fields) == [], "add a row to console/reminder_words.py"


@pytest.mark.parametrize("module", TABLES)
def test_every_column_of_a_table_has_words(module: ModuleType) -> None:
    columns = [
        column
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, tuple)
        for column in value
        if isinstance(column, str)
    ]

    assert unnamed(columns) == [], "add a row to console/reminder_words.py"


def test_no_word_is_left_in_english_without_a_reason() -> None:
    shown = {field for module in SHOWING for view in views_of(module) for field in view.model_fields}

    english = {field for field in shown if WORDS[field][2] in WORDS[field][:2]}

    assert english == THE_SAME.keys(), "say it in Dutch and in Danish, or say why it is the same"
