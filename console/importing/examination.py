"""What each row of a file becomes, and what is refused: the same decision before and while it is posted.

A row is read on its own, compared with the rows before it, then with the books. Rows go through in chunks, so that a
file of any length takes the same memory; while the books are asked about one chunk, the next is read.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from threading import Lock
from typing import Any, Literal

from chassis.sentences import Retold, Sentence
from console.importing.columns import RowReader
from console.importing.made import ImportTerms, LeftOut, Made, made_of
from console.importing.problems import RowProblem, RowRefused
from console.importing.seen import RowSays, Seen
from console.importing.tables import FileRow, TableFile
from console.session import Session
from contracts.library import ItemPosted, PartyUpdated

Outcome = Literal["new", "in-books", "twice", "left-out", "refused"]
"""A row is new, says what the books or an earlier row say already, is left out as the mapping wants, or is refused."""

CHUNK_ROWS = 1_000
AHEAD = 3
"""Chunks that are on their way to the services while the next is read."""
LEDGER = "matching"
HIGHER = Sentence("Give the rows a higher version, by a column or a value.")


@dataclass(slots=True)
class Fate:
    """A row, and what became of it so far."""

    row: int
    outcome: Outcome = "new"
    made: Made | None = None
    problem: RowProblem | None = None
    said: RowSays | None = None

    def refuse(self, problem: RowProblem) -> None:
        """Note why it is not taken."""
        self.outcome, self.problem = "refused", problem


@dataclass(slots=True)
class Decisions:
    """A digest of what becomes of all rows: the same file, read alike, in the same books has the same."""

    _digest: Any = field(default_factory=sha256)

    def add(self, fate: Fate) -> None:
        """Take the next row in."""
        self._digest.update(b"%d %s\n" % (fate.row, fate.outcome.encode()))

    @property
    def digest(self) -> str:
        """In hexadecimal digits."""
        return str(self._digest.hexdigest())


Sink = Callable[[int, list[Fate]], list[Fate]]
"""Does with a chunk, by its number from 0, what is to be done once the books were asked; gives it back."""


@dataclass(slots=True)
class OpeningBookings:
    """Where what was settled before would be matched, by currency: why not, as the books are configured now."""

    session: Session
    terms: ImportTerms
    _refusals: dict[str, RowProblem | None] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def check(self, chunk: Iterable[Fate]) -> None:
        """Refuse the rows of a chunk whose match the ledger would refuse."""
        for fate in chunk:
            if fate.outcome == "new" and fate.made is not None and fate.made.following:
                problem = self._problem(item_of(fate).currency)
                if problem is not None:
                    fate.refuse(problem)

    def _problem(self, currency: str) -> RowProblem | None:
        with self._lock:
            if currency not in self._refusals:
                self._refusals[currency] = self._asked(currency)
            return self._refusals[currency]

    def _asked(self, currency: str) -> RowProblem | None:
        day = self.terms.opening_date
        booking = {"journal": self.terms.opening_journal, "date": str(day), "currency": currency}
        answer = self.session.post(LEDGER, self.session.within("standings/bookings"), {"bookings": [booking]})
        for refused in answer["refused"]:
            return RowProblem("", said(refused["message"]), said(refused.get("remedy") or ""))
        return None


def said(text: str) -> Sentence:
    """A sentence that a service said, in the language that it was said in."""
    return Sentence("{text}", text=Retold(text))


@dataclass(frozen=True, slots=True)
class Examiner:
    """Goes through a file on behalf of a session."""

    session: Session
    table: TableFile
    reader: RowReader
    terms: ImportTerms
    door_compares: bool = False
    """Whether the sink compares items with the books itself, as the door does that takes them."""

    def fates(self, seen: Seen, sink: Sink) -> Iterator[Fate]:
        """What becomes of each row, in the file's order."""
        bookings = OpeningBookings(self.session, self.terms)
        with ThreadPoolExecutor(AHEAD) as pool:
            under_way: deque[Future[list[Fate]]] = deque()
            for number, chunk in enumerate(self._chunks(seen)):
                under_way.append(pool.submit(self._finish, number, chunk, bookings, sink))
                if len(under_way) > AHEAD:
                    yield from under_way.popleft().result()
            while under_way:
                yield from under_way.popleft().result()

    def _finish(self, number: int, chunk: list[Fate], bookings: OpeningBookings, sink: Sink) -> list[Fate]:
        if not (self.door_compares and not any(fate.made and fate.made.following for fate in chunk)):
            ask_the_books(self.session, self.terms, chunk)
        bookings.check(chunk)
        return sink(number, chunk)

    def _chunks(self, seen: Seen) -> Iterator[list[Fate]]:
        rows = iter(self.table.rows())
        while chunk := [self._read(row, seen) for row in islice(rows, CHUNK_ROWS)]:
            _compare_within(chunk, seen)
            yield chunk

    def _read(self, row: FileRow, seen: Seen) -> Fate:
        """What a row says on its own."""
        fate = Fate(row.number)
        if row.problem is not None:
            fate.refuse(row.problem)
            return fate
        try:
            self._make(fate, row, seen)
        except RowRefused as refusal:
            fate.refuse(refusal.problem)
        return fate

    def _make(self, fate: Fate, row: FileRow, seen: Seen) -> None:
        reason = self.reader.left_out(row.cells) if self.reader.conditions else None
        if reason is None:
            made = self._made(row, seen)
            if isinstance(made, Made):
                fate.made = made
                fate.said = said_by(made, row.number, versions="version" in self.reader.headings)
                return
            reason = made.reason
        fate.outcome, fate.problem = "left-out", RowProblem("", reason, Sentence(""))

    def _made(self, row: FileRow, seen: Seen) -> Made | LeftOut:
        fields = self.reader.fields(row.cells)
        digested = self.reader.digested
        if digested is not None and digested in fields:
            times = seen.times(fields[digested])
            if times > 1:
                fields[digested] = f"{fields[digested]}-{times}"
        if fields.get("amount") == 0 and self.reader.mapping.zero == "leave-out":
            return LeftOut(Sentence("the amount is zero"))
        return made_of(fields, self.terms, self.reader.headings)


def said_by(made: Made, row: int, *, versions: bool) -> RowSays:
    """What a row says of which item or party; of a party without the version, where the file has none."""
    event = made.event
    if isinstance(event, ItemPosted):
        open_amount = made.open_amount if made.following else None
        return RowSays.of((event.party_id, event.item_id), (event.facts, open_amount), row)
    subject = (event.party_id, event.version if versions else None)
    content = event.model_dump_json(exclude=None if versions else {"version"}, exclude_unset=True)
    return RowSays.of(subject, content, row)


def _compare_within(chunk: list[Fate], seen: Seen) -> None:
    """Refuse what contradicts an earlier row; what says the same again is there already."""
    said = [fate.said for fate in chunk if fate.outcome == "new" and fate.said is not None]
    again = seen.before(said)
    for fate in chunk if again else ():
        first = again.get(fate.row)
        if first is None or fate.said is None:
            continue
        if first.facts == fate.said.facts:
            fate.outcome = "twice"
            fate.problem = RowProblem("", Sentence("row {row} says the same", row=first.row), Sentence(""))
        else:
            fate.refuse(
                RowProblem(
                    "",
                    Sentence("Row {row} says something else of the same id.", row=first.row),
                    Sentence("Give each an id of its own, or make one row of the two."),
                )
            )


def ask_the_books(session: Session, terms: ImportTerms, chunk: Iterable[Fate]) -> None:
    """Compare the new rows of a chunk with what the ledger has."""
    new = [fate for fate in chunk if fate.outcome == "new" and fate.made is not None]
    if new and terms.kind == "parties":
        _compare_parties(session, new, terms)
    elif new:
        _compare_items(session, new)


def _compare_items(session: Session, new: list[Fate]) -> None:
    answer = session.post(LEDGER, session.within("standings/items"), asked_items([item_of(fate) for fate in new]))
    for index in answer["same"]:
        new[index].outcome = "in-books"
    for index in answer["other"]:
        item = item_of(new[index])
        new[index].refuse(
            RowProblem(
                "item_id",
                Sentence(
                    "Item {item_id} of party {party_id} is in the books with another amount, currency, kind, journal, "
                    "voucher or date.",
                    item_id=item.item_id,
                    party_id=item.party_id,
                ),
                Sentence("Items never change: post the correction under another id."),
            )
        )


def item_of(fate: Fate) -> ItemPosted:
    """The item that a row posts."""
    assert fate.made is not None, "only rows that become something are asked about"
    assert isinstance(fate.made.event, ItemPosted), "only items are asked about as such"
    return fate.made.event


def asked_items(items: Iterable[ItemPosted]) -> bytes:
    """The body that asks a service how it knows these items."""
    return json.dumps(
        {
            "items": [
                {
                    "party_id": item.party_id,
                    "item_id": item.item_id,
                    "amount": item.amount,
                    "currency": item.currency,
                    "base_amount": item.base_amount,
                    "kind": item.kind,
                    "journal": item.journal,
                    "voucher": item.voucher,
                    "item_date": item.item_date.isoformat(),
                }
                for item in items
            ]
        }
    ).encode()


def _compare_parties(session: Session, new: list[Fate], terms: ImportTerms) -> None:
    parties = [fate.made.event for fate in new if fate.made is not None]
    body = b'{"parties":[' + b",".join(party.model_dump_json(exclude_unset=True).encode() for party in parties) + b"]}"
    answer = session.post(LEDGER, session.within("standings/parties"), body)
    for known in answer["known"]:
        fate, party = new[known["index"]], parties[known["index"]]
        assert isinstance(party, PartyUpdated), "a file of parties makes nothing else"
        if known["is_same"] and (party.version <= known["version"] or party.version == terms.version):
            fate.outcome = "in-books"
        elif party.version <= known["version"]:
            fate.refuse(
                RowProblem(
                    "version",
                    Sentence(
                        "Party {party_id} is in the books under version {version}, which is not older.",
                        party_id=party.party_id,
                        version=known["version"],
                    ),
                    HIGHER,
                )
            )
