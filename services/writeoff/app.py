"""The write-off service, as it is declared to the chassis."""

from __future__ import annotations

from chassis.service import Service
from services.writeoff.api import make_router
from services.writeoff.consumers import handlers
from services.writeoff.migrations import PACKAGES
from services.writeoff.operations.batches import complete_batches
from services.writeoff.operations.manual import forget_previews
from services.writeoff.operations.runs import advance_run, schedule_month_ends

SERVICE = Service(
    name="writeoff",
    title="Write-offs",
    translations=("read_model", "services.writeoff"),
    migrations=PACKAGES,
    handlers=handlers(),
    api=make_router,
    jobs={"month-end": advance_run, "conversion": advance_run},
    background=(complete_batches, schedule_month_ends, forget_previews),
)
