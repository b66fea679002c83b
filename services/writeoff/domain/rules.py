"""Automatic write-offs: what each event of the library comes to, item by item, and why (Wise, seed 004)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from hashlib import blake2b
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from chassis.ids import derived_id
from chassis.sentences import Sentence
from contracts.library import (
    BailiffReferred,
    BorrowerEnrolled,
    CheckinCancelled,
    MaterialReturned,
    SubscriptionCancelled,
)
from contracts.operators import RuleName
from services.writeoff.domain.books import Books
from services.writeoff.domain.months import split_by_months
from services.writeoff.domain.requests import Item, Line

REQUESTS_OF_RULES = UUID("5a4e3c52-8f0b-5d53-9c36-0d2d6d0a2b31")
"""Namespace of the ids of requests that rules make: the same cause asks for the same item once."""
AUTOMATIC = "automatic"
"""The employee behind what nobody in particular caused."""
INVOICED = frozenset({"invoiced", "reminded", "bailiff"})
"""A contribution that was reminded was invoiced before."""

CauseEvent: TypeAlias = SubscriptionCancelled | MaterialReturned | CheckinCancelled | BorrowerEnrolled | BailiffReferred


class Name(NamedTuple):
    """One of the ids by which an event calls items."""

    subscription_id: str | None = None
    note_id: str | None = None
    checkin_id: str | None = None
    item_id: str | None = None


class Proposal(NamedTuple):
    """What a rule makes of one item: lines to ask for, or with `code` and `message` why there are none."""

    item_id: str
    rule: RuleName
    lines: tuple[Line, ...] = ()
    code: str = "asked"
    message: str = ""
    settled_amount: int = 0


def cause_key_of(event: CauseEvent) -> str:
    """What names a cause among those of its topic and party, however often it is told."""
    return _KEYS[type(event)](event)


def _key_of_referral(event: BailiffReferred) -> str:
    items = blake2b("\x1f".join(sorted(event.item_ids)).encode(), digest_size=8).hexdigest()
    return f"{event.dossier_id}:{items}"


def day_of(event: CauseEvent) -> date:
    """The day on which it happened."""
    return _DAYS[type(event)](event)


def request_id_of(event: CauseEvent, item_id: str) -> UUID:
    """The id of the request for one item: a referral told in two parts asks once for an item that is in both."""
    key = event.dossier_id if type(event) is BailiffReferred else cause_key_of(event)
    return derived_id(
        REQUESTS_OF_RULES, f"{event.administration}\x1f{event.party_id}\x1f{event.topic}\x1f{key}\x1f{item_id}"
    )


def names_in(event: CauseEvent, books: Books) -> list[Name]:
    """What the event calls the party's items by; nothing when it can come to nothing, whatever is posted."""
    return _NAMES[type(event)](event, books)


def propose(event: CauseEvent, items: Iterable[Item], books: Books) -> list[Proposal]:
    """What the event comes to for the party's items, as far as they are known, in their order."""
    return list(_PROPOSALS[type(event)](event, items, books))


def _bailiff_referred(event: BailiffReferred, items: Iterable[Item], books: Books) -> Iterator[Proposal]:
    referred = set(event.item_ids)
    return (_whole(item, "bailiff", books) for item in items if item.item_id in referred)


def _checkin_cancelled(event: CheckinCancelled, items: Iterable[Item], books: Books) -> Iterator[Proposal]:
    for item in items:
        if item.checkin_id == event.checkin_id and item.kind == "fine":
            yield _whole(item, "checkin-cancelled", books)


def _whole(item: Item, rule: RuleName, books: Books) -> Proposal:
    """All that is open of an item, on the rule's journal."""
    configured = books.rule(rule)
    settled = item.amount - item.open_amount
    if not configured.enabled:
        return Proposal(
            item_id=item.item_id,
            rule=rule,
            code="rule-disabled",
            message=Sentence("The rule {rule} is switched off.", rule=rule),
        )
    if item.open_amount == 0:
        return Proposal(
            item_id=item.item_id,
            rule=rule,
            code="nothing-open",
            message=Sentence("Nothing of the item is open: what was settled stays with the party."),
            settled_amount=settled,
        )
    line = _line(item, configured.journal, item.open_amount)
    return Proposal(item_id=item.item_id, rule=rule, lines=(line,), settled_amount=settled)


def _line(item: Item, journal: str, amount: int) -> Line:
    return Line(
        item_id=item.item_id,
        journal=journal,
        currency=item.currency,
        amount=amount,
        approved_open_amount=item.open_amount,
    )


def _subscription_cancelled(event: SubscriptionCancelled, items: Iterable[Item], books: Books) -> Iterator[Proposal]:
    for item in items:
        if item.kind != "contribution" or item.subscription_id != event.subscription_id:
            continue
        if item.period_start and item.period_end and not _overlap(item.period_start, item.period_end, event):
            continue
        if item.open_amount != 0 and item.status not in INVOICED:
            yield Proposal(
                item_id=item.item_id,
                rule="subscription-elapsed",
                code="not-invoiced",
                message=Sentence("The contribution is not invoiced yet."),
            )
            continue
        yield split_contribution(item, (event.period_start, event.period_end), event.cancelled_on, books)


def _overlap(start: date, end: date, event: SubscriptionCancelled) -> bool:
    return start <= event.period_end and event.period_start <= end


def split_contribution(item: Item, period: tuple[date, date], cancelled_on: date, books: Books) -> Proposal:
    """What is open of a cancelled contribution, on A910 for the months gone by and on A911 for the others."""
    elapsed, remaining = books.rule("subscription-elapsed"), books.rule("subscription-remaining")
    if item.open_amount == 0 or not (elapsed.enabled or remaining.enabled):
        return _whole(item, "subscription-elapsed", books)
    parts = split_by_months(item.open_amount, *period, cancelled_on)
    lines = tuple(
        _line(item, rule.journal, amount)
        for rule, amount in zip((elapsed, remaining), parts, strict=True)
        if amount and rule.enabled
    )
    return Proposal(
        item_id=item.item_id,
        rule="subscription-elapsed" if parts[0] else "subscription-remaining",
        lines=_merged(lines),
        settled_amount=item.amount - item.open_amount,
    )


def _merged(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Parts that are configured to go on the same journal are one line."""
    by_journal: dict[str, Line] = {}
    for line in lines:
        known = by_journal.get(line.journal)
        amount = line.amount + (known.amount if known else 0)
        by_journal[line.journal] = Line(
            item_id=line.item_id,
            journal=line.journal,
            currency=line.currency,
            amount=amount,
            approved_open_amount=line.approved_open_amount,
        )
    return tuple(by_journal.values())


def _material_returned(event: MaterialReturned, items: Iterable[Item], books: Books) -> Iterator[Proposal]:
    """The compensation for the material, and its fine where that stands on the same note."""
    on_note = [item for item in items if item.note_id == event.note_id and item.amount > 0]
    is_alone = all(_concerns(item, event) for item in on_note if item.kind == "material")
    for item in on_note:
        names_something = item.material_id is not None or item.loan_id is not None
        concerned = _concerns(item, event) if names_something else item.kind == "fine" and is_alone
        if concerned and item.kind in {"material", "fine"}:
            yield _whole(item, "material-returned", books)


def _concerns(item: Item, event: MaterialReturned) -> bool:
    if item.material_id is not None:
        return item.material_id == event.material_id
    return item.loan_id is not None and item.loan_id == event.loan_id


def _borrower_enrolled(event: BorrowerEnrolled, items: Iterable[Item], books: Books) -> Iterator[Proposal]:
    if not is_valid_elsewhere(event, books):
        return
    for item in items:
        if item.kind == "contribution" and item.subscription_id == event.subscription_id:
            yield _whole(item, "enrolled-elsewhere", books)


def is_valid_elsewhere(event: BorrowerEnrolled, books: Books) -> bool:
    """Whether the borrower held a valid subscription in another library of the group on the day of enrolment."""
    group = books.configuration.cooperation_group
    if event.cooperation_group is not None and group is not None and event.cooperation_group != group:
        return False
    return any(
        held.administration != event.administration and held.valid_from <= event.enrolled_on <= held.valid_until
        for held in event.elsewhere
    )


_KEYS: Mapping[type[Any], Callable[[Any], str]] = {
    SubscriptionCancelled: lambda event: f"{event.subscription_id}:{event.period_start}",
    MaterialReturned: lambda event: f"{event.note_id}:{event.material_id}",
    CheckinCancelled: lambda event: str(event.checkin_id),
    BorrowerEnrolled: lambda event: str(event.subscription_id),
    BailiffReferred: _key_of_referral,
}
_NAMES: Mapping[type[Any], Callable[[Any, Books], list[Name]]] = {
    SubscriptionCancelled: lambda event, _: [Name(subscription_id=event.subscription_id)],
    MaterialReturned: lambda event, _: [Name(note_id=event.note_id)],
    CheckinCancelled: lambda event, _: [Name(checkin_id=event.checkin_id)],
    BorrowerEnrolled: lambda event, books: (
        [Name(subscription_id=event.subscription_id)] if is_valid_elsewhere(event, books) else []
    ),
    BailiffReferred: lambda event, _: [Name(item_id=item_id) for item_id in event.item_ids],
}
_DAYS: Mapping[type[Any], Callable[[Any], date]] = {
    SubscriptionCancelled: attrgetter("cancelled_on"),
    MaterialReturned: attrgetter("returned_on"),
    CheckinCancelled: attrgetter("cancelled_on"),
    BorrowerEnrolled: attrgetter("enrolled_on"),
    BailiffReferred: attrgetter("referred_on"),
}
_PROPOSALS: Mapping[type[Any], Callable[[Any, Iterable[Item], Books], Iterable[Proposal]]] = {
    SubscriptionCancelled: _subscription_cancelled,
    MaterialReturned: _material_returned,
    CheckinCancelled: _checkin_cancelled,
    BorrowerEnrolled: _borrower_enrolled,
    BailiffReferred: _bailiff_referred,
}
"""Looked up by the event's own type: a chain of instance checks costs more than the rule itself."""
