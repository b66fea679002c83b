"""Who may call a route: dependencies that give the verified actor, in the administration that the path names.

Every route of a service demands a valid token and, where its path names an administration, access to it: `create_app`
sees to that. A route that needs to know who it is takes `AnyActor`; one that needs a role takes `Clerk`, `Approver`,
`Operator` or `Overseer`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from chassis.errors import Unauthenticated
from chassis.identity import Actor, Role, TokenVerifier
from contracts.event import AdministrationId

Administration = Annotated[AdministrationId, Path(description="The books to work in")]
"""The administration in a route's path: whoever calls the route may work in it."""

ADMINISTRATION = "administration"
"""The name of that parameter, in every path."""

_bearer = HTTPBearer(
    bearerFormat="JWT",
    scheme_name="bearer",
    description="Claims: sub (the employee), administrations, roles (clerk, approver, operator, auditor), exp.",
    auto_error=False,
)


async def authenticated(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Actor:
    """The actor of the request's bearer token, whatever their roles, in the administration that the path names.

    Raises Unauthenticated without a valid token, Forbidden where the token does not give access to the administration.
    """
    if credentials is None:
        raise Unauthenticated(
            "token-missing",
            "This needs a bearer token.",
            remedy="Send the header Authorization: Bearer <token>.",
        )
    verifier: TokenVerifier = request.app.state.verifier
    actor = await verifier.verify(credentials.credentials)
    request.state.employee, request.state.token_id = actor.employee, actor.token_id
    administration = request.path_params.get(ADMINISTRATION)
    if administration is not None:
        actor.demand_administration(administration)
    return actor


def require(*roles: Role) -> Callable[[Actor], Awaitable[Actor]]:
    """Make the dependency that lets only holders of one of the roles in; without roles, any verified actor."""

    async def permitted(actor: Annotated[Actor, Depends(authenticated)]) -> Actor:
        if roles:
            actor.demand_role(*roles)
        return actor

    return permitted


AnyActor = Annotated[Actor, Depends(authenticated)]
"""Any verified actor."""
Clerk = Annotated[Actor, Depends(require(Role.CLERK))]
Approver = Annotated[Actor, Depends(require(Role.APPROVER))]
Operator = Annotated[Actor, Depends(require(Role.OPERATOR))]
Overseer = Annotated[Actor, Depends(require(Role.OPERATOR, Role.AUDITOR))]
"""Whoever watches over the running system: operators and auditors."""
