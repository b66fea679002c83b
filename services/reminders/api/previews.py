"""Routes of letters to be looked at; nothing is sent or kept."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from chassis.http import Administration, AnyActor
from chassis.service import Runtime
from read_model.today import today_in
from services.reminders.api.views import PartyId
from services.reminders.operations.issue import PDF, Issuing
from services.reminders.operations.preview import PreviewWish, SampleWish, print_preview, print_sample


def preview_router(runtime: Runtime, issuing: Issuing) -> APIRouter:
    """Routes of previews and test letters."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["reminders"])

    @router.get("/runs/{run_id}/parties/{party_id}/preview", response_class=Response)
    async def preview(
        administration: Administration,
        run_id: UUID,
        party_id: PartyId,
        actor: AnyActor,
        level: Annotated[int | None, Query(ge=1, le=9, description="With several reminders: which of them")] = None,
    ) -> Response:
        """The letter that a debtor would get, as PDF, marked as a preview."""
        asked = PreviewWish(run_id, party_id, level)
        return Response(
            await print_preview(runtime.database, issuing, administration, asked, actor.employee), media_type=PDF
        )

    @router.get("/test-letter", response_class=Response)
    async def test_letter(
        administration: Administration,
        language: Annotated[str, Query(max_length=5)] = "nl",
        level: Annotated[int, Query(ge=1, le=9)] = 1,
        layout: Annotated[str, Query(max_length=64)] = "standard",
    ) -> Response:
        """A letter with made-up items, to see texts, logo and window; it says that it is a test."""
        async with runtime.database.snapshot() as connection:
            asked = SampleWish(language, level, layout, await today_in(connection, administration))
        return Response(await print_sample(runtime.database, issuing, administration, asked), media_type=PDF)

    return router
