"""Where the bytes of documents are kept: named by their SHA-256, so written once and never changed."""

from __future__ import annotations

import asyncio
import os
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol

from chassis.errors import NotFound


class DocumentStore(Protocol):
    """Keeps bytes under their digest. Putting the same bytes again changes nothing."""

    async def put(self, content: bytes) -> str:
        """Keep the bytes durably and return their SHA-256 in hexadecimal; Retry when the store cannot be reached."""
        ...

    async def get(self, digest: str) -> bytes:
        """The bytes under a digest; NotFound when they were never put, Retry when the store cannot be reached."""
        ...


class FolderStore:
    """Documents as files below a folder, spread over 256 folders by the digest's first two digits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def put(self, content: bytes) -> str:
        """Write beside, flush to the disk, and move into place: a crash leaves the whole file, or none."""
        return await asyncio.to_thread(self._put, content)

    async def get(self, digest: str) -> bytes:
        """Read the file; NotFound when there is none."""
        try:
            return await asyncio.to_thread(self._path(digest).read_bytes)
        except FileNotFoundError as error:
            raise missing(digest) from error

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest

    def _put(self, content: bytes) -> str:
        digest = sha256(content).hexdigest()
        path = self._path(digest)
        if path.exists():
            return digest
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as beside:
            beside.write(content)
            beside.flush()
            os.fsync(beside.fileno())
        Path(beside.name).replace(path)
        _flush_folder(path.parent)
        return digest


def missing(digest: str) -> NotFound:
    """The refusal for bytes that are not in the store."""
    return NotFound(
        "document-missing",
        "The document store has nothing under {digest}.",
        digest=digest,
        field="document_id",
        remedy="Ask the operators whether the store was moved or restored.",
    )


def _flush_folder(folder: Path) -> None:
    """Make the new name as durable as the bytes."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
