"""Who may call a route: dependencies that give the verified actor, in the administration that the path names.

Every route of a service demands a valid token and, where its path names an administration, access to it: `create_app`
sees to that. A route that needs to know who it is takes `AnyActor`; one that needs a role takes `Clerk`, `Approver`,
`Operator` or `Overseer`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, cast

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.errors import TooOften, Unauthenticated
from chassis.http.rates import RequestRate
from chassis.identity import Actor, Role, TokenVerifier
from contracts.event import AdministrationId

Administration = Annotated[AdministrationId, Path(description="The books to work in")]
"""The administration in a route's path: whoever calls the route may work in it."""

ADMINISTRATION = "administration"
"""The name of that parameter, in every path."""

_bearer = HTTPBearer(
    bearerFormat="JWT",
    scheme_name="bearer",
    description="Claims: sub (the employee), administrations, roles (clerk, approver, operator, auditor), "
    "administration_roles (roles in one administration), exp.",
    auto_error=False,
)


async def authenticated(
    request: Request, _credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Actor:
    """The actor of the request's bearer token, with the roles that they hold in the administration that the path names.

    Raises Unauthenticated without a valid token, Forbidden where the token gives no access to the administration, or no
    role in it: whatever it is that they want to read there tells of people.
    """
    actor = await _verified(request.scope)
    administration = request.path_params.get(ADMINISTRATION)
    return actor if administration is None else actor.within(administration)


async def _verified(scope: Scope) -> Actor:
    """The actor of the request's token, verified and counted once a request; raises Unauthenticated, or TooOften."""
    state = scope.setdefault("state", {})
    if (known := state.get("actor")) is not None:
        return cast(Actor, known)
    scheme, token = get_authorization_scheme_param(Headers(scope=scope).get("authorization"))
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated(
            "token-missing",
            "This needs a bearer token.",
            remedy="Send the header Authorization: Bearer <token>.",
        )
    verifier: TokenVerifier = scope["app"].state.verifier
    actor = await verifier.verify(token)
    state |= {"actor": actor, "employee": actor.employee, "token_id": actor.token_id}
    rate: RequestRate = scope["app"].state.rate
    rate.take(actor.token_id)
    return actor


class TokenBeforeBody:
    """Gives the application nothing of a body before the request's token verified.

    The framework reads and parses a body before it asks who sent it, which takes many times the body's size in memory.
    Of a request that is refused, up to `discarded_bytes` are read and dropped, so that a client which sends before it
    listens hears the refusal; what sends more is cut off.
    """

    def __init__(self, app: ASGIApp, discarded_bytes: int) -> None:
        self._app = app
        self._discarded_bytes = discarded_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a guard where its body comes from."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded() -> Message:
            try:
                await _verified(scope)
            except (Unauthenticated, TooOften):
                await _discard(receive, self._discarded_bytes)
                raise
            return await receive()

        await self._app(scope, guarded, send)


async def _discard(receive: Receive, most_bytes: int) -> None:
    """Read a body to its end, or until that many bytes of it came, and keep none of it."""
    seen = 0
    while seen <= most_bytes:
        message = await receive()
        seen += len(message.get("body", b""))
        if not message.get("more_body", False):
            return


def require(*roles: Role) -> Callable[[Request, Actor], Awaitable[Actor]]:
    """Make the dependency that lets only holders of one of the roles in; without roles, any verified actor.

    Where the path names no administration, the actor is limited to those in which they hold one of the roles.
    """

    async def permitted(request: Request, actor: Annotated[Actor, Depends(authenticated)]) -> Actor:
        if not roles:
            return actor
        if ADMINISTRATION not in request.path_params:
            return actor.limited_to(*roles)
        actor.demand_role(*roles)
        return actor

    return permitted


AnyActor = Annotated[Actor, Depends(authenticated)]
"""Any verified actor; where the path names an administration, one who holds a role in it."""
Employed = Annotated[Actor, Depends(require(*Role))]
"""Whoever holds any role, in the administrations where they do: for paths that name none."""
Clerk = Annotated[Actor, Depends(require(Role.CLERK))]
Approver = Annotated[Actor, Depends(require(Role.APPROVER))]
Operator = Annotated[Actor, Depends(require(Role.OPERATOR))]
Reader = Annotated[Actor, Depends(require(Role.CLERK, Role.APPROVER, Role.AUDITOR))]
"""Whoever works with the books or checks them: what leaves in files is not for those who only run the system."""
Overseer = Annotated[Actor, Depends(require(Role.OPERATOR, Role.AUDITOR))]
"""Whoever watches over the running system: operators and auditors."""
