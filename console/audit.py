"""The audit over all services: what each recomputes of its own, and whether they agree on what is open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from itertools import groupby
from typing import Any

import typer

from chassis.sentences import Count, Sentence
from console.caller import SERVICES
from console.exits import VIOLATED, CommandFailed
from console.output import JsonOption, say, show, show_rows
from console.session import Json, Session, session_of
from console.words import word
from console.writeoff.receipts import untied

Keyed = tuple[tuple[str, str], str, Json]
"""A total with what it is of, (party_id, currency), and the service that states it."""
MAX_DIFFERENCES = 1_000
MAX_SHOWN_VIOLATIONS = 1_000
VIOLATION_COLUMNS = ("service", "invariant", "party_id", "detail")


def audit(context: typer.Context, *, json_output: JsonOption = False) -> None:
    """Recompute what must always hold from the stored facts; exit code 5 with the rows that break it."""
    session = session_of(context)
    report = audit_report(session)
    if json_output:
        show(report, json_output=True)
    else:
        show_rows(report["violations"], VIOLATION_COLUMNS, json_output=False, language=session.language)
        for name, checked in report["checked"].items():
            counted = ", ".join(f"{word(what, session.language)} {count}" for what, count in checked.items())
            say(
                Sentence("{service}: {counted}", service=word(name, session.language), counted=counted),
                session.language,
            )
        accounts = Count(report["accounts"])
        compared = Sentence(
            "{accounts} accounts compared in {services} services.", accounts=accounts, services=len(SERVICES)
        )
        say(compared, session.language)
    if report["violations"]:
        raise CommandFailed("{count} violations.", VIOLATED, count=len(report["violations"]))
    say(Sentence("No violation."), session.language)


def audit_report(session: Session) -> dict[str, Any]:
    """Each service's own audit, and whether all of them agree on what is open."""
    violations: list[Json] = []
    checked: dict[str, Any] = {}
    for service in SERVICES:
        own = session.get(service, session.within("audit"))
        violations += [{"service": service, **violation} for violation in own["violations"]]
        checked[service] = own["checked"]
    accounts, differing = disagreements({service: _totals(session, service) for service in SERVICES})
    violations += [*differing, *untied(session)]
    return {"violations": violations[:MAX_SHOWN_VIOLATIONS], "checked": checked, "accounts": accounts}


def _totals(session: Session, service: str) -> Iterator[Json]:
    return session.pages(service, session.within("audit/totals"))


def disagreements(totals: Mapping[str, Iterable[Json]]) -> tuple[int, list[Json]]:
    """How many accounts were compared, and those on which services differ.

    Each service's totals come in the order of (party_id, currency), bytewise; none is held in memory.
    """
    streams = [_keyed(service, rows) for service, rows in totals.items()]
    accounts = 0
    differing: list[Json] = []
    for key, group in groupby(merge(*streams, key=lambda row: _bytes(*row[0])), key=lambda row: row[0]):
        accounts += 1
        stated = {service: row["open_amount"] for _, service, row in group}
        amounts = {service: stated.get(service, 0) for service in totals}
        if len(set(amounts.values())) > 1 and len(differing) < MAX_DIFFERENCES:
            detail = ", ".join(f"{service} {amount}" for service, amount in amounts.items())
            differing.append(
                {
                    "service": "all",
                    "invariant": Sentence("the projections agree with the ledger"),
                    "party_id": key[0],
                    "currency": key[1],
                    "detail": detail,
                }
            )
    return accounts, differing


def _keyed(service: str, rows: Iterable[Json]) -> Iterable[Keyed]:
    for row in rows:
        yield (row["party_id"], row["currency"]), service, row


def _bytes(party_id: str, currency: str) -> tuple[bytes, bytes]:
    return party_id.encode(), currency.encode()
