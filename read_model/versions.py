"""What is told in versions: the highest holds, the same again is a duplicate, other content under it is poison."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeVar

import asyncpg

from chassis.consuming.handling import Dead, Received
from chassis.errors import Poison
from chassis.sentences import Sentence
from contracts.library import ItemChanged, PartyUpdated
from contracts.operators import AdministrationConfigured

V = TypeVar("V", AdministrationConfigured, PartyUpdated, ItemChanged)


class Standing(NamedTuple):
    """What holds: a version, and what was said under it."""

    version: int
    content: object


Key = tuple[str, ...]
"""What an event is about: (administration,), (administration, party_id) or (administration, party_id, item_id)."""
Stored = Mapping[Key, Standing]


def judge_versions(
    received: Iterable[Received[V]], stored: Stored, key_of: Callable[[V], Key]
) -> tuple[dict[Key, V], list[Dead]]:
    """Events that hold from now on in place of what is stored, in the order of their keys, and what contradicts one."""
    holding = dict(stored)
    newest: dict[Key, V] = {}
    dead: list[Dead] = []
    for entry in received:
        event, key = entry.event, key_of(entry.event)
        current = holding.get(key)
        if contradicts(event, current):
            dead.append(Dead(entry.record, contradiction(event)))
        elif current is None or current.version < event.version:
            holding[key] = standing_of(event)
            newest[key] = event
    return {key: newest[key] for key in sorted(newest)}, dead


def contradicts(event: V, current: Standing | None) -> bool:
    """Whether an event says something else under the version that holds; what is older or newer contradicts nothing.

    Compared as they are read today, so that a field that either leaves out equals its default.
    """
    return current is not None and event.version == current.version and standing_of(event) != current


def standing_of(event: V) -> Standing:
    """What an event says, in the order in which the queries for what is stored have it.

    The files of an item are not compared, since not every service keeps them.
    """
    if isinstance(event, PartyUpdated):
        return Standing(event.version, _master_data(event))
    if isinstance(event, ItemChanged):
        return Standing(event.version, _state(event))
    return Standing(event.version, event)


def _master_data(party: PartyUpdated) -> tuple[object, ...]:
    address = party.address
    place = (address.street, address.postal_code, address.city, address.country) if address else (None,) * 4
    return (
        *(party.kind, party.name, party.debtor_type, *place, party.email, party.phone, party.language, party.group),
        *(party.category, party.payment_method, party.payment_terms_days, party.branch, party.channel, party.iban),
    )


def _state(item: ItemChanged) -> tuple[object, ...]:
    flags = (item.blocked, item.in_payment_run, item.on_bank_statement, item.processed)
    return (item.status, *flags, item.due_date)


def contradiction(event: V) -> Poison:
    """What is told of an event that contradicts the version that holds."""
    return Poison(
        "contradictory-version",
        "Version {version} of {subject} was told before with other content.",
        version=event.version,
        subject=_subject(event),
        next=event.version + 1,
        field="version",
        remedy="A version never changes: publish this under version {next} or higher.",
    )


def _subject(event: V) -> Sentence:
    if isinstance(event, AdministrationConfigured):
        return Sentence("administration {administration}", administration=event.administration)
    if isinstance(event, PartyUpdated):
        return Sentence("party {party_id}", party_id=event.party_id)
    return Sentence("item {item_id} of party {party_id}", item_id=event.item_id, party_id=event.party_id)


def standing(rows: Iterable[asyncpg.Record], width: int) -> dict[Key, Standing]:
    """Rows of a query for what is stored: `width` columns of the key, the version, and the columns of the content."""
    return {tuple(row[:width]): Standing(row[width], tuple(row[width + 1 :])) for row in rows}
