"""Waiving open costs in bulk, step by step: select, fix, report, confirm twice, and read the number of mutations."""

import csv
import io
from typing import Any

import pytest

from tests.services.selection.conftest import Selection, SelectionDesk, confirmation, refusal
from tests.services.selection.library import TODAY, configured, matched, party, posted, summary, written_off

OLD = "open_amount > 100 and item_date < 2025-01-01"


async def library_with(selection: Selection, **changes: Any) -> None:
    await selection.take(
        configured(**changes),
        party("P1"),
        party("P2"),
        posted("I1", 1250),
        posted("I2", 800, party_id="P2"),
        posted("I3", 100),
        posted("I4", 900, status="invoiced"),
    )


async def approval_of(desk: SelectionDesk, made: dict[str, Any], **first: Any) -> dict[str, Any]:
    batch: dict[str, Any] = await desk.do(f"sets/{made['set_id']}/write-offs", first)
    return batch


@pytest.mark.requirement("S0.2", "S0.4", "S0.5", "S0.7", "S0.8", "S0.9", "S0.11", "S0.12", "S0.13")
async def test_old_debts_are_selected_reported_confirmed_twice_and_written_off(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection)

    made = await desk.fixed(OLD, "Older debts")
    report = await desk.get(
        f"sets/{made['set_id']}/export", format="csv-nl-BE", fields="party_name,item_id,open_amount"
    )
    batch = await approval_of(desk, made)
    confirmed = await desk.do(f"write-offs/{batch['batch_id']}/confirmation", confirmation(batch))
    await selection.work()
    requests = await selection.published("writeoff-requested")
    await selection.take(*(written_off(request) for request in requests))
    halfway = await desk.read(f"write-offs/{batch['batch_id']}")
    await selection.take(summary(batch["batch_id"], 2, 2))
    outcome = await desk.read(f"write-offs/{batch['batch_id']}")

    rows = list(csv.reader(io.StringIO(report.content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows == [["naam", "post", "openstaand bedrag"], ["Naam P1", "I1", "12,50"], ["Naam P2", "I2", "8,00"]]
    assert [name["name"] for name in (await desk.read("sets", fixed=True))["items"]] == ["Older debts"]
    assert (batch["items"], batch["totals"], batch["journal"]) == (2, [{"currency": "EUR", "amount": 2050}], "A920")
    assert confirmed["state"] == "publishing"
    assert [(r.party_id, r.batch_requests, [line.item_id for line in r.lines]) for r in requests] == [
        ("P1", 2, ["I1"]),
        ("P2", 2, ["I2"]),
    ]
    assert halfway["progress"] == {"published": 2, "written_off": 2, "skipped": 0}
    assert (halfway["state"], outcome["state"], outcome["summary"]["written_off_items"]) == ("published", "done", 2)


@pytest.mark.requirement("S0.11")
async def test_without_the_control_report_of_this_very_set_nothing_is_written_off(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection)
    other = await desk.reported(OLD, "Another set")
    made = await desk.fixed("open_amount > 1000", "Never reported")

    refused = await desk.send(f"sets/{made['set_id']}/write-offs")

    assert other["fingerprint"] != made["fingerprint"]
    assert refusal(refused) == "control-report-missing"


@pytest.mark.requirement("S0.12")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"items": 1}, "items-differ"),
        ({"totals": [{"currency": "EUR", "amount": 2051}]}, "totals-differ"),
        ({"fingerprint": "0" * 64}, "fingerprint-differs"),
    ],
)
async def test_the_second_confirmation_repeats_what_the_first_one_answered(
    selection: Selection, desk: SelectionDesk, changes: dict[str, Any], code: str
) -> None:
    await library_with(selection)
    batch = await approval_of(desk, await desk.reported(OLD))

    refused = await desk.send(f"write-offs/{batch['batch_id']}/confirmation", confirmation(batch, **changes))

    assert refusal(refused) == code
    assert (await selection.published("writeoff-requested")) == []


async def test_four_eyes_are_those_of_another_employee_who_may_approve(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection, write_offs={"four_eyes": True})
    batch = await approval_of(desk, await desk.reported(OLD))
    path = f"write-offs/{batch['batch_id']}/confirmation"

    same = await desk.with_roles("clerk", "approver").send(path, confirmation(batch))
    clerk = await desk.as_employee("j.devries").send(path, confirmation(batch))
    approver = await desk.as_employee("j.devries", "approver").send(path, confirmation(batch))
    await selection.work()

    assert (refusal(same), refusal(clerk), approver.status_code) == ("same-employee", "role-required", 202)
    requests = await selection.published("writeoff-requested")
    assert {(request.employee, request.approved_by) for request in requests} == {("e.maes", "j.devries")}


async def test_items_that_changed_since_are_left_out_or_the_whole_is_refused(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection)
    made = await desk.reported(OLD)
    await selection.take(matched({"I1": (-250, 1000, 1)}))

    batch = await approval_of(desk, made)
    refused = await desk.send(f"sets/{made['set_id']}/write-offs", {"changed": "refuse"})
    left_out = await desk.read(f"write-offs/{batch['batch_id']}/left-out")
    changes = await desk.read(f"sets/{made['set_id']}/changes")

    assert (batch["items"], batch["left_out"], refusal(refused)) == (1, {"changed": 1}, "items-changed")
    assert left_out["items"] == [
        {"party_id": "P1", "item_id": "I1", "currency": "EUR", "code": "changed"}
        | {"approved_amount": 1250, "open_amount": 1000}
    ]
    assert [change["item_id"] for change in changes["items"]] == ["I1"]


async def test_a_change_between_the_confirmations_is_told_and_refused(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection)
    batch = await approval_of(desk, await desk.reported(OLD))
    await selection.take(matched({"I1": (-1250, 0, 1)}))

    refused = await desk.send(f"write-offs/{batch['batch_id']}/confirmation", confirmation(batch))

    assert refusal(refused) == "changed-since-first-confirmation"
    assert "P1/I1" in refused.json()["detail"]


async def test_a_set_without_any_criteria_is_not_written_off(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    made = await desk.reported(None)

    refused = await desk.send(f"sets/{made['set_id']}/write-offs")

    assert made["members"] == 3
    assert refusal(refused) == "criteria-required"


async def test_a_set_is_written_off_once(selection: Selection, desk: SelectionDesk) -> None:
    await library_with(selection)
    made = await desk.reported(OLD)
    batch = await approval_of(desk, made)
    again = await approval_of(desk, made)
    await desk.do(f"write-offs/{batch['batch_id']}/confirmation", confirmation(batch))

    later = await desk.send(f"sets/{made['set_id']}/write-offs")
    other = await desk.send(f"write-offs/{again['batch_id']}/confirmation", confirmation(again))
    repeated = await desk.do(f"write-offs/{batch['batch_id']}/confirmation", confirmation(batch))
    await selection.work()

    assert (refusal(later), refusal(other)) == ("written-off-before", "written-off-before")
    assert repeated["batch_id"] == batch["batch_id"]
    assert len(await selection.published("writeoff-requested")) == 2


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"journal": "V10"}, "not-a-write-off-journal"),
        ({"journal": "A999"}, "unknown-journal"),
        ({"date": f"{TODAY.year - 1}-05-01"}, "closed-period"),
    ],
)
async def test_the_journal_is_for_write_offs_and_the_period_open(
    selection: Selection, desk: SelectionDesk, order: dict[str, str], code: str
) -> None:
    await library_with(selection)
    made = await desk.reported(OLD)

    assert refusal(await desk.send(f"sets/{made['set_id']}/write-offs", order)) == code


@pytest.mark.requirement("S0.13")
async def test_without_a_reason_the_bulk_rule_says_the_journal_and_a_disabled_one_asks_for_a_reason(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection)
    path = f"sets/{(await desk.reported(OLD))['set_id']}/write-offs"
    unsaid = await desk.do(path)
    await selection.take(configured(version=2, write_off_rules=[{"rule": "bulk", "journal": "A100"}]))
    enabled = await desk.do(path)
    await selection.take(configured(version=3, write_off_rules=[{"rule": "bulk", "journal": "A100", "enabled": False}]))

    disabled = await desk.send(path)
    chosen = await desk.do(path, {"journal": "A100"})

    assert (unsaid["journal"], enabled["journal"], chosen["journal"]) == ("A920", "A100", "A100")
    assert refusal(disabled) == "bulk-rule-disabled"
    assert disabled.json()["errors"][0]["pointer"] == "/journal"
    assert "A100, A920" in disabled.json()["remedy"]


async def test_blacklisted_parties_are_kept_out_where_the_administration_wants_it(
    selection: Selection, desk: SelectionDesk
) -> None:
    await library_with(selection, write_offs={"skip_blacklisted": True})
    made = await desk.reported(OLD)
    await desk.do("blacklist", {"party_ids": ["P2"], "reason": "Owes too much"})

    batch = await approval_of(desk, made)

    assert (batch["items"], batch["left_out"]) == (1, {"blacklisted": 1})
