"""The person or program behind a request, and what a token lets them do."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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


def same_employee(one: str, other: str) -> bool:
    """Whether two names are those of one person: issuers write the case of a subject now so, now otherwise."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A verified caller.

    `employee` is the token's subject and is recorded on every change; `token_id` (the token's `jti`, or else a digest
    of the token) tells apart the tokens of one employee and is logged with each request. `roles` are held in each of
    the `administrations`, those of `roles_by_administration` in that one only.
    """

    employee: str
    administrations: frozenset[str]
    roles: frozenset[Role]
    token_id: str
    roles_by_administration: Mapping[str, frozenset[Role]] = field(default_factory=dict)

    @property
    def visible_administrations(self) -> tuple[str, ...] | None:
        """The administrations that lists are limited to, sorted; None where all may be seen."""
        if ALL_ADMINISTRATIONS in self.administrations:
            return None
        return tuple(sorted(self.administrations))

    def roles_in(self, administration: str) -> frozenset[Role]:
        """What the actor may do in an administration; raises Forbidden where they may not work in it at all."""
        if self.administrations.isdisjoint((administration, ALL_ADMINISTRATIONS)):
            raise Forbidden(
                "administration-not-granted",
                "Your token does not give access to this administration.",
                field="administration",
                remedy="Use an administration that your token names, or ask for a token that names this one.",
            )
        return self.roles.union(
            *(self.roles_by_administration.get(named, ()) for named in (administration, ALL_ADMINISTRATIONS))
        )

    def within(self, administration: str) -> Actor:
        """The actor as they may act in one administration.

        Raises Forbidden where they may not work in it, or hold no role there: everything in it is of its people.
        """
        roles = self.roles_in(administration)
        if not roles:
            raise _role_required(tuple(Role))
        return replace(self, roles=roles, roles_by_administration={})

    def limited_to(self, *roles: Role) -> Actor:
        """The actor in those administrations only where they hold one of the roles; Forbidden where that is none."""
        named = self.administrations.union(self._named_by_role())
        held = frozenset(name for name in named if not self.roles_in(name).isdisjoint(roles))
        if not held:
            raise _role_required(roles)
        return replace(self, administrations=held)

    def _named_by_role(self) -> frozenset[str]:
        """Administrations that have roles of their own beside those of all administrations."""
        reachable = ALL_ADMINISTRATIONS in self.administrations
        return frozenset(name for name in self.roles_by_administration if reachable or name in self.administrations)

    def has_role(self, *roles: Role) -> bool:
        """Whether the actor holds at least one of the roles, wherever they act."""
        return not self.roles.isdisjoint(roles)

    def demand_role(self, *roles: Role) -> None:
        """Raise Forbidden unless the actor holds at least one of the roles, wherever they act."""
        if not self.has_role(*roles):
            raise _role_required(roles)

    def demand_administration(self, administration: str) -> None:
        """Raise Forbidden unless the actor may work in the administration."""
        self.roles_in(administration)


def _role_required(roles: tuple[Role, ...]) -> Forbidden:
    return Forbidden(
        "role-required",
        "This needs the role {role}.",
        role=one_of(roles),
        remedy="Ask whoever issues your tokens for that role.",
    )
