"""What the undo of a run would do is told before it is done."""

import json

import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.library import TODAY, posted, requested, settlement
from tests.support.desk import Desk


@pytest.mark.requirement("S3.13")
async def test_the_undo_of_a_run_is_tried_first_with_what_it_would_refuse(ledger: Ledger, desk: Desk) -> None:
    for n in range(3):
        await ledger.take(posted(f"I{n}", 1_000, party_id=f"P{n}"), posted(f"C{n}", -995, party_id=f"P{n}"))
    run = (await ledger.settle(settlement(method="account-balance", tolerance=5)))["job_id"]
    (remainder,) = await ledger.rows("SELECT item_id FROM open_item WHERE party_id = 'P0'")
    await ledger.take(requested({remainder["item_id"]: 5}, party_id="P0"))
    before = (await ledger.open(), len(await ledger.published("items-matched")))

    queued = await desk.do(f"runs/{run}/reversal", {"date": str(TODAY), "dry_run": True}, 202)
    tried = await ledger.finish(queued["job_id"])
    after = (await ledger.open(), len(await ledger.published("items-matched")))
    done = await ledger.undo_run(run)

    told, did = json.loads(tried["result"]), json.loads(done["result"])
    assert after == before
    assert (told.pop("dry_run"), did.pop("dry_run")) == (True, False)
    assert told == did
    assert (told["matches"], told["refused_total"]) == (2, 1)
    assert (await ledger.audit()).violations == ()


@pytest.mark.requirement("S3.13")
async def test_a_run_is_undone_once_as_a_match_is(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 100), posted("C1", -100), posted("I2", 70), posted("C2", -70))
    run = (await ledger.settle(settlement()))["job_id"]
    undo = (await ledger.undo_run(run))["job_id"]
    tells = {"date": str(TODAY), "dry_run": True}

    again = await desk.do(f"runs/{run}/reversal", {"date": str(TODAY)}, 409)
    tried = await desk.do(f"runs/{run}/reversal", tells, 409)
    of_the_undo = await desk.do(f"runs/{undo}/reversal", {"date": str(TODAY)}, 409)

    assert (again["code"], again["remedy"]) == ("already-reversed", "Match the items again instead.")
    assert again["errors"][0]["pointer"] == "/run_id"
    assert tried["code"] == "already-reversed"
    assert of_the_undo["code"] == "is-a-reversal"


@pytest.mark.requirement("S3.13")
async def test_a_run_of_which_one_match_is_left_is_undone(ledger: Ledger, desk: Desk) -> None:
    for n in range(2):
        await ledger.take(posted(f"I{n}", 100, party_id=f"P{n}"), posted(f"C{n}", -100, party_id=f"P{n}"))
    run = (await ledger.settle(settlement()))["job_id"]
    (match,) = await ledger.rows("SELECT match_id FROM match WHERE party_id = 'P0'")
    await desk.do(f"parties/P0/matches/{match['match_id']}/reversal", {"date": str(TODAY)}, 201)

    done = await ledger.undo_run(run)

    assert json.loads(done["result"])["matches"] == 1
