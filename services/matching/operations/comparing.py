"""What an event from outside is compared with before it is taken in: what holds, and what is still on its way.

What holds is what this service has taken from the topics. What is on its way was taken in here and is in the outbox, be
it published or not. What other systems sent through the broker and nobody has consumed yet is in neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, NamedTuple

from chassis.database import Connection
from chassis.errors import Conflict, Poison
from chassis.outbox import Told, newest_told
from contracts.event import Event
from contracts.library import ItemChanged, ItemPosted, PartyUpdated
from contracts.operators import AdministrationConfigured
from contracts.selection import WriteoffRequested
from contracts.topics import TOPICS
from read_model.parties import party_of, stored_configurations, stored_parties
from read_model.postings import contradictory_posting, identity_of
from read_model.versions import Key, Standing, contradiction, standing_of
from services.matching.store.items import posted_facts, stored_states

ONLY = 1
"""The one version of what is told once and never again otherwise."""


class Judgement(Enum):
    """What an event comes to beside what was told before."""

    NEW = auto()
    DUPLICATE = auto()
    """It says what was said before, and changes nothing."""
    SUPERSEDED = auto()
    """A higher version holds, and it changes nothing."""


class _Form(NamedTuple):
    """How the events of a topic are compared.

    `key_of` names what an event is about, `standing_of` gives what it says of it, `contradiction` what is told where
    that is something else than before. Several events of one subject may say the same and none be a duplicate
    (`is_told_in_parts`).
    """

    key_of: Callable[[Any], Key]
    standing_of: Callable[[Any], Standing]
    contradiction: Callable[[Any], Poison]
    is_told_in_parts: bool = False


def _batch_contradiction(event: WriteoffRequested) -> Poison:
    return Poison(
        "contradictory-batch",
        "Batch {event.batch_id} was told before with another number of requests than {event.batch_requests}.",
        event=event,
        field="batch_requests",
        remedy="A batch is one approval: send another one under a new batch_id.",
    )


_FORMS: Mapping[type[Event], _Form] = {
    ItemPosted: _Form(identity_of, lambda event: Standing(ONLY, event.facts), contradictory_posting),
    ItemChanged: _Form(identity_of, standing_of, contradiction),
    PartyUpdated: _Form(party_of, standing_of, contradiction),
    AdministrationConfigured: _Form(lambda event: (event.administration,), standing_of, contradiction),
    WriteoffRequested: _Form(
        lambda event: (event.administration, str(event.batch_id)),
        lambda event: Standing(ONLY, event.batch_requests),
        _batch_contradiction,
        is_told_in_parts=True,
    ),
}
"""Topics whose events can contradict what was told before; all others are taken as they come."""


def subject_of(event: Event) -> str | None:
    """What an event is about, in one text: no id has a tab; None where nothing can contradict it."""
    form = _FORMS.get(type(event))
    return "\t".join((event.topic, *form.key_of(event))) if form else None


@dataclass(slots=True)
class Comparison:
    """What is known of the subjects of a batch; grows with every event that is judged new."""

    known: dict[str, Standing] = field(default_factory=dict)

    def judge(self, event: Event, subject: str | None) -> Judgement:
        """What an event comes to; from then on it is known. Raises Conflict where it contradicts what is known."""
        if subject is None:
            return Judgement.NEW
        form = _FORMS[type(event)]
        told, current = form.standing_of(event), self.known.get(subject)
        if current is None or current.version < told.version:
            self.known[subject] = told
            return Judgement.NEW
        if told.version < current.version:
            return Judgement.SUPERSEDED
        if told != current:
            poison = form.contradiction(event)
            raise Conflict(poison.code, poison.message, field=poison.field, remedy=poison.remedy)
        return Judgement.NEW if form.is_told_in_parts else Judgement.DUPLICATE


async def load_comparison(connection: Connection, subjects: Mapping[str, Event]) -> Comparison:
    """What is known of these subjects, each with one of the events about it: a query per topic, whatever their number.

    Lock the events' keys before: what others take in at the same time is seen only then.
    """
    by_contract: dict[type[Event], dict[Key, str]] = {}
    for subject, event in subjects.items():
        by_contract.setdefault(type(event), {})[_FORMS[type(event)].key_of(event)] = subject
    comparison = Comparison(_on_their_way(await newest_told(connection, subjects)))
    for contract, named in by_contract.items():
        for key, standing in (await _stored(connection, contract, named)).items():
            # What holds comes before what is on its way, which may never come to hold.
            on_its_way = comparison.known.get(named[key])
            if on_its_way is None or on_its_way.version <= standing.version:
                comparison.known[named[key]] = standing
    return comparison


def _on_their_way(told: Mapping[str, Told]) -> dict[str, Standing]:
    events = ((subject, TOPICS[one.topic].model_validate_json(one.body)) for subject, one in told.items())
    return {subject: _FORMS[type(event)].standing_of(event) for subject, event in events}


async def _stored(connection: Connection, contract: type[Event], keys: Iterable[Key]) -> Mapping[Key, Standing]:
    """What this service has taken from the contract's topic."""
    wanted: Any = list(keys)
    if contract is ItemPosted:
        facts = await posted_facts(connection, wanted)
        return {identity: Standing(ONLY, said) for identity, said in facts.items()}
    if contract is ItemChanged:
        return await stored_states(connection, wanted)
    if contract is PartyUpdated:
        return await stored_parties(connection, wanted)
    if contract is AdministrationConfigured:
        held = await stored_configurations(connection, (name for (name,) in wanted))
        return {(name,): standing_of(event) for name, event in held.items()}
    return {}
