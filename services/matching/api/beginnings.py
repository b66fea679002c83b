"""What is known by an id that people type, found by the beginning of it."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.http.beginnings import JOBS, NamedById, add_beginnings_route
from chassis.service import Runtime
from services.matching.store import QUERIES

KINDS = {
    "proposal": NamedById(QUERIES, "proposals_between"),
    "match": NamedById(QUERIES, "matches_between", within=True),
    "run": JOBS,
}


def beginning_router(runtime: Runtime) -> APIRouter:
    """The ids of each kind that begin alike."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["ids"])
    add_beginnings_route(router, runtime.database, KINDS)
    return router
