"""Routes of letters to be looked at; nothing is sent or kept."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from chassis.errors import NotFound
from chassis.http import Administration, AnyActor
from chassis.service import Runtime
from read_model.parties import get_administration
from services.reminders.api.views import PartyId
from services.reminders.letters.house_style_files import read_style
from services.reminders.operations import preview as operations
from services.reminders.operations.issue import PDF, Issuing
from services.reminders.store import runs as store


def add_preview_routes(router: APIRouter, runtime: Runtime, issuing: Issuing) -> None:
    """Previews and test letters."""

    @router.get("/runs/{run_id}/parties/{party_id}/preview", response_class=Response)
    async def preview(
        administration: Administration,
        run_id: UUID,
        party_id: PartyId,
        actor: AnyActor,
        level: Annotated[int | None, Query(ge=1, le=9, description="With several reminders: which of them")] = None,
    ) -> Response:
        """The letter that a debtor would get, as PDF, marked as a preview."""
        async with runtime.database.snapshot() as connection:
            run = await store.get_run(connection, administration, run_id)
            member = (party_id, actor.employee)
            letters, configuration = await operations.preview_letters(connection, issuing, run, member)
        wanted = next((letter for letter in letters if level in {None, letter.level}), None)
        if wanted is None:
            raise NotFound(
                "unknown-level", "The debtor would get no letter of level {level}.", level=level, field="level"
            )
        style = await asyncio.to_thread(read_style, configuration, issuing.house_styles)
        return Response(await issuing.press.print_one(wanted, style), media_type=PDF)

    @router.get("/test-letter", response_class=Response)
    async def test_letter(
        administration: Administration,
        language: Annotated[str, Query(max_length=5)] = "nl",
        level: Annotated[int, Query(ge=1, le=9)] = 1,
        layout: Annotated[str, Query(max_length=64)] = "standard",
    ) -> Response:
        """A letter with made-up items, to see texts, logo and window; it says that it is a test."""
        async with runtime.database.snapshot() as connection:
            configuration = await get_administration(connection, administration)
        wish = operations.SampleWish(language, level, layout, datetime.now(UTC).date())
        letter = operations.sample_letter(configuration, wish)
        style = await asyncio.to_thread(read_style, configuration, issuing.house_styles)
        return Response(await issuing.press.print_one(letter, style), media_type=PDF)
