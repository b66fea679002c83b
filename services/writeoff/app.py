"""The write-off service, declared."""

from __future__ import annotations

from chassis.service import Service
from services.writeoff.api import make_router
from services.writeoff.batches import complete_batches
from services.writeoff.consumers import handlers

SERVICE = Service(
    name="writeoff",
    title="Write-offs",
    migrations=("chassis.projection.schema", "chassis.projection.item_schema", "services.writeoff.migrations"),
    handlers=handlers(),
    api=make_router,
    background=(complete_batches,),
)
