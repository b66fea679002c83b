"""Whether what must always hold of reminders does hold."""

from __future__ import annotations

from hashlib import sha256

from chassis.database import Connection
from chassis.errors import NotFound
from read_model.audits import MAX_VIOLATIONS, Audit, Violation
from services.reminders.documents.folder import DocumentStore
from services.reminders.store import audit as facts

DOCUMENT_PAGE = 500


async def audit_facts(connection: Connection, store: DocumentStore, administration: str) -> Audit:
    """Recompute from an administration's stored facts whether all holds, and read every document."""
    violations = await facts.find_violations(connection, administration)
    checked = await facts.count_checked(connection, administration)
    damaged, documents = await _damaged_documents(connection, store, administration)
    return Audit(violations=(*violations, *damaged), checked={**checked, "documents": documents})


async def _damaged_documents(
    connection: Connection, store: DocumentStore, administration: str
) -> tuple[list[Violation], int]:
    """Documents whose bytes are missing or are not those that were sent."""
    found: list[Violation] = []
    after, read = "", 0
    while True:
        rows = await facts.documents_after(connection, administration, after, DOCUMENT_PAGE)
        for row in rows:
            fault = await _fault(store, row["sha256"])
            if fault and len(found) < MAX_VIOLATIONS:
                invariant = f"a document's bytes are {fault}"
                found.append(Violation(invariant=invariant, party_id=row["party_id"], detail=row["document_id"]))
        read += len(rows)
        if len(rows) < DOCUMENT_PAGE:
            return found, read
        after = rows[-1]["document_id"]


async def _fault(store: DocumentStore, digest: str) -> str | None:
    try:
        content = await store.get(digest)
    except NotFound:
        return "missing"
    return None if sha256(content).hexdigest() == digest else "changed"
