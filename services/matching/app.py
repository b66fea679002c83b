"""The declaration of matching: what the chassis puts together into its process."""

from __future__ import annotations

from chassis.service import Service
from services.matching.api import make_router
from services.matching.consumers import handlers
from services.matching.migrations import PACKAGES
from services.matching.operations.executing import EXECUTE, advance_execution
from services.matching.operations.imports import KIND as IMPORT
from services.matching.operations.imports import advance_import
from services.matching.operations.postings import lock_batch
from services.matching.operations.proposals import BUILD, advance_building, reopen
from services.matching.operations.revaluing import KIND as REVALUATION
from services.matching.operations.revaluing import advance_revaluation
from services.matching.operations.settlement import KIND as SETTLEMENT
from services.matching.operations.settlement import advance_settlement
from services.matching.operations.small_balances import KIND as SMALL_BALANCES
from services.matching.operations.small_balances import advance_small_balances
from services.matching.operations.undoing import KIND as UNDO
from services.matching.operations.undoing import SETTLEMENTS as UNDO_SETTLEMENTS
from services.matching.operations.undoing import advance_undo, advance_undo_of_settlements
from services.matching.store.matches import render_matches

SERVICE = Service(
    name="matching",
    title="Matching: the ledger of open items",
    translations=("read_model", "services.matching"),
    migrations=PACKAGES,
    handlers=handlers(),
    prepare=lock_batch,
    api=make_router,
    jobs={
        SETTLEMENT: advance_settlement,
        UNDO: advance_undo,
        UNDO_SETTLEMENTS: advance_undo_of_settlements,
        BUILD: advance_building,
        EXECUTE: advance_execution,
        SMALL_BALANCES: advance_small_balances,
        REVALUATION: advance_revaluation,
        IMPORT: advance_import,
    },
    ended_early={BUILD: reopen, EXECUTE: reopen},
    render=render_matches,
)
