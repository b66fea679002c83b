"""What the routes have in common: who is at work where, criteria in either form, sets as they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from chassis.http import View, reader_language
from chassis.identity import Actor
from chassis.service import Runtime
from read_model.today import day_at, zone_in
from services.selection.domain.catalogue import SetType
from services.selection.domain.criteria import Criteria, as_json, read_criteria
from services.selection.domain.languages import LANGUAGES, Language
from services.selection.domain.sentences import sentence
from services.selection.domain.text_form import as_text, parse
from services.selection.domain.work_scope import WorkScope
from services.selection.store.sets import StoredSet


async def scope_of(runtime: Runtime, actor: Actor, administration: str) -> WorkScope:
    """The actor at work in an administration, now and in its time zone."""
    async with runtime.database.snapshot() as connection:
        zone = await zone_in(connection, administration)
    now = datetime.now(UTC)
    return WorkScope(administration, actor.employee, now, day_at(now, zone))


class CurrencyTotalView(View):
    """A sum in one currency."""

    currency: str
    amount: int = Field(description="Minor units")


def totals_view(totals: Mapping[str, int]) -> tuple[CurrencyTotalView, ...]:
    """Sums by currency, in the order of the codes."""
    return tuple(CurrencyTotalView(currency=code, amount=amount) for code, amount in sorted(totals.items()))


CriteriaInput = Annotated[
    dict[str, Any] | str | None,
    Field(
        description="The criteria tree, or its text form such as `open_amount > 100 and age > 2 years`",
        examples=[{"all": [{"field": "open_amount", "operator": "gt", "value": 100}]}],
    ),
]


def spoken_language() -> Language:
    """The language that the running request is answered in."""
    spoken = reader_language()
    return next((tag for tag in LANGUAGES if tag == spoken), "en")


def criteria_of(given: dict[str, Any] | str | None, set_type: SetType) -> Criteria | None:
    """The tree of either form, text in the words of the reader's language or in ours; None where none was given."""
    if given is None or given in ({}, ""):
        return None
    if not isinstance(given, str):
        return read_criteria(given, set_type)
    return parse(given, set_type, spoken_language())


class CriteriaView(View):
    """Criteria as a tree, as text and as sentences."""

    criteria: dict[str, Any]
    text: str = Field(description="The compact form; it parses back to the same tree")
    sentences: dict[str, str] = Field(description=f"For people, by language: {', '.join(LANGUAGES)}")


def criteria_view(tree: Criteria, set_type: SetType) -> CriteriaView:
    """Criteria as they are shown."""
    return CriteriaView(
        criteria=as_json(tree),
        text=as_text(tree),
        sentences={language: sentence(tree, set_type, language) for language in LANGUAGES},
    )


class SetView(View):
    """A set without its members."""

    set_id: UUID
    name: str | None
    set_type: SetType
    origin: str = Field(description="criteria, union, intersection, difference, parties-of, items-of or report")
    parents: tuple[UUID, ...]
    criteria: CriteriaView | None
    selected_on: date
    maximum: int | None
    hits: int = Field(description="What the criteria found")
    cut_off: int = Field(description="Hits that the maximum left out")
    members: int = Field(description="Marked members")
    parties: int
    totals: tuple[CurrencyTotalView, ...] = Field(description="Open amounts of the marked members")
    employee: str
    created_at: datetime
    fixed: bool
    fingerprint: str | None = Field(description="Of a fixed set: names exactly these members and amounts")
    fixed_by: str | None
    fixed_at: datetime | None
    archived_at: datetime | None


_SAME = tuple(name for name in SetView.model_fields if name not in {"criteria", "cut_off", "totals"})


def set_view(found: StoredSet) -> SetView:
    """A set as it is shown."""
    tree = found.tree
    taken = min(found.hits, found.maximum) if found.maximum else found.hits
    return SetView(
        **{name: getattr(found, name) for name in _SAME},
        criteria=criteria_view(tree, found.asked_of) if tree is not None else None,
        cut_off=found.hits - taken,
        totals=totals_view(found.totals),
    )
