"""Whether what must always hold of reminders does hold."""

from __future__ import annotations

from hashlib import sha256

from chassis.audits import MAX_VIOLATIONS, Audit, Violation
from chassis.database import Connection
from chassis.errors import NotFound
from chassis.queries import load_queries
from services.reminders.documents.folder import DocumentStore
from services.reminders.store import QUERIES

DOCUMENT_PAGE = 500


async def audit_facts(connection: Connection, store: DocumentStore, administration: str) -> Audit:
    """Recompute from an administration's stored facts whether all holds, and read every document."""
    queries = load_queries(QUERIES)
    rows = await connection.fetch(queries.audit_violations, administration)
    checked = await connection.fetchrow(queries.audit_checked, administration)
    assert checked is not None, "counts always come as a row"
    damaged, documents = await _damaged_documents(connection, store, administration)
    return Audit(
        violations=(*(Violation(**row) for row in rows), *damaged), checked={**dict(checked), "documents": documents}
    )


async def _damaged_documents(
    connection: Connection, store: DocumentStore, administration: str
) -> tuple[list[Violation], int]:
    """Documents whose bytes are missing or are not those that were sent."""
    found: list[Violation] = []
    after, read = "", 0
    while True:
        rows = await connection.fetch(load_queries(QUERIES).documents_after, administration, after, DOCUMENT_PAGE)
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
