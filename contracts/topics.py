"""The register of topics: name -> contract."""

from __future__ import annotations

from contracts.event import Event
from contracts.library import (
    BailiffReferred,
    BorrowerEnrolled,
    CheckinCancelled,
    ItemChanged,
    ItemPosted,
    MaterialReturned,
    PartyUpdated,
    SubscriptionCancelled,
)
from contracts.matching import ItemsMatched, MatchRejected
from contracts.operators import AdministrationConfigured
from contracts.reminders import ReminderIssued
from contracts.selection import PartyBlacklisted, SetCreated, WriteoffRequested
from contracts.writeoff import ItemsWrittenOff, MatchRequested

TOPICS: dict[str, type[Event]] = {
    contract.topic: contract
    for contract in (
        AdministrationConfigured,
        PartyUpdated,
        ItemPosted,
        ItemChanged,
        SubscriptionCancelled,
        MaterialReturned,
        CheckinCancelled,
        BorrowerEnrolled,
        BailiffReferred,
        SetCreated,
        PartyBlacklisted,
        WriteoffRequested,
        MatchRequested,
        ItemsMatched,
        MatchRejected,
        ItemsWrittenOff,
        ReminderIssued,
    )
}
INGESTED_TOPICS: frozenset[str] = frozenset(topic for topic, contract in TOPICS.items() if contract.is_ingested)
"""What other systems and operators may publish themselves."""

DEAD_LETTER_SUFFIX = ".dead-letter"


def dead_letter_topic(topic: str) -> str:
    """The topic to which a service puts aside what it cannot take from `topic`."""
    return topic + DEAD_LETTER_SUFFIX


def all_topics() -> tuple[str, ...]:
    """Every topic that has to exist, dead letters included."""
    return (*TOPICS, *(dead_letter_topic(topic) for topic in TOPICS))
