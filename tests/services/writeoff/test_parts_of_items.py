"""On random books each item's parts add up, and are what the ledger's allocations say, whatever was done to it."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from random import Random

import pytest

from chassis.database import open_database
from contracts.library import ItemPosted
from contracts.matching import ItemsMatched
from contracts.writeoff import MatchRequested
from tests.databases import FreshDatabase
from tests.integration.both_services import Both, payment, settled
from tests.services.matching.library import requested as asked_of_the_ledger
from tests.services.writeoff.causes import returned, uncharged
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import TODAY, configured, posted, requested
from tests.support.desk import Desk

STEPS = 14
SEEDS = 6


@pytest.fixture
async def both(writeoffs: WriteOffs, database: FreshDatabase) -> AsyncIterator[Both]:
    async with AsyncExitStack() as stack:
        ledger = await open_database(database.settings("matching"))
        stack.push_async_callback(ledger.close)
        yield Both(ledger, writeoffs)


class RandomBook:
    """Does something at random to an account of charges on notes, payments and credit notes."""

    def __init__(self, both: Both, seed: int) -> None:
        self.both = both
        self.random = Random(seed)
        self.charges: dict[str, ItemPosted] = {}
        self.money: set[str] = set()

    async def begin(self) -> None:
        """Charges, money and credit notes, of which nothing is settled."""
        await self.both.take(configured())
        for number in range(6):
            self.charges[f"I{number}"] = posted(
                f"I{number}",
                self.random.randint(2, 30) * 100,
                self.random.choice(("material", "fine")),
                note_id="N1",
                material_id=f"M{number}",
                checkin_id=f"C{number}",
            )
        await self.both.take(*self.charges.values())
        for number in range(4):
            self.money.add(f"P{number}")
            await self.both.take(payment(self.random.randint(2, 40) * 100, f"P{number}"))
        await self.both.take(*(posted(f"N{n}", -self.random.randint(1, 9) * 100, "credit-note") for n in range(3)))

    async def step(self) -> None:
        """One thing that a clerk, a library or a run does."""
        doings = (self._settle, self._run, self._waive, self._undo, self._take_back)
        await self.random.choices(doings, (6, 2, 3, 2, 3))[0]()

    async def _settle(self) -> None:
        opened = {item_id: amount for item_id, amount in (await self.both.open_amounts()).items() if amount}
        charges = [item_id for item_id, amount in opened.items() if amount > 0]
        credits_ = [item_id for item_id, amount in opened.items() if amount < 0]
        if charges and credits_:
            named = [
                *self.random.sample(charges, min(2, len(charges))),
                *self.random.sample(credits_, min(2, len(credits_))),
            ]
            await self.both.take(settled(**{item_id: opened[item_id] for item_id in named}))

    async def _run(self) -> None:
        await self.both.settle(settlement_information=self.random.random() < 0.5)

    async def _waive(self) -> None:
        item_id = self.random.choice(list(self.charges))
        amount = (await self.both.open_amounts())[item_id]
        if amount > 0:
            await self.both.take(requested({item_id: amount}, journal="A200"))

    async def _undo(self) -> None:
        standing = await self.standing()
        if standing:
            await self.both.take(_undone(self.random.choice(standing)))

    async def _take_back(self) -> None:
        number = self.random.randrange(6)
        if self.random.random() < 0.5:
            await self.both.take(returned(material_id=f"M{number}", loan_id=f"L{number}"))
        else:
            await self.both.take(uncharged(checkin_id=f"C{number}"))

    async def standing(self) -> list[ItemsMatched]:
        """The ledger's matches that nobody undid."""
        matches = [event for event in await self.both.answers() if isinstance(event, ItemsMatched)]
        undone = {match.reversal_of for match in matches}
        return [match for match in matches if match.reversal_of is None and match.match_id not in undone]

    async def expected(self) -> dict[str, tuple[int, int, int]]:
        """Paid, waived and credited by item, read off the ledger's own matches."""
        paid: dict[str, int] = defaultdict(int)
        waived: dict[str, int] = defaultdict(int)
        credited: dict[str, int] = defaultdict(int)
        for match in await self.standing():
            rest = {line.item_id: -line.amount for line in match.lines if line.amount < 0}
            for charge, credit, amount in side_by_side(match):
                (paid if credit in self.money else credited)[charge] += amount
                rest[charge] -= amount
            for item_id, amount in rest.items():
                waived[item_id] += amount
        return {item_id: (paid[item_id], waived[item_id], credited[item_id]) for item_id in self.charges}


def side_by_side(match: ItemsMatched) -> list[tuple[str, str, int]]:
    """Which credit settled which charge, cent by cent of hundreds: as told, or in the order of the lines."""
    if match.allocations:
        return [(one.charge_item_id, one.credit_item_id, one.amount) for one in match.allocations]
    charges = [line.item_id for line in match.lines for _ in range(-line.amount // 100)]
    credits_ = [line.item_id for line in match.lines for _ in range(line.amount // 100)]
    return [(charge, credit, 100) for charge, credit in zip(charges, credits_, strict=False)]


def _undone(match: ItemsMatched) -> MatchRequested:
    journal = match.journal
    return asked_of_the_ledger(
        {}, date=TODAY, journal=journal, method="reversal", contra=None, reversal_of=match.match_id
    )


@pytest.mark.requirement("B.10")
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_paid_waived_credited_and_open_add_up_to_the_amount_of_each_item(
    both: Both, desk: Desk, seed: int
) -> None:
    book = RandomBook(both, seed)
    await book.begin()

    for _ in range(STEPS):
        await book.step()
        opened = await both.open_amounts()
        expected = await book.expected()
        for item_id, charge in book.charges.items():
            told = await desk.read(f"parties/P1/items/{item_id}/settled")
            told_parts = (told["paid_amount"], told["waived_amount"], told["credited_amount"])
            assert told_parts == expected[item_id], (seed, item_id)
            assert sum(told_parts) + told["open_amount"] == charge.amount
            assert told["open_amount"] == opened[item_id]


@pytest.mark.requirement("B.10")
@pytest.mark.parametrize("seed", range(SEEDS, 2 * SEEDS))
async def test_nobody_is_given_back_more_than_was_paid(both: Both, seed: int) -> None:
    book = RandomBook(both, seed)
    await book.begin()
    for _ in range(STEPS):
        await book.step()

    rows = await both.writeoffs.rows(
        "SELECT sum(r.amount)::bigint AS given_back FROM release AS r"
        " INNER JOIN release_answer AS u ON u.request_id = r.undo_id AND u.match_id IS NOT NULL"
    )

    opened = await both.open_amounts()
    assert sum(-opened[item_id] for item_id in book.money) >= 0
    paid = sum(amounts[0] for amounts in (await book.expected()).values())
    posted_money = sum(-amount for item_id, amount in (await _amounts(both)).items() if item_id in book.money)
    assert paid + sum(-opened[item_id] for item_id in book.money) == posted_money, rows


async def _amounts(both: Both) -> dict[str, int]:
    rows = await both.writeoffs.rows("SELECT item_id, amount FROM item")
    return {row["item_id"]: row["amount"] for row in rows}
