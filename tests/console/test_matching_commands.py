"""`openitems matching …`, against the running service, as a clerk types it."""

import json
from pathlib import Path

import pytest

from chassis.errors import Refused
from chassis.jobs import JobWorker
from console.exits import CHANGED, REFUSED, USAGE, CommandFailed
from services.matching.operations import executing
from tests.services.matching.books import Ledger
from tests.services.matching.library import posted
from tests.support.clerk import Clerk
from tests.support.desk import Desk, client_at

BOOKED = ("--date", "2026-11-22", "--journal", "M90")


@pytest.mark.requirement("S1.5", "S3.9", "S3.10")
async def test_from_the_proposal_over_the_marks_to_the_matches(clerk: Clerk, ledger: Ledger) -> None:
    made = await clerk("propose", *BOOKED, "--method", "opposite-items", "--reserve", 5)
    name = made["proposal_id"]

    parties = await clerk("proposal-parties", name)
    items = await clerk("proposal-items", name, "--party", "P1")
    missing = await clerk("explain-proposal", name, "P1", "ODD")
    marked = await clerk("mark", name, "--all")
    unmarked = await clerk("unmark", name, "--item", "P2/I2", "--item", "P2/C2")
    again = await clerk("mark", name, "--group", f"P1/{items[0]['group_number']}")
    with pytest.raises(CommandFailed) as stale:
        await clerk("execute", name, "--confirm", marked["fingerprint"])
    previewed = await clerk("execute", name)
    untouched = len(await ledger.open())
    done = await clerk("execute", name, "--confirm", previewed["fingerprint"])

    assert [(row["party_id"], row["items"]) for row in parties] == [("P1", 2), ("P2", 2)]
    assert {row["reason"]["code"] for row in items} == {"exact-pair"}
    assert (missing["proposed"], len(missing["not_proposed_because"])) == (False, 1)
    assert (marked["changed"], unmarked["changed"], again["changed"]) == (4, 2, 0)
    assert (stale.value.code, untouched) == (CHANGED, 5)
    assert (done["matches"], done["dropped"]) == (1, 0)
    assert set(await ledger.open()) == {"ODD", "I2", "C2"}
    assert (await clerk("proposal", name))["state"] == "executed"
    assert "exact-pair" in await clerk.reads("proposal-items", name)


async def test_a_proposal_is_discarded_and_a_mark_says_what_it_marks(clerk: Clerk) -> None:
    made = await clerk("propose", *BOOKED, "--party", "P2")

    with pytest.raises(CommandFailed) as unsaid:
        await clerk("mark", made["proposal_id"])
    with pytest.raises(CommandFailed) as half:
        await clerk("mark", made["proposal_id"], "--item", "P2")
    screen = await clerk.reads("proposal", made["proposal_id"])
    await clerk("discard", made["proposal_id"])

    assert (unsaid.value.code, half.value.code) == (USAGE, USAGE)
    assert made["fingerprint"] in screen
    assert (await clerk("proposal", made["proposal_id"]))["state"] == "discarded"


async def test_a_proposal_that_was_not_executed_to_its_end_says_why(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise Refused("closed-period", "The books are closed.")

    monkeypatch.setattr(executing, "rules_of", refused)
    made = await clerk("propose", *BOOKED, "--method", "opposite-items")
    marked = await clerk("mark", made["proposal_id"], "--all")
    with pytest.raises(CommandFailed):
        await clerk("execute", made["proposal_id"], "--confirm", marked["fingerprint"])

    screen = await clerk.reads("proposal", made["proposal_id"])
    told = await clerk("proposal", made["proposal_id"])

    assert ("not completed because" in screen, "The books are closed." in screen) == (True, True)
    assert (told["state"], told["failure"]["code"]) == ("open", "closed-period")


@pytest.mark.requirement("S3.14", "S3.18", "S3.19")
async def test_small_balances_rates_and_the_reports_of_it(clerk: Clerk, ledger: Ledger, tmp_path: Path) -> None:
    await ledger.take(posted("USD", 10_000, party_id="P3", currency="USD", base_amount=9_000))
    written, lines = tmp_path / "journal.csv", tmp_path / "journal.ndjson"

    valued = await clerk("revalue", "--date", "2026-10-31", "--journal", "M91", "--rate", "USD=0.95")
    with pytest.raises(CommandFailed) as rateless:
        await clerk("revalue", *BOOKED, "--rate", "0.95")
    cleared = await clerk("small-balances", *BOOKED, "--limit", 50, "--party", "P1", "--write-off-journal", "A920")
    before = await clerk("open-items", "--as-of", "2026-11-21", "--party-to", "P2")
    after = await clerk("open-items", "--as-of", "2026-11-22", "--party-to", "P2")
    aged = await clerk("ageing", "--as-of", "2026-11-22", "--basis", "item-date", "--buckets", "1,31")
    journal = await clerk("clearing-journal", "--year", 2026)
    file = await clerk("clearing-journal", "--year", 2026, "--output", written, "--spreadsheet")
    await clerk("clearing-journal", "--year", 2026, "--output", lines)

    assert (valued["entries"], rateless.value.code) == (2, USAGE)
    assert (cleared["matches"], len(before), len(after)) == (1, 5, 2)
    assert {(row["party_id"], row["bucket"]) for row in aged} == {("P2", ">=31"), ("P3", ">=31")}
    assert [row["contra_amount"] for row in journal] == [33]
    assert (file["format"], ";0,33;" in written.read_text("utf-8-sig")) == ("spreadsheet", True)
    assert [json.loads(line).get("end") for line in lines.read_text("utf-8").splitlines()] == [None, {"rows": 1}]
    assert "€0.33" in await clerk.reads("clearing-journal", "--year", 2026)


@pytest.mark.requirement("S3.15", "S1.11", "S1.14", "S1.15")
async def test_chosen_items_are_matched_against_a_contra_in_a_year_and_period(clerk: Clerk, ledger: Ledger) -> None:
    lines = ("I1=500", "ODD=33", "C1=-500")

    with pytest.raises(CommandFailed) as wrong:
        await clerk("match", "P1", *lines, *BOOKED, "--year", 2026, "--period", 10)
    with pytest.raises(CommandFailed) as unsaid:
        await clerk("match", "P1", *lines, *BOOKED, "--contra-journal", "A920")
    written_off = ("--contra", "write-off", "--contra-journal", "A920")
    booked = await clerk("match", "P1", *lines, *BOOKED, "--year", 2026, "--period", 11, *written_off)
    await clerk("undo", booked["match_id"], "--party", "P1", "--date", "2026-11-22")
    difference = await clerk("match", "P1", *lines, *BOOKED, "--contra", "payment-difference")

    assert "wrong-period" in str(wrong.value.problem)
    assert unsaid.value.code == USAGE
    assert (booked["contra_amount"], difference["contra_amount"], booked["period"]) == (33, 33, 11)
    contras = [match.contra_lines[0] for match in await ledger.published("items-matched")]
    assert [(contra.kind, contra.journal, contra.gl_account) for contra in contras] == [
        ("write-off", "A920", None),
        ("write-off", "A920", None),
        ("payment-difference", "M90", "4900"),
    ]
    assert set(await ledger.open()) == {"I2", "C2"}


@pytest.mark.requirement("S1.16", "S3.19")
async def test_currencies_are_matched_together_by_hand_and_by_balance_and_valued(clerk: Clerk, ledger: Ledger) -> None:
    foreign = ("--date", "2026-11-22", "--journal", "M91")
    for n in (3, 4):
        await ledger.take(
            posted(f"I{n}", 9_000, party_id=f"P{n}"),
            posted(f"USD{n}", -10_000, party_id=f"P{n}", currency="USD", base_amount=-9_040),
        )

    valued = await clerk("revalue", "--date", "2026-10-31", "--journal", "M91", "--rate", "USD=0.95")
    listed = await clerk("revaluations", valued["run_id"])
    chosen = await clerk("match-currencies", "P3", "I3", "USD3", *foreign, "--tolerance", 40)
    mixed = ("--method", "account-balance", "--mix-currencies", "--tolerance", 40, "--party", "P4")
    run = await clerk("settle", *foreign, *mixed)

    assert [(row["party_id"], row["booked_on"], row["difference"]) for row in listed] == [
        ("P3", "2026-10-31", -460),
        ("P3", "2026-11-01", 460),
        ("P4", "2026-10-31", -460),
        ("P4", "2026-11-01", 460),
    ]
    assert chosen["exchange_difference"] == -40
    assert run["totals"]["EUR"]["matches"] == 1
    assert set(await ledger.open()) == {"I1", "C1", "ODD", "I2", "C2"}


@pytest.mark.requirement("S3.7", "S3.9", "S3.12", "S3.13")
async def test_parties_are_fetched_settled_undone_and_settled_anew(clerk: Clerk, ledger: Ledger) -> None:
    fetched = await clerk("parties", "--party-from", "P2")
    await clerk("settle", *BOOKED, "--kind", "fine", "--kind", "payment", "--party-from", "P2")
    told = await clerk("settlement-information", "--party-from", "P2")
    undone = await clerk("undo-settlements", "--date", "2026-11-22", "--party", "P2")
    await clerk("settle", *BOOKED, "--party", "P2")
    anew = await clerk("settle", *BOOKED, "--party", "P2", "--undo-first")
    screen = await clerk.reads("settle", *BOOKED, "--party", "P2", "--undo-first")
    aged = await clerk("ageing", "--as-of", "2026-11-22", "--party-from", "P1", "--party-to", "P1")

    assert [(row["party_id"], row["items"], row["balance"], row["zero_balance_date"]) for row in fetched] == [
        ("P2", 2, 0, "2026-10-01")
    ]
    assert [(row["charge_item_id"], row["credit_item_id"], row["amount"]) for row in told] == [("I2", "C2", 900)]
    assert (undone["matches"], anew["undone"], anew["totals"]["EUR"]["matches"]) == (1, 1, 1)
    assert {row["party_id"] for row in aged} == {"P1"}
    assert set(await ledger.open()) == {"I1", "C1", "ODD"}
    assert "currency parties matches items amount EUR 1 1 2 €9.00" in " ".join(screen.split())
    assert "€9.00" in await clerk.reads("settlement-information", "--party-from", "P2")


async def test_what_a_run_left_to_a_person_is_shown_and_listed_by_run(
    clerk: Clerk, ledger: Ledger, tmp_path: Path
) -> None:
    for n in range(30):
        await ledger.take(*(posted(f"I{size}", size, party_id=f"S{n:02}") for size in (101, 203)))
        await ledger.take(posted("C1", -304, party_id=f"S{n:02}"))
    chosen = ("--method", "reference", "--party-from", "S")
    written = tmp_path / "findings.csv"

    told = await clerk("settle", *BOOKED, *chosen)
    screen = await clerk.reads("settle", *BOOKED, *chosen)
    said = clerk.told
    again = await clerk("run", told["run_id"])
    listed = await clerk("findings", told["run_id"], "--kind", "suggestion")
    await clerk("findings", told["run_id"], "--output", written)

    assert (len(told["suggestions"]), told["suggestions_total"], told["done"], told["total"]) == (20, 30, 30, 30)
    assert again == told
    assert len(listed) == 30
    assert "S00" in screen
    assert "20 of 30 shown. All: openitems matching findings" in said
    assert len(written.read_text().splitlines()) == 31


async def test_a_dry_run_is_listed_among_the_runs_and_says_that_nothing_changed(clerk: Clerk, ledger: Ledger) -> None:
    await clerk("match", "P1", "I1=500", "C1=-500", *BOOKED)

    screen = await clerk.reads("settle", *BOOKED, "--undo-first", "--dry-run")
    said = clerk.told
    rows = await clerk("runs")

    assert set(await ledger.open()) == {"ODD", "I2", "C2"}
    assert "of which made by hand 1" in " ".join(screen.split())
    assert "Nothing is changed" in said
    assert [(row["kind"], row["state"], row["done"], row["total"]) for row in rows] == [
        ("settle-oldest-first", "done", 2, 2)
    ]
    assert "settle-oldest-first" in await clerk.reads("runs")


async def test_a_run_is_tried_undone_and_one_that_was_stopped_says_how_far_it_came(
    clerk: Clerk, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled = await clerk("settle", *BOOKED, "--party", "P2")
    tried = await clerk("undo-run", settled["run_id"], "--date", "2026-11-22", "--dry-run")
    monkeypatch.setattr(JobWorker, "advance_one", _does_nothing)
    async with client_at(clerk.urls["matching"]) as client:
        desk = Desk(client, clerk.issuer, clerk.administration)
        queued = await desk.do("settlement-runs", {"booking": {"date": "2026-11-22", "journal": "M90"}}, 202)
    stopped = await clerk("cancel", queued["job_id"])
    with pytest.raises(CommandFailed) as ended:
        await clerk("run", queued["job_id"])

    assert (tried["dry_run"], tried["matches"]) == (True, 1)
    assert {"I2", "C2"}.isdisjoint(await ledger.open())
    assert stopped == {"run_id": queued["job_id"], "done": 0, "total": None}
    assert ended.value.code == REFUSED
    assert ended.value.message.startswith("The run ended after 0 of an unknown number. Cancelled by ")


async def _does_nothing(_worker: JobWorker) -> bool:
    return False


async def test_a_match_is_shown_with_where_it_was_booked_and_what_became_of_each_item(clerk: Clerk) -> None:
    screen = await clerk.reads("match", "P1", "I1=500", "ODD=33", "C1=-500", *BOOKED, "--contra", "payment-difference")

    told = " ".join(screen.split())
    assert "contra payment-difference contra amount €0.33 contra journal M90 account 4900" in told
    assert "item currency settled open" in told
    assert "ODD EUR €0.33 €0.00" in told


async def test_a_mark_of_somebody_else_is_said_to_stay(clerk: Clerk) -> None:
    made = await clerk("propose", *BOOKED, "--method", "opposite-items")
    await clerk("mark", made["proposal_id"], "--party", "P1")

    other = clerk.as_employee("h.lund")
    await other("unmark", made["proposal_id"], "--all")

    assert "0 marks changed. 2 marks of others stay" in other.told


async def test_where_nobody_is_selected_or_nothing_is_proposed_that_is_said(clerk: Clerk) -> None:
    await clerk.reads("settle", *BOOKED, "--party", "NOBODY")
    nobody = clerk.told
    await clerk.reads("propose", *BOOKED, "--party", "NOBODY")
    nothing = clerk.told

    assert "No party is within the criteria." in nobody
    assert "Nothing is proposed." in nothing


async def test_reasons_are_read_with_their_amounts_as_money_in_the_language_of_the_clerk(clerk: Clerk) -> None:
    made = await clerk("propose", *BOOKED, "--method", "opposite-items", "--currency-from", "eur")
    english = await clerk.reads("explain-proposal", made["proposal_id"], "P1", "ODD")
    dutch = await clerk.in_language("nl").reads("explain-proposal", made["proposal_id"], "P1", "ODD")

    assert (
        "paired-otherwise" in english or "difference-outside-tolerance (closest item C1, difference -€4.67)" in english
    )
    assert "verschil boven toegestaan (dichtstbijzijnde post C1, verschil € -4,67)" in dutch.replace("\xa0", " ")
