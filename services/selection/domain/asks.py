"""Which questions to the ledger a request of ours comes to: its answers name those, and not the request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from chassis.ids import derived_id
from contracts.selection import WriteoffRequested
from contracts.writeoff import ASK_LINES, ask_name


@dataclass(frozen=True, slots=True)
class ExpectedAsk:
    """A question to the ledger: its id there, the request that it belongs to, and for how many items it asks."""

    party_id: str
    ask_id: UUID
    request_id: UUID
    items: int


def asks_of(event: WriteoffRequested) -> Iterator[ExpectedAsk]:
    """The questions of a request, per currency and ASK_LINES items.

    What the write-off service refuses by itself is asked less; it counts all the same, since it is skipped as well.
    """
    for currency, items in Counter(line.currency for line in event.lines).items():
        for number, start in enumerate(range(0, items, ASK_LINES)):
            ask_id = derived_id(event.request_id, ask_name(event.journal, currency, number))
            yield ExpectedAsk(event.party_id, ask_id, event.request_id, min(ASK_LINES, items - start))
