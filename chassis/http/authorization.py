"""Who may call a route: dependencies that give the verified actor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from chassis.errors import Unauthenticated
from chassis.identity import Actor, Role, TokenVerifier

_bearer = HTTPBearer(
    bearerFormat="JWT",
    scheme_name="bearer",
    description="Claims: sub (the employee), administrations, roles (clerk, approver, operator, auditor), exp.",
    auto_error=False,
)


async def authenticated(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Actor:
    """The actor of the request's bearer token, whatever their roles; raises Unauthenticated without a valid token."""
    if credentials is None:
        raise Unauthenticated(
            "token-missing",
            "This needs a bearer token.",
            remedy="Send the header Authorization: Bearer <token>.",
        )
    verifier: TokenVerifier = request.app.state.verifier
    actor = await verifier.verify(credentials.credentials)
    request.state.token_id = actor.token_id
    return actor


def require(*roles: Role) -> Callable[[Actor], Awaitable[Actor]]:
    """Make the dependency that lets only holders of one of the roles in; without roles, any verified actor."""

    async def permitted(actor: Annotated[Actor, Depends(authenticated)]) -> Actor:
        if roles:
            actor.demand_role(*roles)
        return actor

    return permitted


def in_administration(actor: Actor, administration: str) -> str:
    """The administration, once it is known that the actor may work in it; raises Forbidden otherwise."""
    actor.demand_administration(administration)
    return administration


AnyActor = Annotated[Actor, Depends(authenticated)]
"""Any verified actor."""
Clerk = Annotated[Actor, Depends(require(Role.CLERK))]
Approver = Annotated[Actor, Depends(require(Role.APPROVER))]
Operator = Annotated[Actor, Depends(require(Role.OPERATOR))]
Overseer = Annotated[Actor, Depends(require(Role.OPERATOR, Role.AUDITOR))]
"""Whoever watches over the running system: operators and auditors."""
