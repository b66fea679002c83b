"""Oldest first is what two pointers do, whatever the shape of the ledger; and undoing it leaves nothing behind."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.matching.store import runs
from tests.services.matching.books import Ledger
from tests.services.matching.library import posted, settlement
from tests.services.matching.reference import Posting, settle

FIRST_DAY = date(2025, 1, 1)
KINDS = {1: ("fine", "invoice", "payment"), -1: ("payment", "credit-note", "invoice", "fine")}
"""By sign: a negative invoice is a credit and a positive payment a charge, the side follows the sign."""

Drawn = list[tuple[str, int, int, int]]
"""(party_id, day, amount, which kind)"""


def drawn(parties: st.SearchStrategy[str], days: int, amounts: st.SearchStrategy[int], sizes: tuple[int, int]) -> Any:
    """Ledgers with so many items, on so many days."""
    item = st.tuples(parties, st.integers(0, days), amounts, st.integers(0, 11))
    return st.lists(item, min_size=sizes[0], max_size=sizes[1])


charges = st.integers(1, 9_999)
either = charges.flatmap(lambda size: st.sampled_from((size, -size)))
large = st.integers(50_000, 90_000)
one = st.just("P1")
two = st.sampled_from(("P1", "P2"))
many = st.integers(1, 60).map(lambda number: f"P{number:02}")
SHAPES = {
    "one giant party": drawn(one, 40, either, (60, 120)),
    "many small parties": drawn(many, 40, either, (40, 120)),
    "only charges": drawn(many, 9, charges, (1, 40)),
    "only credits": drawn(many, 9, charges.map(lambda size: -size), (1, 40)),
    "equal dates": drawn(two, 0, either, (20, 60)),
    "equal dates and amounts": drawn(one, 0, st.sampled_from((100, -100)), (10, 50)),
    "credits larger than charges": drawn(two, 9, st.one_of(charges, large.map(lambda size: -size)), (10, 60)),
    "charges larger than credits": drawn(two, 9, st.one_of(charges.map(lambda size: -size), large), (10, 60)),
    "one item": drawn(one, 0, either, (1, 1)),
}
shapely = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)


def plan(items: Drawn) -> list[tuple[Posting, str]]:
    """The ledger on paper, each item with its kind; ids and vouchers do not rise with the order of posting."""
    kept = []
    for position, (party_id, day, amount, which) in enumerate(items):
        kinds = KINDS[1 if amount > 0 else -1]
        item_id, voucher = f"i{position * 7919 % 1009:04}", f"v{position % 3}"
        posting = Posting(party_id, "EUR", FIRST_DAY + timedelta(days=day), voucher, item_id, amount)
        kept.append((posting, kinds[which % len(kinds)]))
    return kept


def event(posting: Posting, kind: str) -> Any:
    return posted(
        posting.item_id,
        posting.amount,
        kind=kind,
        party_id=posting.party_id,
        voucher=posting.voucher,
        item_date=posting.item_date,
    )


async def merged(ledger: Ledger) -> dict[tuple[str, str], int]:
    """The settlement information of everything that was published, pair by pair."""
    totals: dict[tuple[str, str], int] = {}
    for match in await ledger.published("items-matched"):
        for part in match.allocations:
            pair = (part.charge_item_id, part.credit_item_id)
            totals[pair] = totals.get(pair, 0) + part.amount
    return totals


@pytest.mark.requirement("S3.11", "S3.13")
@pytest.mark.parametrize("shape", SHAPES)
@given(data=st.data())
@shapely
async def test_oldest_first_equals_two_pointers_on_a_ledger_of_every_shape(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, shape: str, data: st.DataObject
) -> None:
    monkeypatch.setattr(runs, "MAX_ALLOCATIONS", 16)
    monkeypatch.setattr(runs, "CHUNK_ITEMS", 25)
    await ledger.forget()
    kept = plan(data.draw(SHAPES[shape], label=shape))
    await ledger.take(*(event(posting, kind) for posting, kind in kept))

    job = await ledger.settle(settlement())

    left, settled = settle(posting for posting, _ in kept)
    assert job["state"] == "done"
    assert await ledger.open() == left
    assert await merged(ledger) == {(charge, credit): amount for charge, credit, amount in settled}
    if settled:
        await ledger.undo_run(job["job_id"])
    assert await ledger.open() == {posting.item_id: posting.amount for posting, _ in kept}
    assert (await ledger.audit()).violations == ()
