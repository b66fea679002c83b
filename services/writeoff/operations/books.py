"""Administrations' books: taken over as they are configured, and looked up for whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chassis.consuming.handling import Handled, Received
from chassis.database import Connection
from contracts.operators import AdministrationConfigured
from read_model.parties import get_administration, take_administration_configured
from services.writeoff.domain.books import Books
from services.writeoff.store import books as store


async def take_configurations(
    connection: Connection, received: Sequence[Received[AdministrationConfigured]]
) -> Handled:
    """Keep the newest configuration, and every journal that it ever named: what was used can never disappear."""
    outcome = await take_administration_configured(connection, received)
    await store.keep_journals(connection, (entry.event.administration for entry in received))
    return outcome


async def current_books(connection: Connection, administration: str) -> Books:
    """The administration's books; NotFound when it is not configured."""
    books = await store.find_books(connection, administration)
    if books is None:
        await get_administration(connection, administration)
        raise AssertionError("an unknown administration was refused before")
    return books


async def shared_books(connection: Connection, administrations: Iterable[str]) -> dict[str, Books]:
    """The books of those that are configured, none of whose periods is sealed until this transaction ends."""
    names = sorted(set(administrations))
    await store.share_books(connection, names)
    return await store.load_books(connection, names)
