"""Whether what must always hold of reminders does hold."""

from __future__ import annotations

from hashlib import sha256

from chassis.database import Connection
from chassis.errors import NotFound
from chassis.queries import load_queries
from services.reminders.documents import DocumentStore
from services.reminders.store import PACKAGE

DOCUMENT_PAGE = 500
MAX_MISSING = 1_000

Violation = tuple[str, str | None, str]
"""Invariant, party, detail."""


async def audit_facts(
    connection: Connection, store: DocumentStore, administration: str
) -> tuple[list[Violation], dict[str, int]]:
    """All violations in an administration, and how many facts were looked at."""
    queries = load_queries(PACKAGE)
    rows = await connection.fetch(queries.audit_violations, administration)
    checked = await connection.fetchrow(queries.audit_checked, administration)
    assert checked is not None, "counts always come as a row"
    found: list[Violation] = [(row["invariant"], row["party_id"], row["detail"]) for row in rows]
    damaged, documents = await _damaged_documents(connection, store, administration)
    return found + damaged, {**dict(checked), "documents": documents}


async def _damaged_documents(
    connection: Connection, store: DocumentStore, administration: str
) -> tuple[list[Violation], int]:
    """Documents whose bytes are missing or are not those that were sent."""
    found: list[Violation] = []
    after, read = "", 0
    while True:
        rows = await connection.fetch(load_queries(PACKAGE).documents_after, administration, after, DOCUMENT_PAGE)
        for row in rows:
            fault = await _fault(store, row["sha256"])
            if fault and len(found) < MAX_MISSING:
                found.append((f"a document's bytes are {fault}", row["party_id"], row["document_id"]))
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
