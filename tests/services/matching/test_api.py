from tests.services.matching.books import Ledger
from tests.services.matching.library import ADMINISTRATION, TODAY, party, posted
from tests.support.desk import Desk

BOOKING = {"date": str(TODAY), "journal": "M90"}


async def test_a_clerk_matches_chosen_items_by_hand_and_undoes_it(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 300), posted("I2", 300), posted("C1", -400))
    lines = [{"item_id": "I2", "amount": 300}, {"item_id": "C1", "amount": -300}]

    match = await desk.do("parties/P1/matches", {"currency": "EUR", "lines": lines, "booking": BOOKING}, 201)
    matched = await ledger.open()
    await desk.do(f"parties/P1/matches/{match['match_id']}/reversal", {"date": str(TODAY)}, 201)

    assert matched == {"I1": 300, "C1": -100}
    assert await ledger.open() == {"I1": 300, "I2": 300, "C1": -400}


async def test_a_match_is_undone_only_once(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 300), posted("C1", -300))
    lines = [{"item_id": "I1", "amount": 300}, {"item_id": "C1", "amount": -300}]
    match = await desk.do("parties/P1/matches", {"currency": "EUR", "lines": lines, "booking": BOOKING}, 201)
    undo = {"date": str(TODAY)}
    await desk.do(f"parties/P1/matches/{match['match_id']}/reversal", undo, 201)

    problem = await desk.do(f"parties/P1/matches/{match['match_id']}/reversal", undo, 409)

    assert problem["code"] == "already-reversed"


async def test_a_run_is_queued_once_per_key_and_its_progress_is_read(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 300), posted("C1", -300))

    first = await desk.do("settlement-runs", {"booking": BOOKING}, 202, key="same")
    second = await desk.do("settlement-runs", {"booking": BOOKING}, 202, key="same")
    await ledger.finish(first["job_id"])
    job = await desk.read(f"/v1/jobs/{first['job_id']}")

    assert first == second
    assert (job["state"], job["done"]) == ("done", 1)
    assert job["result"]["totals"] == {"EUR": {"parties": 1, "matches": 1, "items": 2, "amount": 300}}


async def test_a_run_in_a_closed_period_is_refused(desk: Desk) -> None:
    problem = await desk.do("settlement-runs", {"booking": {"date": "2026-01-10", "journal": "M90"}}, 422)

    assert (problem["code"], problem["errors"][0]["pointer"]) == ("closed-period", "/date")


async def test_a_reversed_range_is_refused_by_name(desk: Desk) -> None:
    criteria = {"party_from": "P9", "party_to": "P1"}

    problem = await desk.do("settlement-runs", {"booking": BOOKING, "criteria": criteria}, 422)

    assert problem["code"] == "reversed-range"
    assert problem["errors"][0]["pointer"] == "/party_from"


async def test_an_item_without_a_branch_is_one_of_its_partys(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(
        party("P1", branch="west"), posted("I1"), posted("I2", branch="east"), posted("I3", party_id="P9")
    )

    items = (await desk.read("items"))["items"]

    assert {item["item_id"]: item["branch"] for item in items} == {"I1": "west", "I2": "east", "I3": None}


async def test_items_are_listed_page_by_page_and_explained(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(*(posted(f"I{n}", 100, in_payment_run=n == 1) for n in range(5)), posted("C1", -100))
    await ledger.finish((await desk.do("settlement-runs", {"booking": BOOKING}, 202))["job_id"])

    first = await desk.read("items", limit=2)
    second = await desk.read("items", limit=2, cursor=first["next"])
    settled = await desk.read("parties/P1/items/I0")
    held = await desk.read("parties/P1/items/I1")

    assert [item["item_id"] for item in first["items"] + second["items"]] == ["I1", "I2", "I3", "I4"]
    assert [match["match"]["method"] for match in settled["matches"]] == ["oldest-first"]
    assert settled["item"]["status"] == "settled"
    assert held["not_matched_because"] == ["it is in a payment run"]


async def test_the_audit_recomputes_and_the_totals_are_paged(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(*(posted(f"I{n}", 100 + n, party_id=f"P{n}") for n in range(3)))

    audit = await desk.read("audit")
    first = await desk.read("audit/totals", limit=2)
    second = await desk.read("audit/totals", limit=2, cursor=first["next"])

    assert audit == {"violations": [], "checked": {"parties": 3, "items": 3, "matches": 0}}
    totals = first["items"] + second["items"]
    assert [(total["party_id"], total["open_amount"]) for total in totals] == [("P0", 100), ("P1", 101), ("P2", 102)]


async def test_the_audit_names_what_somebody_tampered_with(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 300))
    await ledger.rows("UPDATE open_item SET open_amount = 200")

    audit = await desk.read("audit")

    assert [(v["invariant"], v["party_id"]) for v in audit["violations"]] == [("open-amount-differs", "P1")]


async def test_another_administration_is_not_shown(desk: Desk) -> None:
    problem = await desk.read("/v1/administrations/other/items", 403)

    assert problem["code"] == "administration-not-granted"
    assert ADMINISTRATION != "other"
