"""Events that are not applied: dead letters, which nothing can be made of yet, and those that wait for another."""

from __future__ import annotations

from typing import Annotated

import typer

from console.caller import SERVICES
from console.exits import REFUSED, CommandFailed, ToldAlready
from console.output import JsonOption, show_rows
from console.session import session_of

dead_letters_app = typer.Typer(no_args_is_help=True, help="Messages that were put aside.")

DEAD_LETTER_COLUMNS = (
    "service",
    "id",
    "administration",
    "topic",
    "key",
    "code",
    "field",
    "message",
    "remedy",
    "received_at",
)
WAITING_COLUMNS = ("service", "topic", "key", "refers_to", "received_at", "attempts", "overdue")

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
    """What could not be parsed or applied of your administrations, and why."""
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
    """Try dead letters of your administrations again, now that their cause is mended."""
    session = session_of(context)
    services_of(service)
    wanted = ids or [row["id"] for row in session.pages(service, "/v1/dead-letters")]
    results = [session.post(service, f"/v1/dead-letters/{number}/retry") for number in wanted]
    show_rows(
        results, ("id", "applied", "code", "message", "remedy"), json_output=json_output, language=session.language
    )
    if not all(result["applied"] for result in results):
        raise ToldAlready("Some of them are still dead.", REFUSED)


def waiting(context: typer.Context, service: ServiceOption = None, *, json_output: JsonOption = False) -> None:
    """Show events that came before what they refer to."""
    session = session_of(context)
    rows = ({"service": name, **row} for name in services_of(service) for row in session.pages(name, "/v1/waiting"))
    show_rows(rows, WAITING_COLUMNS, json_output=json_output, language=session.language)
