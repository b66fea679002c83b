"""What a run tells of itself: how far it is, what it left to people, and what it would come to."""

import csv
import io
import json
from itertools import pairwise
from typing import Any

import pytest

from services.matching.domain import findings as finding_rules
from services.matching.domain import proposing
from services.matching.domain import small_balances as small
from services.matching.store import runs
from tests.services.matching.books import Ledger
from tests.services.matching.library import TODAY, party, posted, requested, settlement
from tests.support.desk import Desk

BOOKING = {"date": str(TODAY), "journal": "M90"}
PARTIES = 7


async def progress(ledger: Ledger, job_id: object) -> list[tuple[int, int | None]]:
    """Done and total before the first chunk and after each."""
    seen = []
    while True:
        (job,) = await ledger.rows("SELECT done, total FROM job WHERE job_id = $1", job_id)
        seen.append((job["done"], job["total"]))
        if not await ledger.worker.advance_one():
            return seen


async def payments_and_combinations(ledger: Ledger) -> None:
    """Accounts that the reference method only makes a suggestion for."""
    for n in range(PARTIES):
        await ledger.take(*(posted(f"I{size}", size, party_id=f"P{n}") for size in (101, 203)))
        await ledger.take(posted("C1", -304, party_id=f"P{n}"))


async def findings(desk: Desk, run_id: object, **asked: Any) -> list[dict[str, Any]]:
    lines = (await desk.text(f"reports/findings/{run_id}", **asked)).splitlines()
    return [json.loads(line) for line in lines[:-1]]


async def test_every_suggestion_of_a_run_is_counted_and_listed_and_only_the_first_are_shown(
    ledger: Ledger, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CHUNK_ITEMS", 6)
    monkeypatch.setattr(finding_rules, "MAX_SHOWN", 3)
    await payments_and_combinations(ledger)

    job = await ledger.settle(settlement(method="reference"))

    result = json.loads(job["result"])
    listed = await findings(desk, job["job_id"], kind="suggestion")
    assert (len(result["suggestions"]), result["suggestions_total"], result["left_alone_total"]) == (3, PARTIES, 0)
    assert [row["party_id"] for row in listed] == [f"P{n}" for n in range(PARTIES)]
    assert {tuple(row["item_ids"]) for row in listed} == {("C1", "I101", "I203")}
    assert await findings(desk, job["job_id"], kind="refused") == []


async def test_findings_are_a_file_for_a_spreadsheet(ledger: Ledger, desk: Desk) -> None:
    await payments_and_combinations(ledger)
    job = await ledger.settle(settlement(method="reference"))

    text = await desk.text(f"reports/findings/{job['job_id']}", format="spreadsheet")

    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert [(row["party_id"], row["code"], row["item_ids"]) for row in rows[:1]] == [
        ("P0", "only-combination", "C1 I101 I203")
    ]
    assert len(rows) == PARTIES


async def test_every_party_that_was_left_alone_is_counted_and_listed(
    ledger: Ledger, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding_rules, "MAX_SHOWN", 2)
    days = {"I1": 1, "C1": 5, "C2": 7, "I2": 8}
    amounts = {"I1": 100, "C1": -100, "C2": -30, "I2": 50}
    for n in range(PARTIES):
        name = f"P{n}"
        await ledger.take(
            *(posted(item, amounts[item], party_id=name, item_date=f"2026-02-0{days[item]}") for item in days)
        )
        lines = [{"item_id": "I1", "amount": 30}, {"item_id": "C2", "amount": -30}]
        await ledger.take(requested(party_id=name, method="manual", journal="M90", contra=None, lines=lines))

    job = await ledger.settle(settlement(up_to_zero_balance=True))

    result = json.loads(job["result"])
    listed = await findings(desk, job["job_id"], kind="left-alone")
    assert (len(result["left_alone"]), result["left_alone_total"], len(listed)) == (2, PARTIES, PARTIES)
    assert {(row["code"], row["zero_balance_date"]) for row in listed} == {
        ("settled-across-zero-balance-date", "2026-02-05")
    }


async def test_every_undo_that_was_refused_is_counted_and_listed(
    ledger: Ledger, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding_rules, "MAX_SHOWN", 2)
    for n in range(PARTIES):
        await ledger.take(posted(f"I{n}", 1_000, party_id=f"P{n}"), posted(f"C{n}", -995, party_id=f"P{n}"))
    job = await ledger.settle(settlement(method="account-balance", tolerance=5))
    for remainder in await ledger.rows("SELECT party_id, item_id FROM open_item"):
        await ledger.take(requested({remainder["item_id"]: 5}, party_id=remainder["party_id"]))

    undone = await ledger.undo_run(job["job_id"])

    result = json.loads(undone["result"])
    listed = await findings(desk, undone["job_id"])
    assert (len(result["refused"]), result["refused_total"], len(listed)) == (2, PARTIES, PARTIES)
    assert {(row["kind"], row["code"], len(row["used_by"])) for row in listed} == {("refused", "remainder-used", 1)}


async def test_an_account_too_long_for_one_entry_is_left_alone_and_said(
    ledger: Ledger, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small, "MAX_ALLOCATIONS", 2)
    await ledger.take(*(posted(f"I{n}", 10) for n in range(3)), posted("I9", 10, party_id="P2"))

    run = await desk.do("small-balance-runs", {"booking": BOOKING, "limit": 50}, 202)
    job = await ledger.finish(run["job_id"])

    result = json.loads(job["result"])
    assert (result["matches"], result["left_alone_total"]) == (1, 1)
    assert [(row["party_id"], row["code"]) for row in await findings(desk, run["job_id"])] == [("P1", "too-many-items")]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("settlement-runs", {}),
        ("settlement-runs", {"undo_first": True}),
        ("small-balance-runs", {"limit": 1}),
        ("proposals", {"method": "oldest-first"}),
    ],
)
async def test_the_total_of_a_run_is_known_from_its_first_chunk_on(
    ledger: Ledger, desk: Desk, monkeypatch: pytest.MonkeyPatch, path: str, asked: dict[str, Any]
) -> None:
    monkeypatch.setattr(runs, "CHUNK_ITEMS", 2)
    for n in range(PARTIES):
        await ledger.take(posted(f"I{n}", 300, party_id=f"P{n}"), posted(f"C{n}", -200, party_id=f"P{n}"))

    run = await desk.do(path, {"booking": BOOKING} | asked, 202)
    seen = await progress(ledger, run["job_id"])

    assert {total for _, total in seen[1:]} == {PARTIES}
    assert all(later[0] >= earlier[0] for earlier, later in pairwise(seen))
    assert (seen[0], seen[-1]) == ((0, None), (PARTIES, PARTIES))


async def test_progress_counts_the_parties_within_the_criteria_with_or_without_anything_open(
    ledger: Ledger, desk: Desk
) -> None:
    await ledger.take(*(party(f"P{n}", group="schools" if n % 2 else None) for n in range(PARTIES)))
    await ledger.take(*(posted(f"I{n}", 300, party_id=f"P{n}") for n in range(PARTIES)))
    await ledger.take(requested({"I3": 300}, party_id="P3"))
    chosen: dict[str, Any] = {
        "all": {},
        "range": {"party_from": "P1", "party_to": "P3"},
        "list": {"party_ids": ["P2", "P3", "elsewhere"]},
        "group": {"party_group": "schools"},
    }

    counted = {}
    for name, criteria in chosen.items():
        run = await desk.do("settlement-runs", {"booking": BOOKING, "criteria": criteria}, 202)
        job = await ledger.finish(run["job_id"])
        counted[name] = (job["done"], job["total"])

    assert counted == {"all": (7, 7), "range": (3, 3), "list": (2, 2), "group": (3, 3)}


async def test_the_undo_of_a_run_counts_the_parties_of_that_run(
    ledger: Ledger, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(PARTIES):
        await ledger.take(posted(f"I{n}", 300, party_id=f"P{n}"), posted(f"C{n}", -200, party_id=f"P{n}"))
    job = await ledger.settle(settlement(criteria={"party_to": "P2"}))
    monkeypatch.setattr(runs, "CHUNK_ITEMS", 8)

    undo = await desk.do(f"runs/{job['job_id']}/reversal", {"date": str(TODAY)}, 202)
    seen = await progress(ledger, undo["job_id"])

    assert seen[1] == (1, 3)
    assert seen[-1] == (3, 3)


async def made_by_a_run_and_by_hand(ledger: Ledger) -> None:
    """One account settled by a run, two by hand."""
    for n in range(3):
        await ledger.take(posted(f"I{n}", 300, party_id=f"P{n}"), posted(f"C{n}", -300, party_id=f"P{n}"))
    await ledger.settle(settlement(criteria={"party_to": "P0"}))
    for n in (1, 2):
        lines = {f"I{n}": 300, f"C{n}": -300}
        await ledger.take(requested(lines, party_id=f"P{n}", method="manual", journal="M90", contra=None))


@pytest.mark.requirement("S3.12")
async def test_undo_first_takes_back_what_was_made_by_hand_too_and_says_how_many(ledger: Ledger) -> None:
    await made_by_a_run_and_by_hand(ledger)

    job = await ledger.settle(settlement(undo_first=True))

    result = json.loads(job["result"])
    assert (result["undone"], result["undone_by_hand"]) == (3, 2)


@pytest.mark.requirement("S3.13")
async def test_the_undo_of_settlements_says_how_many_were_made_by_hand(ledger: Ledger, desk: Desk) -> None:
    await made_by_a_run_and_by_hand(ledger)

    run = await desk.do("settlement-reversals", {"date": str(TODAY), "criteria": {"party_to": "P1"}}, 202)
    job = await ledger.finish(run["job_id"])

    result = json.loads(job["result"])
    assert (result["matches"], result["by_hand"]) == (2, 1)


@pytest.mark.requirement("S3.12")
async def test_a_dry_run_tells_what_the_run_then_does_and_changes_nothing(ledger: Ledger) -> None:
    await made_by_a_run_and_by_hand(ledger)
    await ledger.take(posted("I9", 50, party_id="P9"), posted("C9", -20, party_id="P9"))
    before = (await ledger.open(), len(await ledger.published("items-matched")))

    tried = await ledger.settle(settlement(undo_first=True, dry_run=True))
    after = (await ledger.open(), len(await ledger.published("items-matched")))
    done = await ledger.settle(settlement(undo_first=True))

    told, did = json.loads(tried["result"]), json.loads(done["result"])
    assert after == before
    assert (told.pop("dry_run"), did.pop("dry_run")) == (True, False)
    assert told == did
    assert (told["undone_by_hand"], told["totals"]["EUR"]["matches"]) == (2, 4)
    assert (await ledger.audit()).violations == ()


@pytest.mark.requirement("S3.19")
async def test_what_cannot_be_revalued_is_left_alone_and_named(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(
        posted("KNOWN", 10_000, currency="USD", base_amount=9_000),
        posted("UNKNOWN", 500, currency="USD", party_id="P2"),
        posted("LATER", 500, currency="USD", party_id="P3", item_date="2026-11-01"),
    )
    asked = {"booking": {"date": "2026-10-31", "journal": "M91"}, "rates": {"USD": "0.95"}}

    run = await desk.do("revaluation-runs", asked, 202)
    job = await ledger.finish(run["job_id"])

    result = json.loads(job["result"])
    assert (result["entries"], result["left_alone_total"]) == (2, 1)
    assert [(row["party_id"], row["code"], row["item_ids"]) for row in await findings(desk, run["job_id"])] == [
        ("P2", "unknown-base-amount", ["UNKNOWN"])
    ]


@pytest.mark.requirement("S1.16")
async def test_parties_whose_currencies_cannot_be_compared_are_left_alone_and_said(
    ledger: Ledger, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposing, "MAX_ALLOCATIONS", 3)
    await ledger.take(posted("I1", 900), posted("C1", -1_000, currency="USD"))
    await ledger.take(*(posted(f"I{n}", 300, party_id="P2") for n in range(3)))
    await ledger.take(posted("C2", -1_000, currency="USD", base_amount=-900, party_id="P2"))
    await ledger.take(posted("I3", 900, party_id="P3"), posted("C3", -900, party_id="P3"))

    booking = {"date": TODAY, "journal": "M91"}
    job = await ledger.settle(settlement(method="account-balance", mix_currencies=True, booking=booking))

    assert [(row["party_id"], row["code"]) for row in await findings(desk, job["job_id"])] == [
        ("P1", "unknown-base-amount"),
        ("P2", "too-many-items"),
    ]
    assert set(await ledger.open()) == {"I1", "C1", "I0", "I2", "C2"}


@pytest.mark.requirement("S1.6")
async def test_an_account_whose_balance_takes_more_than_one_entry_is_left_alone_and_said(
    ledger: Ledger, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposing, "MAX_ALLOCATIONS", 3)
    await ledger.take(*(posted(f"I{n}", 300) for n in range(3)), posted("C1", -899))

    job = await ledger.settle(settlement(method="account-balance", tolerance=1))

    assert [(row["party_id"], row["code"]) for row in await findings(desk, job["job_id"])] == [("P1", "too-many-items")]
    assert len(await ledger.open()) == 4
