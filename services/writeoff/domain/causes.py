"""Causes of automatic write-offs: what each event of the library comes to, item by item, and why (Wise, seed 004).

CAUSES is the one table of them: who takes which topic, what a dry run may be given, and how rules are called in words
all follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from chassis.ids import derived_id
from chassis.sentences import Sentence
from contracts.event import PartyEvent
from contracts.library import (
    BailiffReferred,
    BorrowerEnrolled,
    CheckinCancelled,
    MaterialReturned,
    SubscriptionCancelled,
)
from contracts.operators import RuleName
from services.writeoff.domain.books import ON_NOTE, Books
from services.writeoff.domain.requests import Item
from services.writeoff.domain.rules import (
    REQUESTS_OF_RULES,
    DaysOfContribution,
    ItemReference,
    Proposal,
    split_contribution,
    whole_item,
)

INVOICED = frozenset({"invoiced", "reminded", "bailiff"})
"""A contribution that was reminded was invoiced before."""

CauseEvent: TypeAlias = PartyEvent
"""An event of one of the kinds in CAUSES."""
E = TypeVar("E", bound=PartyEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseKind(Generic[E]):
    """A kind of event of the library that leads to write-offs. Adding one: docs/recipes/add-a-write-off-rule.md."""

    event: type[E]
    """Its contract."""
    rules: Mapping[RuleName, Sentence]
    """The rules that it may come to, in words."""
    day: Callable[[E], date]
    """When it happened."""
    key: Callable[[E], str]
    """What names it among those of its topic and party, however often it is told."""
    asks_under: Callable[[E], str] | None = None
    """What names its requests, where that is less than its key: told in parts, it asks once for an item in two."""
    names: Callable[[E, Books], list[ItemReference]]
    """What it calls the items that it concerns; nothing when it can come to nothing, whatever is posted."""
    propose: Callable[[E, Iterable[Item], Books], Iterable[Proposal]]
    """What it comes to for those of the items that it concerns, in their order."""


def cause_key_of(event: CauseEvent) -> str:
    """By which a cause is known again among those of its topic and party, however often it is told."""
    return kind_of(event).key(event)


def day_of(event: CauseEvent) -> date:
    """The day on which it happened."""
    return kind_of(event).day(event)


def request_id_of(event: CauseEvent, item_id: str, attempt: str = "") -> UUID:
    """The id of the request for one item; `attempt` names what made a second look necessary."""
    kind = kind_of(event)
    key = (kind.asks_under or kind.key)(event)
    return derived_id(
        REQUESTS_OF_RULES, f"{event.administration}\x1f{event.party_id}\x1f{event.topic}\x1f{key}\x1f{item_id}{attempt}"
    )


def names_in(event: CauseEvent, books: Books) -> list[ItemReference]:
    """What the event calls the party's items by."""
    return kind_of(event).names(event, books)


def propose(event: CauseEvent, items: Iterable[Item], books: Books) -> list[Proposal]:
    """What the event comes to for the party's items, as far as they are known, in their order."""
    return list(kind_of(event).propose(event, items, books))


def kind_of(event: CauseEvent) -> CauseKind[Any]:
    """The row of the event; looked up by its own type, for a chain of instance checks costs more than the rule."""
    return _BY_EVENT[type(event)]


def _key_of_referral(event: BailiffReferred) -> str:
    items = blake2b("\x1f".join(sorted(event.item_ids)).encode(), digest_size=8).hexdigest()
    return f"{event.dossier_id}:{items}"


def _bailiff_referred(event: BailiffReferred, items: Iterable[Item], books: Books) -> Iterator[Proposal]:
    referred = set(event.item_ids)
    return (whole_item(item, "bailiff", books) for item in items if item.item_id in referred)


def _checkin_cancelled(event: CheckinCancelled, items: Iterable[Item], books: Books) -> Iterator[Proposal]:
    for item in items:
        if item.checkin_id == event.checkin_id and item.kind == "fine":
            yield whole_item(item, "checkin-cancelled", books)


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
        yield split_contribution(
            item, DaysOfContribution(event.period_start, event.period_end), event.cancelled_on, books
        )


def _overlap(start: date, end: date, event: SubscriptionCancelled) -> bool:
    return start <= event.period_end and event.period_start <= end


def _material_returned(event: MaterialReturned, items: Iterable[Item], books: Books) -> Iterator[Proposal]:
    """The compensation for the material, and its fine and processing fee as configured: those on the note, or all."""
    charges = [item for item in items if item.amount > 0]
    is_alone = all(
        _concerns(item, event) for item in charges if item.kind == "material" and item.note_id == event.note_id
    )
    takes = books.takes_with_material()
    for item in charges:
        wish = takes.get(item.kind, "never")
        if wish == "never" or (item.note_id != event.note_id and (wish == ON_NOTE or item.kind == "material")):
            continue
        names_something = item.material_id is not None or item.loan_id is not None
        concerned = _concerns(item, event) if names_something else item.kind == "fine" and is_alone
        if concerned:
            yield whole_item(item, "material-returned", books)


def _names_of_material(event: MaterialReturned, books: Books) -> list[ItemReference]:
    names = [ItemReference(note_id=event.note_id)]
    if "always" in books.takes_with_material().values():
        names.append(ItemReference(loan_id=event.loan_id, material_id=event.material_id))
    return names


def _concerns(item: Item, event: MaterialReturned) -> bool:
    if item.material_id is not None:
        return item.material_id == event.material_id
    return item.loan_id is not None and item.loan_id == event.loan_id


def _borrower_enrolled(event: BorrowerEnrolled, items: Iterable[Item], books: Books) -> Iterator[Proposal]:
    if not is_valid_elsewhere(event, books):
        return
    for item in items:
        if item.kind == "contribution" and item.subscription_id == event.subscription_id:
            yield whole_item(item, "enrolled-elsewhere", books)


def is_valid_elsewhere(event: BorrowerEnrolled, books: Books) -> bool:
    """Whether the borrower held a valid subscription in another library of the group on the day of enrolment."""
    group = books.configuration.cooperation_group
    if event.cooperation_group is not None and group is not None and event.cooperation_group != group:
        return False
    return any(
        held.administration != event.administration and held.valid_from <= event.enrolled_on <= held.valid_until
        for held in event.elsewhere
    )


CAUSES: tuple[CauseKind[Any], ...] = (
    CauseKind(
        event=SubscriptionCancelled,
        rules={
            "subscription-elapsed": Sentence("A subscription is cancelled: what is open for the months gone by."),
            "subscription-remaining": Sentence("A subscription is cancelled: what is open for the months still valid."),
        },
        day=attrgetter("cancelled_on"),
        key=lambda event: f"{event.subscription_id}:{event.period_start}",
        names=lambda event, _: [ItemReference(subscription_id=event.subscription_id)],
        propose=_subscription_cancelled,
    ),
    CauseKind(
        event=MaterialReturned,
        rules={"material-returned": Sentence("Material that stands on a note comes back.")},
        day=attrgetter("returned_on"),
        key=lambda event: f"{event.note_id}:{event.material_id}",
        names=_names_of_material,
        propose=_material_returned,
    ),
    CauseKind(
        event=CheckinCancelled,
        rules={"checkin-cancelled": Sentence("A check-in that charged a late fee is cancelled.")},
        day=attrgetter("cancelled_on"),
        key=lambda event: str(event.checkin_id),
        names=lambda event, _: [ItemReference(checkin_id=event.checkin_id)],
        propose=_checkin_cancelled,
    ),
    CauseKind(
        event=BorrowerEnrolled,
        rules={"enrolled-elsewhere": Sentence("A borrower enrols who is a member of another library of the group.")},
        day=attrgetter("enrolled_on"),
        key=lambda event: str(event.subscription_id),
        names=lambda event, books: (
            [ItemReference(subscription_id=event.subscription_id)] if is_valid_elsewhere(event, books) else []
        ),
        propose=_borrower_enrolled,
    ),
    CauseKind(
        event=BailiffReferred,
        rules={"bailiff": Sentence("The bailiff takes an item over.")},
        day=attrgetter("referred_on"),
        key=_key_of_referral,
        asks_under=attrgetter("dossier_id"),
        names=lambda event, _: [ItemReference(item_id=item_id) for item_id in event.item_ids],
        propose=_bailiff_referred,
    ),
)
_BY_EVENT: dict[type[PartyEvent], CauseKind[Any]] = {kind.event: kind for kind in CAUSES}
CAUSE_TOPICS = tuple(kind.event.topic for kind in CAUSES)
"""The topics of the library on which causes come, in the order in which a batch's are applied."""
