"""The ledger's API, without a server."""

from pathlib import Path

from fastapi import FastAPI

from chassis.service import assemble
from services.matching.app import SERVICE
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.services.matching.books import Ledger
from tests.services.matching.library import ADMINISTRATION
from tests.support.desk import Desk, app_of, client_of, no_lag

ROLES = ("clerk", "operator", "auditor")


def open_app(ledger: Ledger, database: FreshDatabase, issuer: Issuer) -> FastAPI:
    """The service's application over the ledger's database; no broker is asked."""
    return app_of(SERVICE, assemble(SERVICE, database.settings("matching"), ledger.database), issuer, no_lag)


def open_desk(ledger: Ledger, database: FreshDatabase, folder: Path) -> Desk:
    """The application, as a clerk calls it."""
    issuer = Issuer(folder / "keys.json")
    return Desk(client_of(open_app(ledger, database, issuer)), issuer, ADMINISTRATION, roles=ROLES)
