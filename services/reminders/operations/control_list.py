"""The control list: a dry run that changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
from pydantic import ValidationError

from chassis.database import Connection
from chassis.errors import NotFound, Refused
from chassis.sentences import Sentence
from chassis.violations import violation_of
from read_model.parties import get_administration
from read_model.unmatched_credits import UnmatchedCredits, read_summary
from services.reminders.domain.criteria import ListForm, ListOrder, ListRequest
from services.reminders.domain.members import DebtorItem
from services.reminders.domain.profiles import ProfileBook, read_profiles
from services.reminders.domain.reasons import sentence
from services.reminders.domain.rules import rules_of
from services.reminders.store import lists
from services.reminders.store.lists import ListKey, ListScope, Shape
from services.reminders.store.runs import OutcomeFigures

PAGE_PARTIES = 1_000
"""Debtors looked at in one step of a page; a page takes as many steps as it needs, up to MAX_PAGE_STEPS."""
MAX_PAGE_STEPS = 100
HEX_DIGITS = 16
DIGEST_MASK = 2**64 - 1


@dataclass(frozen=True, slots=True)
class OpenSum:
    """Items and what is open of them in one currency."""

    currency: str
    items: int
    open_amount: int


@dataclass(frozen=True, slots=True)
class LeftOutCount:
    """How much was left out for one reason."""

    code: str
    message: str
    items: int
    totals: tuple[OpenSum, ...]


@dataclass(frozen=True, slots=True)
class ListSummary:
    """A control list in figures."""

    items: int
    parties: int
    totals: tuple[OpenSum, ...]
    left_out: tuple[LeftOutCount, ...]


@dataclass(frozen=True, slots=True)
class ListExplanation:
    """Why an item is, or is not, on the list of a day."""

    party_id: str
    item_id: str
    currency: str
    open_amount: int
    reached_level: int
    reminded_on: date | None
    listed: bool
    code: str | None
    message: str


def fingerprint_of(counted: Iterable[OutcomeFigures]) -> str:
    """Name a selection by its members: digest of who, what and how much, which a beginning of it names, and number."""
    items, digest = 0, 0
    for one in counted:
        items += one.items
        digest ^= one.digest & DIGEST_MASK
    return f"{digest:0{HEX_DIGITS}x}-{items}"


def require_control_list(request: ListRequest) -> None:
    """Refuse what only letters have (document 25.212.500: "not to be used for a control list")."""
    if request.preferences.several_reminders:
        raise Refused(
            "not-for-control-list",
            "Several reminders per debtor cannot be chosen for a control list.",
            field="preferences/several_reminders",
            remedy="Leave it out here, and choose it for the run.",
        )


def read_form(text: str) -> ListForm:
    """What a list is asked for, out of JSON; raises Refused, which names the field."""
    try:
        return ListForm.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Refused(
            "invalid-request",
            "The request is not valid: {msg}",
            msg=violation_of(first),
            field="/".join(map(str, ("request", *first["loc"]))),
            remedy="Send what POST /control-list takes, as JSON.",
        ) from error


async def read_book(connection: Connection, administration: str) -> ProfileBook:
    """The administration's reminder profiles; NotFound when it is not configured."""
    return read_profiles((await get_administration(connection, administration)).reminder_profiles)


async def read_scope(
    connection: Connection, administration: str, request: ListRequest, *, elsewhere: bool = True
) -> ListScope:
    """The debtors of the administration under the rules of the request: those that it names, or (`elsewhere`) all."""
    scope = ListScope(administration, rules_of(request, await read_book(connection, administration)))
    return scope if elsewhere else scope.asked_only()


async def summarise_list(connection: Connection, administration: str, request: ListRequest) -> ListSummary:
    """Count a control list, and what is not on it, by reason."""
    require_control_list(request)
    await lists.plan_for_values(connection)
    scope = await read_scope(connection, administration, request)
    rows = await lists.count_listed(connection, scope)
    listed = [row for row in rows if row["reason"] is None]
    parties = sum(row["parties"] for row in listed)
    if len(listed) > 1:
        parties = await lists.count_listed_parties(connection, scope)
    return ListSummary(
        items=sum(row["items"] for row in listed),
        parties=parties,
        totals=totals_of(listed),
        left_out=left_out_of(rows),
    )


async def unmatched_of_list(connection: Connection, administration: str, request: ListRequest) -> UnmatchedCredits:
    """What credits lie unmatched of the debtors on a control list."""
    await lists.plan_for_values(connection)
    scope = await read_scope(connection, administration, request)
    return read_summary(await lists.unmatched_of_list(connection, scope))


def totals_of(rows: Sequence[asyncpg.Record | dict[str, Any]]) -> tuple[OpenSum, ...]:
    """Items and open amount of each currency, of rows that have one each."""
    return tuple(OpenSum(row["currency"], row["items"], row["open_amount"]) for row in rows)


def left_out_of(rows: Sequence[asyncpg.Record | dict[str, Any]]) -> tuple[LeftOutCount, ...]:
    """What was left out, by reason."""
    by_reason: dict[str, list[asyncpg.Record | dict[str, Any]]] = {}
    for row in rows:
        if row["reason"] is not None:
            by_reason.setdefault(row["reason"], []).append(row)
    return tuple(
        LeftOutCount(code, sentence(code), sum(row["items"] for row in found), totals_of(found))
        for code, found in sorted(by_reason.items())
    )


async def page_of_list(
    connection: Connection, scope: ListScope, shape: Shape, after: ListKey | None, limit: int
) -> tuple[list[asyncpg.Record], ListKey | None]:
    """At most `limit` items after a key, and the key after which the list goes on (None at its end).

    In the order of debtors, only as many debtors as the page needs are looked at; a page may then hold fewer items than
    `limit` although the list goes on. Every other order looks at the whole list.
    """
    await lists.plan_for_values(connection)
    if shape.report != ListOrder() or not scope.is_whole:
        rows = await lists.fetch_list(connection, scope, shape, after, limit + 1)
        return rows[:limit], key_of(rows[limit - 1]) if len(rows) > limit else None
    return await _page_by_debtor(connection, scope, shape, after, limit)


async def _page_by_debtor(
    connection: Connection, scope: ListScope, shape: Shape, after: ListKey | None, limit: int
) -> tuple[list[asyncpg.Record], ListKey | None]:
    found: list[asyncpg.Record] = []
    first = after.party_id if after else ""
    for _ in range(MAX_PAGE_STEPS):
        last = await lists.last_of_next_parties(connection, scope.administration, first, PAGE_PARTIES)
        step = ListScope(scope.administration, scope.rules, first, last or first)
        found += await lists.fetch_list(connection, step, shape, after, limit + 1 - len(found))
        if len(found) > limit:
            return found[:limit], key_of(found[limit - 1])
        if last is None:
            return found, None
        first = lists.following(last)
    return found, ListKey("", "", first, "")


def key_of(row: asyncpg.Record) -> ListKey:
    """Where a row stands in its list."""
    return ListKey(row["group_key"], row["sort_key"], row["party_id"], row["item_id"])


async def explain(
    connection: Connection, administration: str, member: DebtorItem, request: ListRequest
) -> ListExplanation:
    """Why one item is, or is not, on the list; NotFound when no such item was posted."""
    scope = await read_scope(connection, administration, request)
    row = await lists.explain_item(connection, administration, member, scope.rules)
    if row is None:
        raise NotFound("unknown-item", sentence("unknown-item"), field="item_id", remedy="See the party's items.")
    code = "settled" if row["considered"] is None else row["reason"]
    return ListExplanation(
        party_id=row["party_id"],
        item_id=row["item_id"],
        currency=row["currency"],
        open_amount=row["open_amount"],
        reached_level=row["reminder_level"],
        reminded_on=row["reminded_on"],
        listed=code is None,
        code=code,
        message=sentence(code) if code else Sentence("The item is on the list."),
    )
