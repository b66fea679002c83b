"""Automatic write-offs: a stream of library events through the write-off service, which is a process of its own.

Two streams: a library's day, in which one event in four comes to something, and the worst case, in which each writes an
item off. All events are on the broker before the service starts; the floor is what it takes of `item-posted` likewise.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from contracts.event import Event
from contracts.library import (
    BailiffReferred,
    BorrowerEnrolled,
    CheckinCancelled,
    ItemPosted,
    MaterialReturned,
    SubscriptionCancelled,
    ValidSubscription,
)
from services.writeoff.app import SERVICE as WRITEOFF
from tests.bench.members import applied_by
from tests.bench.scale import FULL, repeats, run_alone, scaled
from tests.bench.stage import RUNS, Figures, Stage, middle, say, stage, table
from tests.bench.writeoff import WIDE, connected, process, row
from tests.bench.writeoff_streams import ITEMS_PER_PARTY, LIMIT_SECONDS, send
from tests.chassis.issuer import Issuer
from tests.services.writeoff.library import ADMINISTRATION, TODAY, configured, posted

EVENTS = 200_000
EVENTS_LEAST = 8_000
POLL_SECONDS = 0.2
YEAR = {"period_start": "2026-01-01", "period_end": "2026-12-31"}


class Told(NamedTuple):
    """An item, what is told about its party afterwards, and whether that writes the item off."""

    item: ItemPosted
    event: Event
    writes_off: bool


def enrolled(number: int, *, concerns: bool) -> Told:
    """A borrower enrols; seldom with a valid subscription elsewhere."""
    held = ValidSubscription(
        administration="bib-aalst", subscription_id="S-5", valid_from=TODAY.replace(month=1), valid_until=TODAY
    )
    item = _item(number, "contribution", subscription_id=f"S{number}", status="invoiced", **YEAR)
    event = BorrowerEnrolled(
        administration=ADMINISTRATION,
        party_id=item.party_id,
        subscription_id=f"S{number}",
        enrolled_on=TODAY,
        elsewhere=(held,) if concerns else (),
    )
    return Told(item, event, concerns)


def cancelled(number: int, *, concerns: bool) -> Told:
    """A subscription ends; seldom while its contribution is open."""
    item = _item(number, "contribution", subscription_id=f"S{number}", status="invoiced", **YEAR)
    event = SubscriptionCancelled(
        administration=ADMINISTRATION,
        party_id=item.party_id,
        subscription_id=f"S{number}" if concerns else f"T{number}",
        cancelled_on=TODAY,
        period_start=TODAY.replace(month=1, day=1),
        period_end=TODAY.replace(month=12, day=31),
    )
    return Told(item, event, concerns)


def checked_in(number: int, *, concerns: bool) -> Told:
    """A check-in is cancelled; seldom one that charged a late fee."""
    item = _item(number, "fine", checkin_id=f"C{number}")
    event = CheckinCancelled(
        administration=ADMINISTRATION,
        party_id=item.party_id,
        checkin_id=f"C{number}" if concerns else f"D{number}",
        cancelled_on=TODAY,
    )
    return Told(item, event, concerns)


def returned(number: int, *, concerns: bool) -> Told:
    """Material that stands on a note comes back."""
    item = _item(number, "material", note_id=f"N{number}", material_id=f"M{number}")
    event = MaterialReturned(
        administration=ADMINISTRATION,
        party_id=item.party_id,
        material_id=f"M{number}",
        note_id=f"N{number}" if concerns else f"O{number}",
        returned_on=TODAY,
    )
    return Told(item, event, concerns)


def referred(number: int, *, concerns: bool) -> Told:
    """The bailiff takes an item."""
    item = _item(number, "fine")
    event = BailiffReferred(
        administration=ADMINISTRATION,
        party_id=item.party_id,
        dossier_id=f"D{number}",
        item_ids=(item.item_id,),
        referred_on=TODAY,
    )
    return Told(item, event, concerns)


def _item(number: int, kind: str, **facts: Any) -> ItemPosted:
    return posted(f"I{number:08}", kind=kind, party_id=f"P{number // ITEMS_PER_PARTY:07}", **facts)


Kind = Callable[..., Told]
OF_TWENTY: tuple[tuple[Kind, int, int], ...] = (
    (enrolled, 8, 1),
    (cancelled, 4, 1),
    (checked_in, 6, 1),
    (returned, 1, 1),
    (referred, 1, 1),
)
"""Of twenty events of a library's day: how many are of which kind, and how many of those concern something open."""


def a_day(events: int) -> Iterator[Told]:
    """The mixture of OF_TWENTY, over and over."""
    mixture = [(kind, number < concerning) for kind, count, concerning in OF_TWENTY for number in range(count)]
    for number in range(events):
        kind, concerns = mixture[number % len(mixture)]
        yield kind(number, concerns=concerns)


def each_writes_off(events: int) -> Iterator[Told]:
    """Cancelled check-ins, each of which had charged a fee that is open."""
    return (checked_in(number, concerns=True) for number in range(events))


def measure(name: str, stream: Callable[[int], Iterator[Told]], scale: float) -> list[Figures]:
    """Two lines of the table, out of the middle one of RUNS: ingest of the items, and the library events about them."""
    events = scaled(EVENTS, scale, EVENTS_LEAST)
    runs = [asyncio.run(speeds(stream, events)) for _ in range(repeats(RUNS, scale))]
    floor, speed = middle(runs)
    return [
        row(f"{name}: ingest of its items", events, events / floor, 0),
        row(f"{name}: library events", events, events / speed, floor),
    ]


async def speeds(stream: Callable[[int], Iterator[Told]], events: int) -> tuple[float, float]:
    """Items a second, then of as many library events."""
    async with stage(WRITEOFF) as at:
        with tempfile.TemporaryDirectory() as folder:
            issuer = Issuer(Path(folder) / "jwks.json")
            await send(at, (configured(**WIDE),))
            await send(at, (told.item for told in stream(events)))
            floor = await taken_per_second(at, issuer, events + 1)
            await send(at, (told.event for told in stream(events)))
            speed = await taken_per_second(at, issuer, events)
        async with connected(at) as connection:
            kept = await connection.fetchval("SELECT count(DISTINCT request_id) FROM ask")
            expected = sum(told.writes_off for told in stream(events))
            assert kept == expected, f"{kept} of {expected} write-offs are asked for"
    return floor, speed


async def taken_per_second(at: Stage, issuer: Issuer, events: int) -> float:
    """Events a second that the service takes from the broker, between the first and the last look while it does."""
    looks: list[tuple[float, int]] = []
    idle = time.perf_counter()
    async with process(at, WRITEOFF, issuer.path) as url, httpx.AsyncClient(base_url=url) as client:
        async with asyncio.timeout(LIMIT_SECONDS):
            while (count := await _counted(client)) < events:
                if count:
                    looks.append((time.perf_counter(), count))
                else:
                    idle = time.perf_counter()
                await asyncio.sleep(POLL_SECONDS)
    return per_second(looks, [(idle, 0), (time.perf_counter(), events)])


def per_second(looks: list[tuple[float, int]], whole: list[tuple[float, int]]) -> float:
    """How fast a count grew over looks at (seconds, count).

    `whole`, from nothing to everything, is taken where so few were counted that no look saw them grow.
    """
    grew = looks and looks[0][1] < looks[-1][1]
    (begun, first), (ended, last) = (looks[0], looks[-1]) if grew else (whole[0], whole[-1])
    return (last - first) / (ended - begun)


async def _counted(client: httpx.AsyncClient) -> int:
    try:
        return int(await applied_by(client, "/metrics"))
    except httpx.TransportError:
        return 0  # it is not up yet


def main(scale: float = FULL) -> list[Figures]:
    """Measure at a scale (1 is in full), print the table, give its rows."""
    rows = measure("a library's day", a_day, scale) + measure("each writes off", each_writes_off, scale)
    say(table("Automatic write-offs (floor: ingest of item-posted by the same service)", rows))
    return rows


if __name__ == "__main__":
    run_alone(main)
