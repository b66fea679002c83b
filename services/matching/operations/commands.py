"""Commands that are handed in as events: who may give them, in whose name, and what they may ask for.

A library system tells facts, whoever their employees were; a command (`match-requested`, `writeoff-requested`) is given
by whoever hands it in. Else anybody who may hand in events could write off in the director's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chassis.database import Connection
from chassis.errors import Forbidden, Refused
from chassis.identity import Actor, Role, same_employee
from contracts.event import Event
from contracts.operators import AdministrationConfigured
from contracts.selection import WriteoffRequested
from contracts.writeoff import MatchRequested
from read_model.parties import find_administration
from services.matching.domain.authority import ask_elsewhere, restricts

OWN_SOURCES = "openitems/"
"""How the sources of our own services begin: nobody else is one of them."""


async def load_policies(connection: Connection, events: Sequence[Event]) -> dict[str, AdministrationConfigured | None]:
    """The configurations of the administrations in which commands are given."""
    named = sorted({event.administration for event in events if isinstance(event, MatchRequested | WriteoffRequested)})
    return {administration: await find_administration(connection, administration) for administration in named}


def check_command(event: Event, actor: Actor, policies: Mapping[str, AdministrationConfigured | None]) -> None:
    """Raise Refused for a command that its sender may not give; facts pass.

    What settles items against each other takes nothing away, and may come in with what a system is filled with. Where
    an administration restricts who may waive, nothing that takes an open amount away comes in by this way: its approval
    is not to be seen here.
    """
    if not isinstance(event, MatchRequested | WriteoffRequested):
        return
    takes_away = isinstance(event, WriteoffRequested) or event.contra is not None or event.method == "reversal"
    if takes_away:
        actor.within(event.administration).demand_role(Role.CLERK, Role.APPROVER)
    if not same_employee(event.employee, actor.employee):
        raise Forbidden(
            "speaks-for-another",
            "A command is given by whoever hands it in, and your token is not that of {employee}.",
            employee=event.employee,
            field="employee",
            remedy="Name yourself as the employee, or have them hand it in.",
        )
    if isinstance(event, WriteoffRequested) and event.approved_by is not None:
        raise Forbidden(
            "approval-not-seen",
            "That somebody approved it is not taken on your word.",
            field="approved_by",
            remedy="Leave it out, or ask for the write-off where it is approved.",
        )
    configuration = policies.get(event.administration)
    if configuration is not None and takes_away and restricts(configuration.write_offs):
        raise ask_elsewhere("contra" if isinstance(event, MatchRequested) else "lines")


def check_source(source: str | None) -> None:
    """Raise Refused for an event that says it comes from one of our own services."""
    if source is not None and source.startswith(OWN_SOURCES):
        raise Refused(
            "source-taken",
            "No sender but our own services is called {source}.",
            source=source,
            field="source",
            remedy="Give the name of your own system, or leave it out.",
        )
