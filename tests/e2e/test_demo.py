"""The demonstration: its figures are a plain computation's, its overviews tie out, the README's commands run on it."""

import csv
import shlex
from collections import Counter
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import Any

import pytest

from contracts.money import to_decimal
from deploy.demo.library import Library
from deploy.embedded import stack
from tests.e2e.conftest import AtTerminal
from tests.e2e.readme import blocks, broken, carried, read_off
from tests.e2e.reference import Item, settle_oldest_first
from tests.faults.victims import killing_each_once
from tests.support.clerk import ROOT, Demonstration, Openitems

OLDEST_KEPT = "2024-11-19"
Row = dict[str, Any]


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
    assert written_off["details"]["left_out"] == {"contribution-not-allowed": len(old) - len(costs)}
    assert written_off["details"]["skipped"] == []


def outcome(told: dict[str, Any]) -> list[tuple[object, ...]]:
    steps = [(step["name"], step["count"], step["amounts"]) for step in told["steps"]]
    return [*steps, ("violations", told["audit"]["violations"])]


def totals(items: list[Item], open_amounts: dict[str, int]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for item in items:
        sums[item["currency"]] = sums.get(item["currency"], 0) + open_amounts[item["item_id"]]
    return sums


def by_currency(rows: list[Row], *columns: str) -> dict[str, int]:
    """The sum of columns, where there is any."""
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row["currency"]] += sum(row[column] or 0 for column in columns)
    return {currency: amount for currency, amount in sums.items() if amount}


def rows_of(openitems: Openitems, *command: str) -> list[Row]:
    return list(openitems(*command, "--json").json)


@pytest.mark.slow
@pytest.mark.requirement("S4.2", "S4.13", "S4.14")
def test_the_overviews_of_the_demonstration_tie_out_to_the_ledger_and_the_audit(demonstration: Demonstration) -> None:
    openitems = demonstration[0]

    items = rows_of(openitems, "items", "list", "--settled")
    lines = rows_of(openitems, "writeoff", "lines")
    sums = {
        name: rows_of(openitems, "writeoff", "overview", "--by", name)
        for name in ("journal", "employee", "branch", "kind", "rule", "period")
    }
    employees = rows_of(openitems, "writeoff", "employees")
    journals = rows_of(openitems, "writeoff", "journals")
    audit = openitems("audit", "--json").json

    settled = [{"currency": item["currency"], "amount": item["amount"] - item["open_amount"]} for item in items]
    waived = by_currency(lines, "amount")
    assert waived
    assert by_currency(settled, "amount") == waived
    assert {name: by_currency(rows, "amount") for name, rows in sums.items()} == dict.fromkeys(sums, waived)
    net = [row | {"net": row["waived"] - row["reversed"]} for row in employees]
    assert by_currency(net, "net") == by_currency(journals, "waived") == waived
    assert by_currency(journals, "received") == by_currency(employees, "received")
    assert audit["violations"] == []
    assert audit["checked"]["writeoff"]["entries"] == len({line["match_id"] for line in lines})


@pytest.mark.slow
@pytest.mark.requirement("B.9", "S4.2", "S4.14")
def test_the_receipts_of_the_demonstration_tie_out_to_its_journals_day_by_day(demonstration: Demonstration) -> None:
    openitems = demonstration[0]
    suppliers = {"P000000", "P000001"}
    money = [item for item in posted() if item["journal"] in {"K10", "B20"}]
    debtors = [item | {"received": -item["amount"]} for item in money if item["party_id"] not in suppliers]
    gained = [
        item | {"movement": item["amount" if item["party_id"] in suppliers else "received"]}
        for item in (*debtors, *(item for item in money if item["party_id"] in suppliers))
    ]

    days = rows_of(openitems, "writeoff", "tie-out")
    sums = {
        name: rows_of(openitems, "writeoff", "receipts", "--by", name)
        for name in ("employee", "till", "branch", "method", "day", "party_kind", "period")
    }
    employees = rows_of(openitems, "writeoff", "employees")

    assert {item.get("money_back") for item in money} == {None, "void", "refund", "charge-back"}
    assert [row for row in days if row["difference"]] == []
    told = {(row["journal"], row["day"], row["currency"]): row["movement"] for row in days}
    assert told == sums_by(gained, "movement", "journal", "item_date", "currency")
    received = by_currency(debtors, "received")
    assert {name: by_currency(rows, "received") for name, rows in sums.items()} == dict.fromkeys(sums, received)
    assert by_currency(employees, "received") == received
    assert {(row["employee"], row["currency"]): row["received"] for row in sums["employee"]} == sums_by(
        debtors, "received", "employee", "currency"
    )


def sums_by(rows: list[Row], column: str, *keys: str) -> dict[tuple[Any, ...], int]:
    """The sum of a column for each of the keys."""
    found: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        found[tuple(row.get(key) for key in keys)] += row[column]
    return dict(found)


@pytest.mark.slow
@pytest.mark.requirement("S4.13")
def test_the_general_ledger_export_of_all_periods_comes_to_the_same(
    demonstration: Demonstration, tmp_path: Path
) -> None:
    openitems = demonstration[0]
    waived = by_currency(rows_of(openitems, "writeoff", "lines"), "amount")

    sides: list[dict[str, str]] = []
    for period in rows_of(openitems, "writeoff", "periods"):
        file = tmp_path / f"{period['fiscal_year']}-{period['period']}.csv"
        openitems("writeoff", "ledger", str(period["fiscal_year"]), str(period["period"]), "--output", file)
        with file.open(encoding="utf-8", newline="") as text:
            sides += csv.DictReader(text)

    booked: dict[tuple[str, bool], Decimal] = {}
    for side in sides:
        key = (side["currency"], side["position"] == "0")
        booked[key] = booked.get(key, Decimal()) + Decimal(side["debit"]) - Decimal(side["credit"])
    assert booked == {
        (currency, is_own): to_decimal(amount if is_own else -amount, currency)
        for currency, amount in waived.items()
        for is_own in (True, False)
    }
    assert all(side["gl_account"] for side in sides)


@pytest.mark.slow
@pytest.mark.requirement("S0.7", "S0.9", "S0.11", "S0.12", "S3.12", "S3.13")
@pytest.mark.parametrize("commands", blocks(), ids=lambda commands: " ".join(commands[0].split()[:3]))
def test_the_commands_of_the_readme_work_as_printed(
    demonstration: Demonstration, commands: list[str], shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    openitems, known = demonstration[0], dict[str, str]()
    for command in commands:
        if shown == "json":
            known = carried(openitems(*typed(command, known), "--json"), known)
        else:
            known = read_off(openitems("--language", shown, *typed(command, known)), known, shown)


def typed(command: str, known: dict[str, str]) -> list[str]:
    """The words of a command behind the program's name, with what was told before in its places."""
    words = shlex.split(Template(command).substitute(known))
    assert words[0] == "openitems"
    return [str(ROOT / word) if word.startswith("deploy/") else word for word in words[1:]]


@pytest.mark.slow
@pytest.mark.requirement("S0.7")
@pytest.mark.parametrize("commands", blocks(), ids=lambda commands: " ".join(commands[0].split()[:3]))
def test_what_the_commands_of_the_readme_print_is_whole_on_a_terminal(
    at_terminal: AtTerminal, commands: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    openitems, language, columns = at_terminal
    known = dict[str, str]()
    for command in commands:
        answer = openitems("--language", language, *typed(command, known))
        assert broken(answer.out, columns, language) == [], command
        known = read_off(answer, known, language)


@pytest.mark.slow
@pytest.mark.requirement("D.1", "D.3")
def test_killing_any_process_during_the_demonstration_changes_nothing_in_its_outcome(
    told_demonstration: Demonstration, tmp_path: Path
) -> None:
    undisturbed, told = told_demonstration
    stack.stop(undisturbed.folder)
    folder = tmp_path / "stack"
    try:
        with killing_each_once(folder, began=folder / "demo") as killed:
            spoiled = Openitems(folder)("demo", "--json", "--folder", folder).json
    finally:
        stack.stop(folder)

    assert set(killed) == {"postgres", "broker", "selection", "matching", "reminders", "writeoff"}
    assert outcome(spoiled) == outcome(told)
