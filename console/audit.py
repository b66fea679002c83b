"""The audit over all services: what each recomputes of its own, and whether they agree on what is open."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from typing import Annotated, Any

import typer

from chassis.sentences import Count, Said, Sentence
from console.audit_words import detail_in_words, invariant_in_words
from console.caller import SERVICES
from console.exits import NOT_DRAINED, VIOLATED, CommandFailed
from console.output import JsonOption, say, show, show_rows
from console.session import Json, Session, session_of
from console.settled import catch_up
from console.words import word
from console.writeoff.receipts import untied

Keyed = tuple[tuple[str, str], str, Json]
"""A total with what it is of, (party_id, currency), and the service that states it."""
MAX_DIFFERENCES = 1_000
MAX_SHOWN_VIOLATIONS = 1_000
LIMIT_SECONDS = 120.0
ROUNDS = 5
"""So often accounts that differ are compared, each time after everybody has caught up, until they agree or stay."""
VIOLATION_COLUMNS = ("service", "invariant", "party_id", "detail")
BEHIND_COLUMNS = ("service", "topic", "partition", "left")


def audit(
    context: typer.Context,
    *,
    limit: Annotated[float, typer.Option(help="Seconds to wait at most for services that are behind.")] = LIMIT_SECONDS,
    json_output: JsonOption = False,
) -> None:
    """Recompute what must always hold from the stored facts.

    Exit code 5 with the rows that break it, 7 where nothing does but services are behind: then these are told.
    """
    session = session_of(context)
    report = audit_report(session, limit)
    failure = _failure_of(report)
    if json_output:
        if failure is None:
            show(report, json_output=True)
    else:
        _show_report(report, session.language)
    if failure is not None:
        raise failure
    say(Sentence("No violation."), session.language)


def _failure_of(report: Json) -> CommandFailed | None:
    """What the report comes to, where it is not that all is well."""
    if report["violations"]:
        return CommandFailed("{count} violations.", VIOLATED, report, count=Count(len(report["violations"])))
    if report["not_drained"]:
        left = Count(sum(row["left"] for row in report["not_drained"]))
        return CommandFailed(
            "Not drained: {left} events are still on their way. Nothing that was told is broken; try again.",
            NOT_DRAINED,
            report,
            left=left,
        )
    return None


def _show_report(report: Json, language: str) -> None:
    told = (_in_words(row, language) for row in report["violations"])
    show_rows(told, VIOLATION_COLUMNS, json_output=False, language=language)
    if report["not_drained"]:
        show_rows(report["not_drained"], BEHIND_COLUMNS, json_output=False, language=language)
    for name, checked in report["checked"].items():
        counted = ", ".join(f"{word(what, language)} {count}" for what, count in checked.items())
        say(Sentence("{service}: {counted}", service=word(name, language), counted=counted), language)
    accounts = Count(report["accounts"])
    say(
        Sentence("{accounts} accounts compared in {services} services.", accounts=accounts, services=len(SERVICES)),
        language,
    )


def _in_words(row: Json, language: str) -> Json:
    """A violation as people of the language read it: what must hold, and the facts that break it."""
    said = row["invariant"]
    invariant = said if isinstance(said, Said) else invariant_in_words(str(said), language)
    return {**row, "invariant": invariant, "detail": detail_in_words(str(row["detail"]), language)}


def audit_report(session: Session, limit_seconds: float = LIMIT_SECONDS) -> dict[str, Any]:
    """Each service's own audit, and whether all of them agree on what is open.

    They are compared when all have applied what was told before. While one is behind, there is nothing to compare, and
    `not_drained` says who it is: that is no violation.
    """
    give_up_at = time.monotonic() + limit_seconds
    behind = catch_up(session, limit_seconds)
    violations: list[Json] = []
    checked: dict[str, Any] = {}
    for service in SERVICES:
        own = session.get(service, session.within("audit"))
        violations += [{"service": service, **violation} for violation in own["violations"]]
        checked[service] = own["checked"]
    compared = Compared(0, [], behind.rows()) if behind.left else compare(session, give_up_at)
    violations += compared.differing
    return {
        "violations": violations[:MAX_SHOWN_VIOLATIONS],
        "not_drained": compared.not_drained,
        "checked": checked,
        "accounts": compared.accounts,
    }


@dataclass(frozen=True, slots=True)
class Compared:
    """How many accounts were compared, those on which services differ, and who is behind with what."""

    accounts: int
    differing: list[Json]
    not_drained: list[Json]


def compare(session: Session, give_up_at: float) -> Compared:
    """Compare what services state, and what differs again, until it agrees or is known to stay.

    An account that differs in the same way before and after everybody has caught up is broken; one that differs in
    another way was moved meanwhile, and is looked at again.
    """
    accounts, differing = _disagreements(session)
    stays: list[Json] = []
    for _ in range(ROUNDS - 1):
        if len(stays) == len(differing):
            break
        behind = catch_up(session, give_up_at - time.monotonic())
        if behind.left:
            return Compared(accounts, [], behind.rows())
        before = differing
        accounts, differing = _disagreements(session)
        stays = [row for row in differing if row in before]
    moves = [_moving(row) for row in differing if row not in stays]
    return Compared(accounts, stays, moves)


def _moving(row: Json) -> Json:
    """An account, or whatever else differs, that was never found at rest."""
    named = [str(row[name]) for name in ("party_id", "currency") if row.get(name)] or [str(row["invariant"])]
    return {"service": "all", "topic": " ".join(named), "partition": None, "left": 1}


def _disagreements(session: Session) -> tuple[int, list[Json]]:
    """What services state differently: open totals, and receipts that do not tie out."""
    accounts, differing = disagreements({service: _totals(session, service) for service in SERVICES})
    return accounts, [*differing, *untied(session)]


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
