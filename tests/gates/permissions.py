"""Who may do what: the table of docs/permissions.md, out of the routes of the assembled services.

python -m tests.gates.permissions
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts

from chassis.identity import Role
from chassis.settings import ServiceName
from tests.chassis.issuer import Issuer
from tests.gates.routes import ANYBODY, OPEN, assembled, demanded, named, roles_of
from tests.gates.tree import ROOT

PAGE = ROOT / "docs" / "permissions.md"
HEAD = """# Who may do what

Generated out of the services' routes by `make schemas`; a gate holds it.

A token says who somebody is, in which administrations they work, and which roles they hold: in all of those
administrations (`roles`) or in one (`administration_roles`). Where a path names an administration, the roles that count
are those held there, and nobody gets in who holds none; where it names none, what is shown or done is limited to the
administrations in which the role is held.

- **clerk**: does the daily work, and asks for what somebody else approves.
- **approver**: gives the second confirmation where four eyes are asked for.
- **operator**: runs the system: configuration, events by hand, dead letters, jobs.
- **auditor**: reads everything, changes nothing.
"""
COLUMNS = "| operation | clerk | approver | operator | auditor | |\n|---|:-:|:-:|:-:|:-:|---|"


def page(apps: Mapping[ServiceName, FastAPI]) -> str:
    """The page: a table for each service, its operations in the order of their paths."""
    tables = (f"## {name}\n\n{COLUMNS}\n" + "".join(sorted(_rows(app))) for name, app in apps.items())
    return "\n".join((HEAD, *tables))


def _rows(app: FastAPI) -> Iterator[str]:
    for route in iter_route_contexts(app.routes):
        if named(route).strip() and route.methods:
            yield _row(route)


def _row(route: RouteContext) -> str:
    operation = named(route)
    asked = [set(roles) for roles in map(roles_of, demanded(route)) if roles]
    held = set(Role).intersection(*asked) if operation not in OPEN else set()
    marks = " | ".join("●" if role in held else "" for role in Role)
    return f"| `{operation}` | {marks} | {OPEN.get(operation) or ANYBODY.get(operation, '')} |\n"


def applications(folder: Path) -> dict[ServiceName, FastAPI]:
    """Every service's application as its process makes it; nothing is opened."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:9")
        environment.setenv("OPENITEMS_DOCUMENT_FOLDER", str(folder))
        return assembled(Issuer(folder / "keys.json"))


if __name__ == "__main__":
    with TemporaryDirectory() as scratch:
        PAGE.write_text(page(applications(Path(scratch))), encoding="utf-8")
