"""Automatic rules: how they are configured, what an event would come to, what came of each, and why."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, Json, JsonValue, ValidationError

from chassis.errors import Conflict, Refused
from chassis.http import DEFAULT_LIMIT, Administration, Keyset, Page, RequestBody, Told, View, shown_as, whole
from chassis.service import Runtime
from chassis.violations import violation_of
from contracts.operators import DEFAULT_GIVE_BACK, RuleName
from services.writeoff.domain.books import Books
from services.writeoff.domain.causes import CAUSE_TOPICS
from services.writeoff.domain.every_rule import rules_in_words
from services.writeoff.domain.rules import Proposal
from services.writeoff.operations.books import current_books
from services.writeoff.operations.causes import cause_event, dry_run
from services.writeoff.store import rules as store

if TYPE_CHECKING:
    CauseTopic = str
else:
    CauseTopic = Literal[CAUSE_TOPICS]
"""The topics of the table of causes; nothing that checks types reads a literal that is made."""
Text = Annotated[str | None, Field(max_length=200)]


class RuleView(View):
    """How a rule is configured; `configured` is false where the product's default holds."""

    rule: str
    journal: str
    enabled: bool
    months: int | None
    give_back: str | None = Field(description="Of what it takes, whether what was paid is given back")
    late_fine: str | None = Field(description="Whether it goes with material that comes back")
    processing_fee: str | None = Field(description="Whether it goes with material that comes back")
    configured: bool
    meaning: Told = Field(description="When it writes what off")


class DryRun(RequestBody):
    """An event of the library, as it would come on its topic."""

    topic: CauseTopic
    data: dict[str, JsonValue]


class DryRunItem(View):
    """What an event would come to for one item: parts on journals, or why nothing."""

    item_id: str
    rule: str
    code: str
    message: Told
    currency: str | None = Field(description="Null where there are no parts")
    parts: dict[str, int] = Field(description="Minor units per journal")
    settled_amount: int
    paid_amount: int | None
    waived_amount: int
    credit_code: str | None


class CauseView(View):
    """A remembered event; `items` is how many items it concerned."""

    party_id: str
    topic: str
    cause_key: str
    origin: str
    date: date
    event: Json[Any]
    event_id: str
    received_at: datetime
    items: int


class RuleOutcome(View):
    """What a cause came to for one item. `settled_amount` was settled before.

    Of it `paid_amount` was money (null where nobody knows) and `waived_amount` was never paid; the rest was settled by
    other credits. `credited_amount` was given back: it stands open as a credit. `credit_code` says why it was not: by
    the rule, for what stands in the way, or because the ledger refused.
    """

    party_id: str
    topic: str
    cause_key: str
    item_id: str
    rule: str
    code: str
    message: Told
    request_id: UUID | None
    settled_amount: int
    paid_amount: int | None
    waived_amount: int
    credited_amount: int
    credit_code: str | None
    currency: str
    evaluated_at: datetime


class CausePage(BaseModel):
    """Which causes are asked for."""

    party_id: Text = None
    limit: Annotated[int, Field(ge=1, le=1000)] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=2048)] = None


class OutcomePage(CausePage):
    """Which outcomes are asked for; `settled` only where money had settled something before."""

    topic: Text = None
    cause_key: Text = None
    code: Text = None
    settled: bool = False


_CAUSES = Keyset("causes", store.CausePlace)
_OUTCOMES = Keyset("rule-outcomes", store.RuleOutcomePlace)


def rule_router(runtime: Runtime) -> APIRouter:
    """Configuration, dry run and traces of the automatic rules."""
    router = APIRouter()

    @router.get("/rules")
    async def rules(administration: Administration) -> Page[RuleView]:
        """Every rule with its journal, as configured or as the product has it."""
        async with runtime.database.snapshot() as connection:
            books = await current_books(connection, administration)
        return whole(
            RuleView(**_as_it_stands(name, books), configured=name in books.rules, meaning=words)
            for name, words in rules_in_words().items()
        )

    @router.post("/rules/dry-run")
    async def dry_run_of(administration: Administration, body: DryRun) -> Page[DryRunItem]:
        """What an event would come to now, item by item; changes nothing."""
        try:
            event = cause_event(body.topic, {**body.data, "administration": administration})
        except ValidationError as error:
            first = error.errors()[0]
            where = "/".join(str(part) for part in first["loc"])
            raise Refused(
                "invalid-event",
                "{violation}",
                violation=violation_of(first),
                field=f"data/{where}",
                remedy="Mend the event.",
            ) from error
        async with runtime.database.snapshot() as connection:
            proposals = await dry_run(connection, event)
        if not proposals:
            raise Conflict(
                "no-item-concerned",
                "No posted item is concerned by this event.",
                field="data",
                remedy="It would be remembered, and looked at again when such an item is posted.",
            )
        return whole(map(_explained, proposals))

    _add_traces(router, runtime)
    return router


def _as_it_stands(name: RuleName, books: Books) -> dict[str, Any]:
    """A rule with what holds where the configuration says nothing."""
    rule = books.rule(name).model_dump()
    rule["give_back"] = rule["give_back"] or DEFAULT_GIVE_BACK.get(name, "never")
    if name == "material-returned":
        takes = books.takes_with_material()
        rule |= {"late_fine": takes["fine"], "processing_fee": takes["other"]}
    return rule


def _explained(proposal: Proposal) -> DryRunItem:
    return DryRunItem(
        item_id=proposal.item_id,
        rule=proposal.rule,
        code=proposal.code,
        message=proposal.message,
        currency=next((line.currency for line in proposal.lines), None),
        parts={line.journal: line.amount for line in proposal.lines},
        settled_amount=proposal.settled_amount,
        paid_amount=proposal.parts.paid if proposal.parts else 0,
        waived_amount=proposal.parts.waived if proposal.parts else 0,
        credit_code=proposal.kept_code,
    )


def _add_traces(router: APIRouter, runtime: Runtime) -> None:
    @router.get("/causes")
    async def causes(administration: Administration, page: Annotated[CausePage, Query()]) -> Page[CauseView]:
        """Events that rules react to, as they are remembered."""
        after = _CAUSES.decode(page.cursor) or store.CausePlace("", "", "")
        async with runtime.database.snapshot() as connection:
            rows = await store.list_causes(connection, administration, page.party_id, after, page.limit + 1)
        return _CAUSES.page(
            rows,
            page.limit,
            key=lambda row: store.CausePlace(row["party_id"], row["topic"], row["cause_key"]),
            show=shown_as(CauseView),
        )

    @router.get("/rule-outcomes")
    async def outcomes(administration: Administration, page: Annotated[OutcomePage, Query()]) -> Page[RuleOutcome]:
        """What causes came to, item by item: asked, or why not."""
        after = _OUTCOMES.decode(page.cursor) or store.RuleOutcomePlace("", "", "", "")
        wanted = (page.party_id, page.topic, page.cause_key, page.code, page.settled)
        which = store.WhichOutcomes(administration, *wanted)
        async with runtime.database.snapshot() as connection:
            rows = await store.list_rule_outcomes(connection, which, after, page.limit + 1)
        return _OUTCOMES.page(
            rows,
            page.limit,
            key=lambda row: store.RuleOutcomePlace(row["party_id"], row["topic"], row["cause_key"], row["item_id"]),
            show=shown_as(RuleOutcome),
        )
