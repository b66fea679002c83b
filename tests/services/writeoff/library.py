"""A library's events, made short: an administration with the product's journals, items, and the ledger's answers."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from contracts.library import ItemPosted, PartyUpdated
from contracts.matching import ContraLine, ItemsMatched, MatchLine, MatchRejected
from contracts.operators import AdministrationConfigured
from contracts.selection import WriteoffRequested
from contracts.writeoff import MatchRequested

ADMINISTRATION = "bib-gent"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TODAY = NOW.date()

LABEL = {"nl": "Afboeking", "da": "Afskrivning", "en": "Write-off"}
CONTRIBUTIONS_ONLY = {"used_for": ["contributions"]}
COSTS_ONLY = {"used_for": ["other-costs"]}
SEED_JOURNALS: dict[str, dict[str, Any]] = {
    "A100": {**CONTRIBUTIONS_ONLY, "default_for": ["contributions"]},
    "A200": {**COSTS_ONLY, "default_for": ["other-costs"]},
    "A300": {},
    "A910": CONTRIBUTIONS_ONLY,
    "A911": CONTRIBUTIONS_ONLY,
    "A915": CONTRIBUTIONS_ONLY,
    "A920": COSTS_ONLY,
    "A929": COSTS_ONLY,
    "A930": COSTS_ONLY,
    "A960": CONTRIBUTIONS_ONLY,
    "A990": COSTS_ONLY,
    "K10": {"type": "K"},
    "B10": {"type": "B"},
    "V10": {"type": "V"},
    "M90": {"type": "M"},
}

WISH: dict[str, Any] = {"party_id": "P1", "lines": [{"item_id": "I1"}], "journal": "A200", "note": "Wrong branch"}
"""What a clerk wishes: an item, waived by hand."""


def configured(**changes: Any) -> AdministrationConfigured:
    """The administration; the periods of 2025 and 2026 by month, all open but January 2025."""
    ends = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    periods = [
        {
            "year": year,
            "period": month,
            "start": f"{year}-{month:02}-01",
            "end": f"{year}-{month:02}-{ends[month - 1]}",
            "open": (year, month) != (2025, 1),
        }
        for year in (2025, 2026)
        for month in range(1, 13)
    ]
    journals = [{"code": code, "type": "A", "label": LABEL, **rest} for code, rest in SEED_JOURNALS.items()]
    facts: dict[str, Any] = {
        "administration": ADMINISTRATION,
        "version": 1,
        "name": "Bibliotheek Gent",
        "country": "BE",
        "base_currency": "EUR",
        "cooperation_group": "oost-vlaanderen-1",
        "fiscal_periods": periods,
        "journals": journals,
        "gl_links": {"debtors": "4000", "write_offs": "6420"},
    }
    return AdministrationConfigured.model_validate_json(_json(facts | changes))


def books_of_today(**changes: Any) -> AdministrationConfigured:
    """The administration, with this month open whenever the test runs."""
    today = datetime.now(UTC).date()
    period = {"year": today.year, "period": today.month, "start": today.replace(day=1), "end": today.replace(day=28)}
    if today.day > 28:
        period |= {"start": today, "end": today}
    return configured(**{"fiscal_periods": [period], "time_zone": "UTC"} | changes)


def posted(item_id: str = "I1", amount: int = 1250, kind: str = "fine", **changes: Any) -> ItemPosted:
    facts: dict[str, Any] = {
        "administration": ADMINISTRATION,
        "party_id": "P1",
        "item_id": item_id,
        "kind": kind,
        "amount": amount,
        "currency": "EUR",
        "journal": "V10",
        "voucher": f"v-{item_id}",
        "item_date": "2026-10-01",
    }
    return ItemPosted.model_validate_json(_json(facts | changes))


def party(party_id: str = "P1", **changes: Any) -> PartyUpdated:
    facts = {"administration": ADMINISTRATION, "party_id": party_id, "version": 1, "kind": "debtor", "name": "Lotte"}
    return PartyUpdated.model_validate_json(_json(facts | changes))


def requested(items: Mapping[str, int], **changes: Any) -> WriteoffRequested:
    """An approved write-off of open amounts by item id, alone in its batch, on A920."""
    facts = {
        "administration": ADMINISTRATION,
        "party_id": "P1",
        "request_id": uuid4(),
        "batch_id": uuid4(),
        "batch_requests": 1,
        "journal": "A920",
        "date": TODAY,
        "lines": [{"item_id": name, "currency": "EUR", "open_amount": amount} for name, amount in items.items()],
        "employee": "e.maes",
    }
    return WriteoffRequested.model_validate_json(_json(facts | changes))


def granted(asked: MatchRequested, left: Sequence[int] = (), version: int = 1, **changes: Any) -> ItemsMatched:
    """The ledger settles all that was asked; `left` is what stays open of each item."""
    lines = [
        MatchLine(item_id=line.item_id, amount=-line.amount, open_amount=rest, version=version)
        for line, rest in zip(asked.lines, left or [0] * len(asked.lines), strict=True)
    ]
    assert asked.contra is not None
    contra = ContraLine(kind="write-off", amount=sum(line.amount for line in asked.lines), journal=asked.contra.journal)
    facts: dict[str, Any] = {
        "administration": asked.administration,
        "party_id": asked.party_id,
        "match_id": uuid5(asked.request_id, "match"),
        "method": "write-off",
        "request_id": asked.request_id,
        "currency": asked.currency,
        "date": asked.date,
        "journal": asked.journal,
        "fiscal_year": asked.date.year,
        "period": asked.date.month,
        "reason": asked.contra.journal,
        "note": asked.note,
        "employee": asked.employee,
        "recorded_at": NOW,
        "lines": tuple(lines),
        "contra_lines": (contra,),
    }
    return ItemsMatched.model_validate(facts | changes)


def reversed_match(
    match: ItemsMatched, request_id: UUID, *, version: int = 2, employee: str = "e.maes"
) -> ItemsMatched:
    """The ledger's reversal of a match: the stored amounts with the other sign."""
    return ItemsMatched.model_validate(
        match.model_dump()
        | {
            "match_id": uuid5(match.match_id, "reversal"),
            "method": "reversal",
            "reversal_of": match.match_id,
            "request_id": request_id,
            "employee": employee,
            "lines": tuple(
                MatchLine(
                    item_id=line.item_id,
                    amount=-line.amount,
                    open_amount=line.open_amount - line.amount,
                    version=version,
                )
                for line in match.lines
            ),
            "contra_lines": tuple(
                contra.model_copy(update={"amount": -contra.amount}) for contra in match.contra_lines
            ),
        }
    )


def rejected(asked: MatchRequested, code: str = "settled-meanwhile", **changes: Any) -> MatchRejected:
    facts: dict[str, Any] = {
        "administration": asked.administration,
        "party_id": asked.party_id,
        "request_id": asked.request_id,
        "code": code,
        "message": "Nothing is open any more.",
        "employee": asked.employee,
        "recorded_at": NOW,
    }
    return MatchRejected.model_validate(facts | changes)


def paid(item_id: str, amount: int, left: int, *, version: int = 1, **changes: Any) -> ItemsMatched:
    """The ledger settled a part of an item against a payment; `left` stays open."""
    facts = {
        "administration": ADMINISTRATION,
        "party_id": "P1",
        "match_id": uuid4(),
        "method": "manual",
        "currency": "EUR",
        "date": "2026-11-01",
        "journal": "M90",
        "fiscal_year": 2026,
        "period": 11,
        "employee": "e.maes",
        "recorded_at": NOW.isoformat(),
        "lines": [{"item_id": item_id, "amount": -amount, "open_amount": left, "version": version}],
    }
    return ItemsMatched.model_validate_json(_json(facts | changes))


def day(text: str) -> date:
    return date.fromisoformat(text)


def _json(facts: Mapping[str, Any]) -> str:
    return json.dumps(dict(facts), default=str)
