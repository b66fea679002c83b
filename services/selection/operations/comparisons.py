"""A set against what the same criteria find today, and against what came back of its report."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import BytesIO
from uuid import UUID

import asyncpg
from openpyxl import load_workbook

from chassis.database import Connection
from chassis.errors import Conflict, Refused
from chassis.fingerprints import names
from chassis.sentences import Sentence
from services.selection.domain.returned import Key, csv_rows, kept_keys, unreadable
from services.selection.domain.work_scope import WorkScope
from services.selection.operations.sets import add_set, fix_set
from services.selection.store.comparisons import (
    compare_members,
    difference_with_listed,
    first_unknown_listed,
    take_listed,
)
from services.selection.store.members import MemberSearch
from services.selection.store.sets import Making, StoredSet, get_set, new_id

NOT_COMPARABLE = frozenset({"parties-of", "items-of"})
ZIP_MAGIC = b"PK\x03\x04"
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024


async def compare_with_today(connection: Connection, scope: WorkScope, set_id: UUID) -> list[asyncpg.Record]:
    """Per currency: what came, went and changed since the set was made; Refused for a set without own criteria."""
    source = await get_set(connection, scope.administration, set_id)
    tree = source.tree
    if tree is None or source.origin in NOT_COMPARABLE:
        raise Refused(
            "not-comparable",
            "The set was not made by criteria of its own.",
            field="set_id",
            remedy="Compare the set that it was made of.",
        )
    return await compare_members(connection, scope, set_id, MemberSearch(source.set_type, tree))


@dataclass(frozen=True, slots=True)
class Removed:
    """What a returned report left out of a set in one currency."""

    currency: str
    members: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedReport:
    """What a returned report kept of a set, what it removed, and the fingerprint of that difference."""

    source: StoredSet
    keys: tuple[Key, ...]
    removed: tuple[Removed, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ConfirmedDifference:
    """The fingerprint of a difference that was shown, and the name of the fixed set that is made of it."""

    fingerprint: str
    name: str


async def read_returned(connection: Connection, scope: WorkScope, set_id: UUID, content: bytes) -> ReturnedReport:
    """The difference between a set and its report as it came back; Refused when the file is no report of this set."""
    source = await get_set(connection, scope.administration, set_id)
    rows: Iterable[Sequence[str]] = xlsx_rows(content) if content.startswith(ZIP_MAGIC) else csv_rows(content)
    listed = kept_keys(rows, source.set_type)
    await _refuse_unknown(connection, source, listed)
    keys = tuple(sorted(set(listed)))
    removed = await difference_with_listed(connection, scope.administration, set_id, keys)
    digest = sha256(f"{set_id}|{source.fingerprint}".encode())
    for key in keys:
        digest.update("\x1f".join(key).encode() + b"\x1e")
    return ReturnedReport(
        source=source,
        keys=keys,
        removed=tuple(Removed(row["currency"], row["members"], row["amount"]) for row in removed),
        fingerprint=digest.hexdigest(),
    )


async def _refuse_unknown(connection: Connection, source: StoredSet, keys: Sequence[Key]) -> None:
    unknown = await first_unknown_listed(connection, source.administration, source.set_id, keys)
    if unknown is not None:
        raise Refused(
            "no-report-of-this-set",
            "{member} is no member of this set.",
            member=f"{unknown['party_id']} {unknown['item_id']}".strip(),
            field="file",
            remedy="Send back the report that was exported of this set, with rows removed or unticked only.",
        )


async def fix_returned(
    connection: Connection, scope: WorkScope, returned: ReturnedReport, confirmed: ConfirmedDifference
) -> StoredSet:
    """Make what was kept the next fixed set; Conflict when another difference was confirmed, Refused without a name."""
    if not confirmed.name:
        raise Refused("name-required", "The next fixed set needs a name.", field="name", remedy="Give one.")
    if not names(confirmed.fingerprint, returned.fingerprint):
        raise Conflict(
            "fingerprint-differs",
            "The confirmed fingerprint is not that of this file's difference.",
            field="fingerprint",
            remedy="Read the file again, and confirm the difference that is shown.",
        )
    source = returned.source
    made_id = await new_id(connection)
    await take_listed(connection, scope.administration, made_id, source.set_id, returned.keys)
    making = Making(set_type=source.set_type, origin="report", parents=(source.set_id,), criteria=source.tree)
    await add_set(connection, scope, made_id, making)
    return await fix_set(connection, scope, made_id, confirmed.name)


def xlsx_rows(content: bytes) -> Iterator[Sequence[str]]:
    """Rows of a workbook's first sheet as texts; Refused when it is no XLSX file, or unpacks to an absurd size."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise unreadable(Sentence("The file unpacks to more than a gibibyte."))
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise unreadable(Sentence("The file is no XLSX workbook.")) from error
    for row in book.worksheets[0].iter_rows(values_only=True):
        yield tuple(_as_text(value) for value in row)


def _as_text(value: object) -> str:
    match value:
        case None:
            return ""
        case float() if value.is_integer():
            return str(int(value))
        case date():
            return value.isoformat()
        case _:
            return str(value)
