"""A library's events, made short: an administration, its borrowers, their items, and the ledger's answers."""

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from chassis.ids import derived_id
from contracts.library import ItemPosted, PartyUpdated
from contracts.matching import ItemsMatched
from contracts.operators import AdministrationConfigured
from contracts.selection import WriteoffRequested
from contracts.writeoff import ItemsWrittenOff

ADMINISTRATION = "bib-gent"
NOW = datetime.now(UTC)
TODAY = NOW.date()
LABEL = {"nl": "Afboeking", "da": "Afskrivning", "en": "Write-off"}


def read(contract: type[Any], facts: dict[str, Any]) -> Any:
    return contract.model_validate_json(json.dumps({"administration": ADMINISTRATION, **facts}, default=str))


def configured(**changes: Any) -> AdministrationConfigured:
    """The administration, with this year and the last open."""
    facts: dict[str, Any] = {
        "version": 1,
        "name": "Bibliotheek Gent",
        "country": "BE",
        "time_zone": "UTC",
        "base_currency": "EUR",
        "fiscal_periods": [
            {"year": TODAY.year, "period": 1, "start": date(TODAY.year, 1, 1), "end": date(TODAY.year, 12, 31)},
            {
                "year": TODAY.year - 1,
                "period": 1,
                "start": date(TODAY.year - 1, 1, 1),
                "end": date(TODAY.year - 1, 12, 31),
                "open": False,
            },
        ],
        "journals": [
            {"code": "A100", "type": "A", "label": LABEL},
            {"code": "A920", "type": "A", "label": LABEL},
            {"code": "V10", "type": "V", "label": LABEL},
        ],
    }
    event: AdministrationConfigured = read(AdministrationConfigured, facts | changes)
    return event


def party(party_id: str = "P1", **changes: Any) -> PartyUpdated:
    facts = {"party_id": party_id, "version": 1, "kind": "debtor", "name": f"Naam {party_id}"}
    event: PartyUpdated = read(PartyUpdated, facts | changes)
    return event


def posted(item_id: str = "I1", amount: int = 1250, **changes: Any) -> ItemPosted:
    facts = {
        "party_id": "P1",
        "item_id": item_id,
        "kind": "fine",
        "amount": amount,
        "currency": "EUR",
        "journal": "V10",
        "voucher": f"v-{item_id}",
        "item_date": "2024-01-15",
    }
    event: ItemPosted = read(ItemPosted, facts | changes)
    return event


def matched(lines: dict[str, tuple[int, int, int]], **changes: Any) -> ItemsMatched:
    """A match: by item id the amount added, what is open after it, and the version."""
    facts = {
        "party_id": "P1",
        "match_id": uuid4(),
        "method": "manual",
        "currency": "EUR",
        "date": TODAY,
        "journal": "M90",
        "fiscal_year": TODAY.year,
        "period": 1,
        "employee": "e.maes",
        "recorded_at": NOW,
        "lines": [
            {"item_id": name, "amount": amount, "open_amount": left, "version": version}
            for name, (amount, left, version) in lines.items()
        ],
    }
    event: ItemsMatched = read(ItemsMatched, facts | changes)
    return event


def ask_id_of(request: WriteoffRequested, number: int = 0) -> UUID:
    """The id under which the ledger is asked for the `number`-th part of a request, and answers it."""
    return derived_id(request.request_id, f"{request.journal}:{request.lines[0].currency}:{number}")


def written_off(request: WriteoffRequested, **changes: Any) -> ItemsMatched:
    """The ledger's answer when all that one request asked is written off."""
    lines = {line.item_id: (-line.open_amount, 0, 1) for line in request.lines}
    return matched(
        lines,
        **{
            "party_id": request.party_id,
            "request_id": ask_id_of(request),
            "method": "write-off",
            "reason": request.journal,
            "contra_lines": [{"kind": "write-off", "amount": sum(line.open_amount for line in request.lines)}],
            **changes,
        },
    )


def summary(batch_id: str, requested: int, written: int, **changes: Any) -> ItemsWrittenOff:
    """The final word of the write-off service."""
    facts: dict[str, Any] = {
        "batch_id": batch_id,
        "requested_items": requested,
        "written_off_items": written,
        "skipped_items": requested - written,
        "requested": [{"currency": "EUR", "amount": 1250 * requested}],
        "written_off": [{"journal": "A920", "currency": "EUR", "items": written, "amount": 1250 * written}],
        "skipped": [{"code": "settled-meanwhile", "items": requested - written}] if requested > written else [],
        "employee": "e.maes",
        "completed_at": NOW,
    }
    event: ItemsWrittenOff = read(ItemsWrittenOff, facts | changes)
    return event
