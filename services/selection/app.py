"""The declaration of selection: what the chassis puts together into its process."""

from __future__ import annotations

from chassis.service import Service
from services.selection.api import make_router
from services.selection.consumers import handlers
from services.selection.migrations import PACKAGES
from services.selection.operations.publishing import KIND as PUBLICATION
from services.selection.operations.publishing import advance_publication

SERVICE = Service(
    name="selection",
    title="Selection",
    translations=("read_model", "services.selection"),
    migrations=PACKAGES,
    handlers=handlers(),
    api=make_router,
    jobs={PUBLICATION: advance_publication},
)
