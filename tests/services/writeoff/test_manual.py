"""Write-offs by hand, through the API: shown, confirmed, granted by the ledger, taken back."""

from typing import Any

import pytest

from tests.services.writeoff.conftest import WriteOffs, write_off
from tests.services.writeoff.library import (
    ADMINISTRATION,
    LABEL,
    WISH,
    books_of_today,
    configured,
    granted,
    posted,
    reversed_match,
)
from tests.support.desk import Desk


@pytest.mark.requirement("S4.3", "S4.4")
async def test_the_reason_a200_is_offered_for_a_registration_and_a100_for_a_contribution(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    await writeoffs.take(books_of_today(), posted("C1", 4000, "contribution"), posted("R1", 500, "registration"))

    preview = await desk.do("write-offs/preview", {"party_id": "P1"})

    assert {line["item_id"]: line["journal"] for line in preview["lines"]} == {"C1": "A100", "R1": "A200"}
    assert preview["totals"] == {"EUR": 4500}


@pytest.mark.requirement("S4.3")
async def test_a_write_off_without_a_reason_is_refused_and_the_default_is_named(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    await writeoffs.take(books_of_today(), posted("C1", 4000, "contribution"))

    answer = await write_off(desk, {"party_id": "P1", "lines": [{"item_id": "C1"}]})

    assert answer.status_code == 422
    assert answer.json()["code"] == "reason-missing"
    assert "A100" in str(answer.json())
    assert not await writeoffs.published("match-requested")


@pytest.mark.requirement("S4.3", "S4.4", "S4.14")
async def test_an_item_is_waived_by_hand_on_a200_and_the_outcome_is_read_later(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    await writeoffs.take(books_of_today(), posted("I1", 1250))

    answer = await write_off(desk, WISH)
    (asked,) = await writeoffs.published("match-requested")
    await writeoffs.take(granted(asked))
    outcome = await desk.read(f"requests/{answer.json()['request_id']}")

    assert answer.status_code == 202
    assert answer.headers["location"].endswith(answer.json()["request_id"])
    assert (answer.json()["state"], outcome["state"]) == ("asked", "answered")
    assert [(line["amount"], line["written_off"]) for line in outcome["lines"]] == [(1250, 1250)]
    (entry,) = await writeoffs.rows("SELECT origin, journal, employee, note FROM entry")
    assert entry == {"origin": "manual", "journal": "A200", "employee": "e.maes", "note": "Wrong branch"}


@pytest.mark.requirement("S4.4")
async def test_a_part_of_an_item_is_waived(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(books_of_today(), posted("I1", 1250))

    await write_off(desk, WISH | {"lines": [{"item_id": "I1", "amount": 250}]})

    (asked,) = await writeoffs.published("match-requested")
    assert [(line.amount, line.approved_open_amount) for line in asked.lines] == [(250, 1250)]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"item_id": "I1", "amount": 1251}, "beyond-open-amount"),
        ({"item_id": "I1", "journal": "K10"}, "not-a-write-off-journal"),
        ({"item_id": "I1", "journal": "A999"}, "unknown-journal"),
        ({"item_id": "C1", "journal": "A300"}, "contribution-not-allowed"),
        ({"item_id": "I9"}, "unknown-item"),
    ],
)
@pytest.mark.requirement("S4.1", "S4.5")
async def test_a_named_item_that_cannot_be_waived_refuses_the_whole(
    writeoffs: WriteOffs, desk: Desk, line: dict[str, Any], code: str
) -> None:
    await writeoffs.take(books_of_today(), posted("I1", 1250), posted("C1", 900, "contribution"))

    answer = await write_off(desk, WISH | {"lines": [line]})

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not await writeoffs.published("match-requested")


async def test_an_item_that_is_named_twice_is_refused(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(books_of_today(), posted("I1", 1250))

    answer = await desk.send("write-offs/preview", WISH | {"lines": [{"item_id": "I1"}, {"item_id": "I1"}]})

    assert (answer.status_code, answer.json()["code"]) == (422, "duplicate-item")


async def test_a_closed_period_is_refused_already_in_the_preview(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(configured(), posted("I1"))

    answer = await desk.send("write-offs/preview", WISH | {"date": "2025-01-31"})

    assert (answer.status_code, answer.json()["code"]) == (422, "closed-period")


async def test_what_changed_since_the_preview_is_told_and_nothing_is_asked(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(books_of_today(), posted("I1", 1250))
    fingerprint = (await desk.do("write-offs/preview", WISH))["fingerprint"]
    await write_off(desk, WISH | {"lines": [{"item_id": "I1", "amount": 250}]})
    (asked,) = await writeoffs.published("match-requested")
    await writeoffs.take(granted(asked, [1000]))

    answer = await desk.send("write-offs", WISH | {"fingerprint": fingerprint})

    assert (answer.status_code, answer.json()["code"]) == (409, "changed-since-preview")
    assert "item I1: open_amount 1250 then, 1000 now" in answer.json()["detail"]
    assert len(await writeoffs.published("match-requested")) == 1


async def test_the_same_command_sent_four_times_asks_once(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(books_of_today(), posted("I1", 1250))

    answers = [await write_off(desk, WISH, key="one") for _ in range(4)]

    assert len({answer.json()["request_id"] for answer in answers}) == 1
    assert len(await writeoffs.published("match-requested")) == 1


async def waived(writeoffs: WriteOffs, desk: Desk, **policy: Any) -> str:
    """Write I1 off by hand; gives the match."""
    await writeoffs.take(books_of_today(write_offs=policy), posted("I1", 1250))
    await write_off(desk, WISH)
    match = granted((await writeoffs.published("match-requested"))[0])
    await writeoffs.take(match)
    return str(match.match_id)


@pytest.mark.requirement("B.7")
async def test_a_write_off_is_taken_back_on_its_own_day_at_the_earliest(writeoffs: WriteOffs, desk: Desk) -> None:
    day, before = "2026-11-20", "2026-11-19"
    await writeoffs.take(configured(), posted("I1", 1250))
    await write_off(desk, WISH | {"date": day})
    match = granted((await writeoffs.published("match-requested"))[0])
    await writeoffs.take(match)
    path = f"write-offs/{match.match_id}/reversal"

    refused = await desk.read(path, 422, date=before)
    command = {"note": "Paid", "fingerprint": (await desk.do(f"{path}/preview", {"date": day}))["fingerprint"]}
    unseen = await desk.do(path, command | {"date": before}, 409)
    shown = await desk.read(path, date=day)

    assert (refused["code"], unseen["code"]) == ("earlier-than-match", "changed-since-preview")
    assert refused["remedy"] == f"Choose {day} or a later day."
    assert shown["date"] == day


@pytest.mark.requirement("S4.13")
async def test_a_write_off_is_taken_back_and_both_entries_stay(writeoffs: WriteOffs, desk: Desk) -> None:
    match_id = await waived(writeoffs, desk)
    (waived_match,) = [granted(asked) for asked in await writeoffs.published("match-requested")]
    preview = await desk.read(f"write-offs/{match_id}/reversal")
    command = {"fingerprint": preview["fingerprint"], "note": "Paid after all"}

    answer = await desk.as_employee("b.two").send(f"write-offs/{match_id}/reversal", command)
    _, asked = await writeoffs.published("match-requested")
    await writeoffs.take(reversed_match(waived_match, asked.request_id, employee="b.two"))
    twice = await desk.send(f"write-offs/{match_id}/reversal", command)

    assert answer.status_code == 202
    assert (asked.method, str(asked.reversal_of), asked.lines) == ("reversal", match_id, ())
    entries = await writeoffs.rows("SELECT origin, journal, employee FROM entry ORDER BY origin")
    assert [tuple(entry.values()) for entry in entries] == [("manual", "A200", "e.maes"), ("reversal", "A200", "b.two")]
    (item,) = await writeoffs.rows("SELECT open_amount FROM item")
    assert item["open_amount"] == 1250
    assert (twice.status_code, twice.json()["code"]) == (409, "already-reversed")


async def test_a_reversal_needs_a_reason_and_above_its_own_limit_an_approval(writeoffs: WriteOffs, desk: Desk) -> None:
    match_id = await waived(writeoffs, desk, reversal_item_limit=1000)
    fingerprint = (await desk.read(f"write-offs/{match_id}/reversal"))["fingerprint"]

    bare = await desk.send(f"write-offs/{match_id}/reversal", {"fingerprint": fingerprint, "note": " "})
    asked = await desk.send(f"write-offs/{match_id}/reversal", {"fingerprint": fingerprint, "note": "Paid"})
    second = await desk.send(f"write-offs/{match_id}/reversal", {"fingerprint": fingerprint, "note": "Paid"})
    approved = await desk.as_employee("chief", "approver").send(
        f"requests/{asked.json()['request_id']}/approval", {"approved": True}
    )

    assert bare.json()["code"] == "reason-missing"
    assert asked.json()["needs_approval"] == "reversal-limit"
    assert second.json()["code"] == "reversal-asked"
    assert approved.json()["state"] == "asked"
    assert [event.method for event in await writeoffs.published("match-requested")] == ["write-off", "reversal"]


@pytest.mark.parametrize(("limit", "needed"), [(1250, None), (1249, "reversal-limit")])
async def test_the_limit_for_reversals_is_meant_in_the_base_currency(
    writeoffs: WriteOffs, desk: Desk, limit: int, needed: str | None
) -> None:
    foreign = [{"code": "A200", "type": "A", "label": LABEL, "allows_foreign_currency": True}]
    await writeoffs.take(books_of_today(write_offs={"reversal_item_limit": limit}, journals=foreign))
    await writeoffs.take(posted("I1", 9325, currency="DKK", base_amount=1250))
    await write_off(desk, WISH)
    (asked,) = await writeoffs.published("match-requested")
    match = granted(asked)
    await writeoffs.take(match)
    fingerprint = (await desk.read(f"write-offs/{match.match_id}/reversal"))["fingerprint"]

    answer = await desk.send(f"write-offs/{match.match_id}/reversal", {"fingerprint": fingerprint, "note": "Paid"})

    assert answer.json()["needs_approval"] == needed


async def test_a_foreign_item_is_waived_on_a_journal_that_allows_foreign_currency(
    writeoffs: WriteOffs, desk: Desk
) -> None:
    await writeoffs.take(books_of_today(), posted("I1", 9325, currency="DKK", base_amount=1250))

    preview = await desk.do("write-offs/preview", WISH)

    (line,) = preview["lines"]
    assert (line["code"], preview["totals"]) == ("no-foreign-currency", {})


async def test_looking_at_a_reversal_changes_nothing(writeoffs: WriteOffs, desk: Desk) -> None:
    match_id = await waived(writeoffs, desk)
    kept = "SELECT fingerprint FROM preview ORDER BY fingerprint"
    before = await writeoffs.rows(kept)

    shown = await desk.get(f"write-offs/{match_id}/reversal")

    assert shown.status_code == 200
    assert await writeoffs.rows(kept) == before


async def test_what_changed_since_the_preview_of_a_reversal_is_told(writeoffs: WriteOffs, desk: Desk) -> None:
    match_id = await waived(writeoffs, desk)
    long = {"year": 2026, "period": 1, "start": "2020-01-01", "end": "2999-12-31"}
    await writeoffs.take(books_of_today(version=2, fiscal_periods=[long]))
    shown = (await desk.get(f"write-offs/{match_id}/reversal")).json()
    preview = await desk.do(f"write-offs/{match_id}/reversal/preview", {})
    later = {"fingerprint": preview["fingerprint"], "note": "Paid", "date": "2026-01-31"}

    answer = await desk.send(f"write-offs/{match_id}/reversal", later)

    assert preview == shown
    assert (answer.status_code, answer.json()["code"]) == (409, "changed-since-preview")
    assert f"date: {preview['date']} then" in answer.json()["detail"]


async def test_only_clerks_of_the_administration_may_write_off(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(books_of_today(), posted("I1"))

    auditor = await desk.with_roles("auditor").send("write-offs/preview", WISH)
    elsewhere = await desk.send("/v1/administrations/other/write-offs/preview", WISH)

    assert auditor.status_code == 403
    assert elsewhere.status_code == 403
    assert ADMINISTRATION not in elsewhere.text
