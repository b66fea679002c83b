"""Match requests: a batch is locked, loaded, decided one by one and booked at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from uuid import UUID

from chassis.consuming.handling import Handled, Received, Waiting
from chassis.database import Connection
from chassis.errors import Refused
from chassis.outbox import publish
from contracts.matching import MatchRejected
from contracts.operators import AdministrationConfigured
from contracts.writeoff import MatchRequested
from read_model.parties import find_administration
from services.matching.domain.authority import check_contra
from services.matching.domain.booking import BookingWish, check_booking
from services.matching.domain.ledger import Entry, ItemKey, LedgerItem, MatchKey, PartyKey
from services.matching.domain.requests import RequestRefused, check_days, check_open, decide_request, match_id_of
from services.matching.domain.reversals import StoredMatch, reverse, stored
from services.matching.store import items as item_store
from services.matching.store import matches as match_store


@dataclass(slots=True)
class RequestBatch:
    """The ledger as a batch of requests sees it; open amounts follow each decision."""

    configurations: dict[str, AdministrationConfigured | None]
    accounts: dict[PartyKey, dict[str, LedgerItem]]
    """Items by id, a party's apart from those of others: a decision looks at no other party's."""
    matches: dict[UUID, StoredMatch]
    users: dict[ItemKey, dict[UUID, None]]
    """Matches in force, in their order, on the remainders that the batch's reversals would close."""
    busy: set[PartyKey] = field(default_factory=set)
    """Parties of more than one request."""
    entries: dict[UUID, Entry] = field(default_factory=dict)
    rejections: list[MatchRejected] = field(default_factory=list)
    answered: Mapping[UUID, bool] = field(default_factory=dict)
    """Requests that others come after: whether each had an effect, where it was answered before this batch."""

    def had_effect(self, request_id: UUID) -> bool | None:
        """Whether a request made a match, here or before; None while it was not answered."""
        if match_id_of(request_id) in self.entries:
            return True
        if any(rejection.request_id == request_id for rejection in self.rejections):
            return False
        return self.answered.get(request_id)

    def items_of(self, request: MatchRequested) -> dict[str, LedgerItem]:
        """The items of the request's party that the batch knows, by item id."""
        return self.accounts.get(_party_of(request), {})

    def match_of(self, request: MatchRequested) -> StoredMatch | None:
        """The match that a reversal names, in the ledger or in this batch, if the party has it."""
        if request.reversal_of is None:
            return None
        entry = self.entries.get(request.reversal_of)
        match = self.matches.get(request.reversal_of) or (stored(entry) if entry else None)
        is_own = match and PartyKey(match.administration, match.party_id) == _party_of(request)
        return match if is_own else None

    def book(self, entry: Entry) -> None:
        """Remember a match, so that the next request of the party sees what it left open."""
        self.entries[entry.match_id] = entry
        party = PartyKey(entry.administration, entry.party_id)
        if party not in self.busy:
            return
        account = self.accounts[party]
        for line in entry.lines:
            item = account[line.item_id]
            base = item.open_base_amount
            if base is not None and line.base_amount is not None:
                base += line.base_amount
            given_back_on = item.given_back_on
            if entry.reversal_of is not None:
                given_back_on = max(given_back_on or date.min, entry.booking.match_date)
            account[line.item_id] = item._replace(
                open_amount=line.open_amount, open_base_amount=base, given_back_on=given_back_on
            )
            users = self.users.setdefault(item.key, {})
            if entry.reversal_of is None:
                users[entry.match_id] = None
            else:
                users.pop(entry.reversal_of, None)

    def users_of_remainder(self, match: StoredMatch) -> list[UUID]:
        """The matches in force on the remainder that a match made."""
        return list(self.users.get(match.remainder_key, ())) if match.remainder_key else []


def _party_of(request: MatchRequested) -> PartyKey:
    return PartyKey(request.administration, request.party_id)


async def take_requests(connection: Connection, received: Sequence[Received[MatchRequested]]) -> Handled:
    """Settle what is asked and can be settled, reject the rest with the reason; each request has one effect."""
    await item_store.lock_parties(connection, ((r.event.administration, r.event.party_id) for r in received))
    new = await _unanswered(connection, received)
    if not new:
        return Handled()
    batch = await _load(connection, [entry.event for entry in new])
    outcome = Handled()
    for entry in new:
        missing = _missing(batch, entry.event)
        if missing and not entry.overdue:
            outcome.waiting.append(Waiting(entry, missing))
        else:
            _decide(batch, entry.event)
    entries = list(batch.entries.values())
    await match_store.append_matches(connection, entries)
    await publish(connection, *batch.rejections)
    await match_store.answer_requests(connection, entries, batch.rejections)
    return outcome


async def settle_at_once(connection: Connection, request: MatchRequested) -> Entry:
    """A request that a person makes and waits for; raises Refused instead of publishing a rejection.

    The person saw what is open: Conflict when it is less by now, where a message would settle what is left.
    """
    await item_store.lock_parties(connection, [(request.administration, request.party_id)])
    batch = await _load(connection, [request])
    check_open(request, batch.items_of(request))
    check_days(request, batch.items_of(request))
    entry = _entry_of(batch, request)
    configuration = batch.configurations[request.administration]
    assert configuration is not None, "without one no entry is made"
    check_contra(entry, configuration)
    await match_store.append_matches(connection, [entry])
    await match_store.answer_requests(connection, [entry], [])
    return entry


async def _unanswered(
    connection: Connection, received: Sequence[Received[MatchRequested]]
) -> list[Received[MatchRequested]]:
    answered = await match_store.answered_requests(connection, [entry.event for entry in received])
    first: dict[UUID, Received[MatchRequested]] = {}
    for entry in received:
        if entry.event.request_id not in answered:
            first.setdefault(entry.event.request_id, entry)
    return list(first.values())


async def _load(connection: Connection, requests: Sequence[MatchRequested]) -> RequestBatch:
    configurations = {
        administration: await find_administration(connection, administration)
        for administration in sorted({request.administration for request in requests})
    }
    matches = await match_store.load_matches(
        connection,
        [
            MatchKey(request.administration, request.party_id, request.reversal_of)
            for request in requests
            if request.reversal_of
        ],
    )
    keys = [(request.administration, request.party_id, line.item_id) for request in requests for line in request.lines]
    for match in matches.values():
        keys += match.touched_keys
    remainders = [match.remainder_key for match in matches.values() if match.remainder_key]
    asked = Counter(map(_party_of, requests))
    busy = {party for party, count in asked.items() if count > 1}
    used = await match_store.matches_using(connection, remainders)
    users = {key: dict.fromkeys(matches_in_force) for key, matches_in_force in used.items()}
    accounts: dict[PartyKey, dict[str, LedgerItem]] = defaultdict(dict)
    for item in (await item_store.load_items(connection, keys)).values():
        accounts[item.party][item.item_id] = item
    earlier = [
        (request.administration, request.party_id, request.only_after) for request in requests if request.only_after
    ]
    answered = await match_store.effects_of_requests(connection, earlier)
    return RequestBatch(configurations, dict(accounts), matches, users, busy, answered=answered)


def _missing(batch: RequestBatch, request: MatchRequested) -> str | None:
    if batch.configurations[request.administration] is None:
        return f"administration {request.administration}"
    if request.reversal_of and batch.match_of(request) is None:
        return f"match {request.reversal_of}"
    if request.only_after and batch.had_effect(request.only_after) is None:
        return f"request {request.only_after}"
    items = batch.items_of(request)
    unknown = (line.item_id for line in request.lines if line.item_id not in items)
    return next((f"item {item_id}" for item_id in unknown), None)


def _decide(batch: RequestBatch, request: MatchRequested) -> None:
    try:
        batch.book(_entry_of(batch, request))
    except Refused as refusal:
        batch.rejections.append(_rejection(request, refusal))


def _entry_of(batch: RequestBatch, request: MatchRequested) -> Entry:
    configuration = batch.configurations[request.administration]
    if configuration is None:
        raise Refused(
            "unknown-administration",
            "No administration {request.administration} is configured.",
            request=request,
            field="administration",
            remedy="Configure it first.",
        )
    _check_earlier(batch, request)
    if request.method != "reversal":
        return decide_request(request, batch.items_of(request), configuration)
    match = batch.match_of(request)
    if match is None:
        raise Refused(
            "unknown-match",
            "The party has no match {request.reversal_of}.",
            request=request,
            field="reversal_of",
            remedy="See the matches of the party.",
        )
    wish = BookingWish(
        match_date=request.date,
        journal=match.journal,
        employee=request.employee,
        fiscal_year=request.fiscal_year,
        period=request.period,
        note=request.note,
        request_id=request.request_id,
    )
    booking = check_booking(wish, configuration, journal_types="AM")
    users = batch.users_of_remainder(match)
    entry = reverse(match, batch.items_of(request), booking, match_id_of(request.request_id), users)
    # A second reversal in the same batch must find the first.
    batch.matches[match.match_id] = replace(match, reversed_by=entry.match_id)
    return entry


def _check_earlier(batch: RequestBatch, request: MatchRequested) -> None:
    """Raise Refused where the request that this one comes after had no effect."""
    if request.only_after and not batch.had_effect(request.only_after):
        raise Refused(
            "earlier-request-refused",
            "Request {request.only_after}, after which this one was to come, had no effect.",
            request=request,
            field="only_after",
            remedy="Ask again without it, if this is wanted all the same.",
        )


def _rejection(request: MatchRequested, refusal: Refused) -> MatchRejected:
    return MatchRejected(
        administration=request.administration,
        party_id=request.party_id,
        request_id=request.request_id,
        code=refusal.code,
        message=refusal.message,
        field=refusal.field,
        items=tuple(refusal.items) if isinstance(refusal, RequestRefused) else (),
        employee=request.employee,
        recorded_at=datetime.now(UTC),
    )
