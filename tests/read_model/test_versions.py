"""A version of a configuration, of a party and of an item's state says one thing, in every service alike."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.handling import Record
from chassis.consuming.validation import read_events
from chassis.database import Database, open_database
from chassis.settings import ServiceName
from contracts.event import Event
from contracts.library import ItemChanged, PartyUpdated
from contracts.operators import AdministrationConfigured
from tests.databases import FreshDatabase
from tests.declared import SERVICES, declared_services
from tests.events import changed, event_of, posted, record_of

DEAD = "SELECT code, field, message, remedy FROM dead_letter"
STATES = {"matching": "SELECT version, due_date::text AS said FROM item_state"}
STATE = "SELECT state_version AS version, due_date::text AS said FROM item"
FIRST, SECOND, THIRD = "2026-01-01", "2026-02-02", "2026-03-03"
"""What is said under versions: a text for names, and a date."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is told in versions: how it is told, where the service keeps it, and what it is called."""

    told: Callable[[int, str], Event]
    holds: Callable[[ServiceName], str]
    name: str
    before: tuple[Event, ...] = ()


SUBJECTS = {
    "configuration": Subject(
        lambda version, said: event_of(AdministrationConfigured, version=version, name=said),
        lambda _: "SELECT version, configuration ->> 'name' AS said FROM administration",
        "administration bib-gent",
    ),
    "party": Subject(
        lambda version, said: event_of(PartyUpdated, version=version, name=said),
        lambda _: "SELECT version, name AS said FROM party",
        "party P000123",
    ),
    "address": Subject(
        lambda version, said: event_of(PartyUpdated, version=version, address={"street": said, "country": "BE"}),
        lambda _: "SELECT version, street AS said FROM party",
        "party P000123",
    ),
    "item": Subject(
        lambda version, said: changed(version=version, due_date=said),
        lambda service: STATES.get(service, STATE),
        "item I1 of party P000123",
        (posted(),),
    ),
}


class Consuming:
    """What one service does with batches of events about one subject."""

    def __init__(self, database: Database, service: ServiceName, subject: Subject) -> None:
        self.database = database
        self.service = service
        self.subject = subject
        declared = declared_services()[service]
        self.dispatcher = Dispatcher(database, declared.handlers, service, declared.prepare)

    def told(self, version: int, said: str, **changes: Any) -> Record:
        return record_of(self.subject.told(version, said), version, **changes)

    async def take(self, *batch: Record) -> None:
        await self.dispatcher.apply(*read_events(batch))

    async def holds(self) -> tuple[Any, ...]:
        (row,) = await self.database.pool.fetch(self.subject.holds(self.service))
        return tuple(row)

    async def dead(self) -> Sequence[tuple[Any, ...]]:
        return [tuple(row) for row in await self.database.pool.fetch(DEAD)]

    @property
    def contradiction(self) -> tuple[str, ...]:
        """The dead letter of other content under version 2."""
        return (
            "contradictory-version",
            "version",
            f"Version 2 of {self.subject.name} was told before with other content.",
            "A version never changes: publish this under version 3 or higher.",
        )


@pytest.fixture(params=SERVICES)
async def service(database: FreshDatabase, request: pytest.FixtureRequest) -> AsyncIterator[Consuming]:
    opened = await open_database(database.settings(request.param))
    yield Consuming(opened, request.param, SUBJECTS["party"])
    await opened.close()


@pytest.fixture(params=SUBJECTS)
async def consuming(service: Consuming, request: pytest.FixtureRequest) -> Consuming:
    service.subject = SUBJECTS[request.param]
    await service.take(*map(record_of, service.subject.before))
    return service


async def test_other_content_under_the_version_that_holds_is_put_aside_once(consuming: Consuming) -> None:
    other = consuming.told(2, SECOND)

    await consuming.take(consuming.told(2, FIRST))
    await consuming.take(other)
    await consuming.take(other)

    assert await consuming.holds() == (2, FIRST)
    assert await consuming.dead() == [consuming.contradiction]


async def test_within_a_batch_the_first_of_a_version_holds_too(consuming: Consuming) -> None:
    await consuming.take(consuming.told(2, FIRST), consuming.told(2, SECOND))

    assert await consuming.holds() == (2, FIRST)
    assert await consuming.dead() == [consuming.contradiction]


async def test_the_same_again_is_a_duplicate_whether_or_not_it_names_its_defaults(consuming: Consuming) -> None:
    event = consuming.subject.told(2, FIRST)
    short = event.model_dump_json(exclude_unset=True).encode()
    assert short != record_of(event).value

    await consuming.take(record_of(event, 1))
    await consuming.take(record_of(event, 2, value=short), record_of(event, 3))

    assert await consuming.holds() == (2, FIRST)
    assert await consuming.dead() == []


async def test_an_older_version_is_superseded_and_a_newer_one_taken_whatever_they_say(consuming: Consuming) -> None:
    await consuming.take(consuming.told(2, SECOND))
    await consuming.take(consuming.told(1, FIRST), consuming.told(3, THIRD))

    assert await consuming.holds() == (3, THIRD)
    assert await consuming.dead() == []


EVERYTHING_OF_A_PARTY = {
    "kind": ("debtor", "creditor"),
    "name": ("Lotte", "Lotta"),
    "debtor_type": ("public", "business"),
    "address": (
        {"street": "Korenmarkt 4", "postal_code": "9000", "city": "Gent", "country": "BE"},
        {"street": "Korenmarkt 4", "postal_code": "9000", "city": "Gent", "country": "NL"},
        {"street": "Korenmarkt 4", "postal_code": "9000", "city": "Aalst", "country": "BE"},
        {"street": "Korenmarkt 4", "postal_code": "9300", "city": "Gent", "country": "BE"},
        {"street": "Korenmarkt 5", "postal_code": "9000", "city": "Gent", "country": "BE"},
        None,
    ),
    "email": ("a@example.org", "b@example.org", None),
    "phone": ("1", "2", None),
    "language": ("nl-BE", "nl"),
    "group": ("G1", "G2", None),
    "category": ("C1", "C2", None),
    "payment_method": ("M1", "M2", None),
    "payment_terms_days": (14, 30, None),
    "branch": ("B1", "B2", None),
    "channel": ("e-mail", "letter"),
    "iban": ("BE1", "BE2", None),
}
EVERYTHING_OF_A_STATE = {
    "status": ("invoiced", "open"),
    "blocked": (False, True),
    "in_payment_run": (False, True),
    "on_bank_statement": (False, True),
    "processed": (True, False),
    "due_date": ("2026-11-30", "2026-12-01", None),
}


@pytest.mark.parametrize(
    ("contract", "everything"),
    [(PartyUpdated, EVERYTHING_OF_A_PARTY), (ItemChanged, EVERYTHING_OF_A_STATE)],
    ids=["party", "item"],
)
async def test_every_field_is_compared(
    service: Consuming, contract: type[Event], everything: dict[str, tuple[Any, ...]]
) -> None:
    first = {"version": 2, "item_id": "I1"} | {field: values[0] for field, values in everything.items()}
    others = [first | {field: value} for field, values in everything.items() for value in values[1:]]

    await service.take(record_of(posted()))
    await service.take(record_of(event_of(contract, **first)))
    await service.take(record_of(event_of(contract, **first)))
    assert await service.dead() == []
    await service.take(*(record_of(event_of(contract, **other)) for other in others))

    assert len(await service.dead()) == len(others)
