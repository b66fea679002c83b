"""Looking across the services: parties, items and why, dead letters, waiting events, the audit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from chassis.sentences import Count, Sentence
from console.caller import SERVICES
from console.exits import REFUSED, VIOLATED, CommandFailed
from console.output import JsonOption, say, show, show_rows
from console.session import Json, Session, session_of
from console.totals import disagreements
from console.words import word

dead_letters_app = typer.Typer(no_args_is_help=True, help="Messages that were put aside.")

MAX_SHOWN_VIOLATIONS = 1_000

DEAD_LETTER_COLUMNS = ("service", "id", "topic", "key", "code", "field", "message", "remedy", "received_at")
WAITING_COLUMNS = ("service", "topic", "key", "refers_to", "received_at", "attempts", "overdue")
VIOLATION_COLUMNS = ("service", "invariant", "party_id", "detail")

ServiceOption = Annotated[str | None, typer.Option("--service", help=f"One of {', '.join(SERVICES)}; all when absent.")]


def services_of(service: str | None) -> tuple[str, ...]:
    """The named service, or all of them."""
    if service is None:
        return SERVICES
    if service not in SERVICES:
        raise CommandFailed(
            "No service is called {service}: use one of {known}.", 2, service=service, known=", ".join(SERVICES)
        )
    return (service,)


@dead_letters_app.command("list")
def list_dead_letters(
    context: typer.Context,
    service: ServiceOption = None,
    topic: Annotated[str | None, typer.Option(help="Only of this topic.")] = None,
    *,
    resolved: Annotated[bool, typer.Option(help="Also what was applied since.")] = False,
    json_output: JsonOption = False,
) -> None:
    """What could not be parsed or applied, and why."""
    session = session_of(context)
    rows = (
        {"service": name, **row}
        for name in services_of(service)
        for row in session.pages(name, "/v1/dead-letters", topic=topic, resolved=resolved or None)
    )
    show_rows(rows, DEAD_LETTER_COLUMNS, json_output=json_output, language=session.language)


@dead_letters_app.command("retry")
def retry_dead_letters(
    context: typer.Context,
    service: Annotated[str, typer.Argument(help="The service that put them aside.")],
    ids: Annotated[list[int] | None, typer.Argument(help="Their ids; none means all.")] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """Try dead letters again, now that their cause is mended."""
    session = session_of(context)
    services_of(service)
    wanted = ids or [row["id"] for row in session.pages(service, "/v1/dead-letters")]
    results = [session.post(service, f"/v1/dead-letters/{number}/retry") for number in wanted]
    show_rows(
        results, ("id", "applied", "code", "message", "remedy"), json_output=json_output, language=session.language
    )
    if not all(result["applied"] for result in results):
        raise CommandFailed("Some of them are still dead.", REFUSED)


def waiting(context: typer.Context, service: ServiceOption = None, *, json_output: JsonOption = False) -> None:
    """Show events that came before what they refer to."""
    session = session_of(context)
    rows = ({"service": name, **row} for name in services_of(service) for row in session.pages(name, "/v1/waiting"))
    show_rows(rows, WAITING_COLUMNS, json_output=json_output, language=session.language)


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
    violations += differing
    return {"violations": violations[:MAX_SHOWN_VIOLATIONS], "checked": checked, "accounts": accounts}


def _totals(session: Session, service: str) -> Iterator[Json]:
    return session.pages(service, session.within("audit/totals"))
