"""A batch of reversals is worked off in steps that grow with the batch, not with its square."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.matching.domain.ledger import ItemKey, LedgerItem
from services.matching.domain.requests import match_id_of
from services.matching.store import items
from tests.services.matching.books import Ledger
from tests.services.matching.library import configured, posted, requested, reversal


class CountedItems(dict[ItemKey, LedgerItem]):
    """The items of a batch; each look at one of them is a step."""

    steps = 0

    def __getitem__(self, key: ItemKey) -> LedgerItem:
        self.steps += 1
        return super().__getitem__(key)

    def __iter__(self) -> Iterator[ItemKey]:
        self.steps += len(self)
        return super().__iter__()

    def items(self) -> Any:
        self.steps += len(self)
        return super().items()

    def values(self) -> Any:
        self.steps += len(self)
        return super().values()


async def steps_of_reversals(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, name: str, count: int) -> int:
    """Settle an item of each of `count` parties, and undo it all in one batch; gives the looks at items."""
    parties = [f"{name}{number}" for number in range(count)]
    asked = [requested({"I1": 500}, party_id=party) for party in parties]
    await ledger.take(*(posted("I1", 500, party_id=party) for party in parties))
    await ledger.take(*asked)
    load, counted = items.load_items, CountedItems()

    async def loaded(*arguments: Any) -> CountedItems:
        counted.update(await load(*arguments))
        return counted

    with monkeypatch.context() as patch:
        patch.setattr(items, "load_items", loaded)
        await ledger.take(*(reversal(match_id_of(request.request_id), party_id=request.party_id) for request in asked))
    return counted.steps


async def test_ten_times_the_reversals_take_ten_times_the_steps(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = await steps_of_reversals(ledger, monkeypatch, "F", 10)

    many = await steps_of_reversals(ledger, monkeypatch, "M", 100)

    assert 0 < many <= 10 * few
    (found,) = await ledger.rows("SELECT count(*) AS items, sum(open_amount) AS amount FROM open_item")
    assert (found["items"], found["amount"]) == (110, 55_000)


async def test_a_match_is_not_undone_by_another_administration_with_a_party_of_the_same_id(ledger: Ledger) -> None:
    asked = requested({"I1": 500})
    await ledger.take(configured(administration="other"), posted("I1", 500))
    await ledger.take(asked)
    foreign = reversal(match_id_of(asked.request_id), administration="other")
    own = reversal(match_id_of(asked.request_id))

    await ledger.take(foreign, own)

    undone = (await ledger.published("items-matched"))[-1]
    assert (undone.administration, undone.request_id) == ("bib-gent", own.request_id)
    assert [row["topic"] for row in await ledger.rows("SELECT topic FROM waiting_event")] == ["match-requested"]
