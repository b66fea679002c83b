"""The demonstration: its figures are those of a plain computation in memory, and the README's commands run on it."""

import shlex
from pathlib import Path
from string import Template
from typing import Any

import pytest

from deploy.demo.library import Library
from deploy.embedded import stack
from tests.e2e.program import ROOT, Demonstration, Openitems
from tests.e2e.readme import blocks, carried
from tests.e2e.reference import Item, settle_oldest_first
from tests.faults.victims import killing_each_once

OLDEST_KEPT = "2024-11-19"


@pytest.fixture
def told(demonstration: Demonstration) -> dict[str, Any]:
    return demonstration[1]


def posted() -> list[Item]:
    return [event["data"] for event in Library().events() if event["topic"] == "item-posted"]


def step(told: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (step for step in told["steps"] if step["name"] == name)
    return dict(found)


@pytest.mark.slow
@pytest.mark.requirement("D.1", "D.3", "S3.11")
def test_the_demo_goes_from_events_to_letters_and_its_audit_finds_nothing(told: dict[str, Any]) -> None:
    assert told["audit"]["violations"] == []
    assert [step["name"] for step in told["steps"]] == [
        "stack",
        "configure",
        "publish",
        "settle oldest first",
        "select",
        "control report",
        "write off",
        "control list",
        "issue reminders",
        "audit",
    ]
    assert all(Path(file).exists() for step in told["steps"] for file in step["files"])


@pytest.mark.slow
@pytest.mark.requirement("S0.2", "S0.3", "S0.4", "S0.8", "S0.13")
def test_its_selection_and_write_off_are_what_a_plain_computation_finds(told: dict[str, Any]) -> None:
    open_amounts = settle_oldest_first(posted())
    suppliers = {"P000000", "P000001"}
    old = [
        item
        for item in posted()
        if open_amounts[item["item_id"]] > 100 and item["item_date"] < OLDEST_KEPT and item["party_id"] not in suppliers
    ]

    selected, written_off = step(told, "select"), step(told, "write off")

    assert selected["count"] == len(old)
    assert selected["amounts"] == totals(old, open_amounts)
    costs = [item for item in old if item["kind"] != "contribution"]
    assert written_off["count"] == len(costs)
    assert written_off["amounts"] == totals(costs, open_amounts)
    assert written_off["details"]["skipped"] == [{"code": "contribution-not-allowed", "items": len(old) - len(costs)}]


@pytest.mark.slow
@pytest.mark.requirement("D.1", "D.3")
def test_killing_any_process_during_the_demonstration_changes_nothing_in_its_outcome(
    told: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "stack"
    try:
        with killing_each_once(folder, began=folder / "demo") as killed:
            spoiled = Openitems(folder)("demo", "--json", "--folder", folder).json
    finally:
        stack.stop(folder)

    assert set(killed) == {"postgres", "broker", "selection", "matching", "reminders", "writeoff"}
    assert outcome(spoiled) == outcome(told)


def outcome(told: dict[str, Any]) -> list[tuple[object, ...]]:
    steps = [(step["name"], step["count"], step["amounts"]) for step in told["steps"]]
    return [*steps, ("violations", told["audit"]["violations"])]


def totals(items: list[Item], open_amounts: dict[str, int]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for item in items:
        sums[item["currency"]] = sums.get(item["currency"], 0) + open_amounts[item["item_id"]]
    return sums


@pytest.mark.slow
@pytest.mark.requirement("S0.7", "S0.9", "S0.11", "S0.12", "S3.12", "S3.13")
@pytest.mark.parametrize("commands", blocks(), ids=lambda commands: " ".join(commands[0].split()[:3]))
def test_the_commands_of_the_readme_work_as_printed(
    demonstration: Demonstration,
    commands: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    known: dict[str, str] = {}
    for command in commands:
        words = shlex.split(Template(command).substitute(known))
        assert words[0] == "openitems"
        arguments = [str(ROOT / word) if word.startswith("deploy/") else word for word in words[1:]]
        known = carried(demonstration[0](*arguments, "--json"), known)
