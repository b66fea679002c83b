"""The person or program behind a request, and what a token lets them do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chassis.errors import Forbidden
from chassis.sentences import one_of

ALL_ADMINISTRATIONS = "*"


class Role(StrEnum):
    """What an employee may do; a token may carry several."""

    CLERK = "clerk"
    """Does the daily work, and asks for what somebody else approves."""
    APPROVER = "approver"
    """Gives the second confirmation where four eyes are asked for."""
    OPERATOR = "operator"
    """Runs the system: configuration, events by hand, dead letters, jobs."""
    AUDITOR = "auditor"
    """Reads everything, changes nothing."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A verified caller.

    `employee` is the token's subject and is recorded on every change; `token_id` (the token's `jti`, or else a digest
    of the token) tells apart the tokens of one employee and is logged with each request.
    """

    employee: str
    administrations: frozenset[str]
    roles: frozenset[Role]
    token_id: str

    @property
    def visible_administrations(self) -> tuple[str, ...] | None:
        """The administrations that lists are limited to, sorted; None where all may be seen."""
        if ALL_ADMINISTRATIONS in self.administrations:
            return None
        return tuple(sorted(self.administrations))

    def has_role(self, *roles: Role) -> bool:
        """Whether the actor holds at least one of the roles."""
        return not self.roles.isdisjoint(roles)

    def demand_role(self, *roles: Role) -> None:
        """Raise Forbidden unless the actor holds at least one of the roles."""
        if not self.has_role(*roles):
            raise Forbidden(
                "role-required",
                "This needs the role {role}.",
                role=one_of(roles),
                remedy="Ask whoever issues your tokens for that role.",
            )

    def demand_administration(self, administration: str) -> None:
        """Raise Forbidden unless the actor may work in the administration."""
        if self.administrations.isdisjoint((administration, ALL_ADMINISTRATIONS)):
            raise Forbidden(
                "administration-not-granted",
                "Your token does not give access to this administration.",
                field="administration",
                remedy="Use an administration that your token names, or ask for a token that names this one.",
            )
