"""The selection service, declared."""

from __future__ import annotations

from chassis.service import Service
from services.selection.api import make_router
from services.selection.consumers import handlers
from services.selection.migrations import PACKAGES
from services.selection.operations.publishing import PUBLISH_WRITEOFF, publish_requests

SERVICE = Service(
    name="selection",
    title="Selection",
    translations=("read_model", "services.selection"),
    migrations=PACKAGES,
    handlers=handlers(),
    api=make_router,
    jobs={PUBLISH_WRITEOFF: publish_requests},
)
