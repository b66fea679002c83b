"""What is known by an id that people type, found by the beginning of it."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.http.beginnings import NamedById, add_beginnings_route
from chassis.service import Runtime
from services.selection.store import QUERIES

KINDS = {
    "set": NamedById(QUERIES, "sets_between"),
    "write-off": NamedById(QUERIES, "write_offs_between"),
}


def beginning_router(runtime: Runtime) -> APIRouter:
    """The ids of each kind that begin alike."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["ids"])
    add_beginnings_route(router, runtime.database, KINDS)
    return router
