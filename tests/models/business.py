"""The business of the four services as one person would keep it in a note book, beside the paper ledger."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from contracts.event import Event
from contracts.library import ItemChanged, ItemPosted
from contracts.reminders import ReminderIssued
from contracts.writeoff import MatchRequested
from services.matching.domain.requests import match_id_of
from tests.models.ledger import Booked, Changes, PaperLedger

ItemKey = tuple[str, str]
"""(party_id, item_id)"""
LAST_LEVEL = 2


@dataclass(slots=True)
class NoteBook:
    """The paper ledger, and what else is known of items."""

    ledger: PaperLedger = field(default_factory=PaperLedger)
    contradictions: set[ItemPosted] = field(default_factory=set)
    states: dict[ItemKey, ItemChanged] = field(default_factory=dict)
    levels: dict[ItemKey, int] = field(default_factory=dict)
    write_offs: dict[UUID, Changes] = field(default_factory=dict)
    """What each match that was booked on an A-journal, or took one back, changed."""

    def hear(self, event: Event) -> None:
        """What the ledger heard, in its order."""
        if isinstance(event, ItemPosted):
            self._post(event)
        elif isinstance(event, ItemChanged):
            known = self.states.get((event.party_id, event.item_id))
            if known is None or known.version < event.version:
                self.states[event.party_id, event.item_id] = event
        elif isinstance(event, ReminderIssued):
            for item in event.items:
                key = (event.party_id, item.item_id)
                self.levels[key] = max(self.levels.get(key, 0), item.level)
        elif isinstance(event, MatchRequested):
            self.ledger.ask(event)
            self._note_write_offs(event)

    def _post(self, item: ItemPosted) -> None:
        first = self.ledger.items.get((item.party_id, item.item_id))
        if first is not None and first.facts != item.facts:
            self.contradictions.add(item)
        self.ledger.post(item)

    def stir(self) -> None:
        """What waited is asked again."""
        waiting = list(self.ledger.waiting)
        self.ledger.stir()
        for request in waiting:
            self._note_write_offs(request)

    def _note_write_offs(self, request: MatchRequested) -> None:
        match_id = match_id_of(request.request_id)
        match, undone = self.ledger.matches.get(match_id), request.reversal_of
        if match is not None and (undone is None or undone in self.write_offs):
            self.write_offs[match_id] = match.changes

    def undo(self, match_id: UUID, reversal_id: UUID, day: date) -> None:
        """A clerk of the ledger took a match back on a day."""
        match = self.ledger.matches[match_id]
        match.is_reversed = True
        changes = {name: -amount for name, amount in match.changes.items()}
        self.ledger.book(reversal_id, Booked(match.party_id, changes, is_reversal=True, day=day))
        if match_id in self.write_offs:
            self.write_offs[reversal_id] = changes

    def may_be_undone(self, match_id: UUID) -> bool:
        """Whether a match is neither a reversal nor reversed."""
        match = self.ledger.matches[match_id]
        return not match.is_reversal and not match.is_reversed

    def is_blocked(self, key: ItemKey) -> bool:
        """Whether the newest state of an item says so; a state that came before its item counts as well."""
        return key in self.states and self.states[key].blocked

    def reminded_next(self, today: date) -> set[ItemKey]:
        """What a reminder run of today takes: open charges that are due, not blocked, below the last level."""
        return {
            key
            for key, left in self.ledger.open.items()
            if left > 0
            and not self.is_blocked(key)
            and self.levels.get(key, 0) < LAST_LEVEL
            and (self._due_date(key) or date.min) < today
        }

    def _due_date(self, key: ItemKey) -> date | None:
        return self.states[key].due_date if key in self.states else self.ledger.items[key].due_date
