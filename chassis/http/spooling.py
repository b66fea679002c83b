"""Downloads are made as fast as they can be, and taken as slowly as the client likes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from tempfile import TemporaryFile
from typing import BinaryIO

READ_BYTES = 64 * 1024


class _Spool:
    """A temporary file that grows at its end while it is read from its beginning."""

    def __init__(self, file: BinaryIO) -> None:
        self._descriptor = file.fileno()
        self._written = 0
        self._read = 0
        self._news = asyncio.Event()

    async def fill(self, chunks: AsyncGenerator[bytes]) -> None:
        """Write all chunks; whatever making them raises is for who reads."""
        try:
            async for chunk in chunks:
                await asyncio.to_thread(self._append, chunk)
                self._news.set()
        finally:
            self._news.set()

    def _append(self, chunk: bytes) -> None:
        rest = memoryview(chunk)
        while rest:
            count = os.pwrite(self._descriptor, rest, self._written)
            self._written, rest = self._written + count, rest[count:]

    async def take(self, filling: asyncio.Task[None]) -> AsyncGenerator[bytes]:
        """What is written, as soon as it is; ends with the filling, and raises what that raised after all before it."""
        while True:
            self._news.clear()
            done = filling.done()
            while self._read < self._written:
                chunk = await asyncio.to_thread(os.pread, self._descriptor, READ_BYTES, self._read)
                self._read += len(chunk)
                yield chunk
            if done:
                filling.result()
                return
            await self._news.wait()


async def spooled(chunks: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """The same bytes by way of a temporary file, so that what makes them never waits for who takes them.

    A reader of the database would else keep its connection and its snapshot for as long as a client likes: a few slow
    downloads would hold all connections of a service. However it ends, the chunks are closed.
    """
    with TemporaryFile(prefix="openitems-") as file:
        spool = _Spool(file)
        filling = asyncio.create_task(spool.fill(chunks))
        try:
            async for chunk in spool.take(filling):
                yield chunk
        finally:
            filling.cancel()
            await asyncio.wait([filling])
            if not filling.cancelled():
                filling.exception()
            await chunks.aclose()
