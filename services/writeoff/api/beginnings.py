"""What is known by an id that people type, found by the beginning of it."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.http.beginnings import JOBS, NamedById, add_beginnings_route
from chassis.service import Runtime
from services.writeoff.store import QUERIES

KINDS = {
    "entry": NamedById(QUERIES, "entries_between"),
    "request": NamedById(QUERIES, "requests_between"),
    "batch": NamedById(QUERIES, "batches_between"),
    "run": JOBS,
}


def beginning_router(runtime: Runtime) -> APIRouter:
    """The ids of each kind that begin alike."""
    router = APIRouter()
    add_beginnings_route(router, runtime.database, KINDS)
    return router
