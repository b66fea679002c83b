"""What a service has told of an administration, and where the broker put it: for whoever waits for their own events."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from chassis.database import Database
from chassis.http.authorization import Administration, AnyActor
from chassis.http.told_events import add_whereabouts
from chassis.http.views import View
from chassis.outbox import LAST_OF_ALL, ToldRange, told_within

Place = Annotated[int, Query(ge=0, le=LAST_OF_ALL)]


class ToldEvents(View):
    """The events of an administration between two places of a service's outbox."""

    last: int = Field(description="The place of the last event that the service has told, whosesoever it is")
    events: int = Field(description="How many of the administration's there are")
    unpublished: int = Field(description="Those of them that the broker has not confirmed")
    positions: dict[str, int] = Field(
        description="Per topic-partition the offset after the last of the others: who has applied up to there has all"
    )


def told_router(database: Database) -> APIRouter:
    """Every service has an outbox and others' events, and so these routes."""
    router = APIRouter(prefix="/v1/administrations/{administration}", tags=["operation"])

    @router.get("/told")
    async def told(
        administration: Administration,
        _actor: AnyActor,
        after: Annotated[
            int | None, Query(ge=0, le=LAST_OF_ALL, description="Without it, only what is not published yet is told of")
        ] = None,
        until: Place = LAST_OF_ALL,
        *,
        own: Annotated[bool, Query(description="Only what the service tells by itself")] = False,
    ) -> ToldEvents:
        """What was told after one place of the outbox and up to another; compare with `applied` of `/v1/progress`."""
        async with database.snapshot() as connection:
            found = await told_within(connection, administration, ToldRange(after, until), own=own)
        return ToldEvents(
            last=found.last, events=found.events, unpublished=found.unpublished, positions=dict(found.positions)
        )

    add_whereabouts(router, database)
    return router
