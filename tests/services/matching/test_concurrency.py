import asyncio
import random
from contextlib import suppress

from chassis.errors import Conflict
from services.matching.operations.requests import settle_at_once
from tests.events import received
from tests.services.matching.books import Ledger
from tests.services.matching.library import changed, posted, requested, settlement

WORKERS = 8
PARTIES = 12


async def test_runs_requests_undo_and_payments_side_by_side_never_settle_too_much(ledger: Ledger) -> None:
    """The constraints of the database hold each open amount between zero and its amount; the audit recomputes it."""
    await ledger.take(
        *(
            posted(f"{kind}{party}-{n}", sign * (100 + 7 * n), party_id=f"P{party:02}")
            for party in range(PARTIES)
            for n in range(6)
            for kind, sign in (("I", 1), ("C", -1))
        )
    )

    await asyncio.gather(*(_work(ledger, worker) for worker in range(WORKERS)))

    assert (await ledger.audit()).violations == ()
    assert await ledger.rows("SELECT * FROM dead_letter") == []
    failed = await ledger.rows("SELECT error FROM job WHERE state <> 'done'")
    assert failed == []


async def _work(ledger: Ledger, worker: int) -> None:
    chance = random.Random(worker)
    for step in range(6):
        parties = [f"P{number:02}" for number in chance.sample(range(PARTIES), 4)]
        if worker % 4 == 0:
            await ledger.settle(settlement(undo_first=step % 2 == 1))
        elif worker % 4 == 1:
            await _request(ledger, chance, parties)
        elif worker % 4 == 2:
            postings = [
                posted(f"N{worker}-{step}-{party}", -chance.randint(1, 300), party_id=party) for party in parties
            ]
            await ledger.take(*postings)
        else:
            await _undo_something(ledger, chance)


async def _request(ledger: Ledger, chance: random.Random, parties: list[str]) -> None:
    asked = []
    for party in parties:
        item = f"I{int(party[1:])}-{chance.randrange(6)}"
        asked.append(requested({}, party_id=party, lines=[{"item_id": item, "amount": chance.randint(1, 120)}]))
    flips = [
        changed(f"I{int(party[1:])}-{chance.randrange(6)}", version=chance.randrange(1, 10**6), party_id=party)
        for party in reversed(parties)
    ]
    await ledger.take(*flips, *asked)
    await ledger.take(asked[0])


async def _undo_something(ledger: Ledger, chance: random.Random) -> None:
    runs = await ledger.rows("SELECT DISTINCT run_id FROM match WHERE run_id IS NOT NULL AND reversal_of IS NULL")
    if runs:
        # One that was undone before is refused.
        with suppress(Conflict):
            await ledger.undo_run(chance.choice(runs)["run_id"])


async def test_two_clerks_who_match_the_same_item_at_once_settle_it_once(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 300), posted("C1", -300), posted("C2", -300))

    async def match(credit: str) -> str:
        lines = [{"item_id": "I1", "amount": 300}, {"item_id": credit, "amount": -300}]
        request = requested(method="manual", journal="M90", contra=None, lines=lines)
        async with ledger.database.transaction() as connection:
            entry = await settle_at_once(connection, request)
        return str(len(entry.lines))

    outcomes = await asyncio.gather(match("C1"), match("C2"), return_exceptions=True)

    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert sorted(await ledger.open()) in (["C1"], ["C2"])


async def test_the_same_request_taken_by_two_at_once_has_one_effect(ledger: Ledger) -> None:
    await ledger.take(posted("I1", 300))
    request = requested({"I1": 300})

    await asyncio.gather(*(ledger.dispatcher.apply([received(request)]) for _ in range(WORKERS)))

    assert len(await ledger.published("items-matched")) == 1
    assert await ledger.published("match-rejected") == []
