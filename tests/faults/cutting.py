"""A way to a server that breaks: connections are cut after so many bytes, in one direction or the other, by a seed."""

import asyncio
import math
import random
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from deploy.embedded.processes.ports import HOST

READ_BYTES = 65_536
LEAST_BYTES, MOST_BYTES = 1, 60_000
"""How much a doomed connection carries: as often a few bytes as some thousands."""


@dataclass(slots=True)
class Doom:
    """When a connection is cut: after `left` more bytes towards the server, or from it."""

    is_towards: bool
    left: int


class CuttingProxy:
    """Passes connections on to a port of this machine, and while it `is_cutting` lets none of them live long."""

    def __init__(self, target_port: int, seed: int) -> None:
        self.target_port = target_port
        self.is_cutting = False
        self.port = 0
        self._chance = random.Random(seed)
        self._wanted = 0
        self._enough = asyncio.Event()
        self._open: set[StreamWriter] = set()

    async def cut(self, connections: int, limit_seconds: float) -> None:
        """Cut so many connections, and then let them live; TimeoutError when they do not come in time."""
        self._wanted, self.is_cutting = connections, True
        self._enough.clear()
        async with asyncio.timeout(limit_seconds):
            await self._enough.wait()
        self.is_cutting = False

    def _count(self) -> None:
        self._wanted -= 1
        if self._wanted <= 0:
            self._enough.set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["CuttingProxy"]:
        """Take connections on a free port until the block ends."""
        server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for writer in self._open:
                writer.transport.abort()
            await server.wait_closed()

    def instead_of(self, url: str) -> str:
        """The address that leads here instead of to the target."""
        assert f":{self.target_port}/" in url, "only addresses of the target lead through here"
        return url.replace(f":{self.target_port}/", f":{self.port}/")

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            upstream, onward = await asyncio.open_connection(HOST, self.target_port)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, onward}
        self._open |= ends
        sizes = (math.log(LEAST_BYTES), math.log(MOST_BYTES))
        doom = Doom(self._chance.random() < 1 / 2, int(math.exp(self._chance.uniform(*sizes))))
        try:
            await asyncio.gather(
                self._pass_on(reader, onward, doom, is_towards=True),
                self._pass_on(upstream, writer, doom, is_towards=False),
            )
        except ConnectionError:
            pass
        finally:
            for end in ends:
                end.transport.abort()
            self._open -= ends

    async def _pass_on(self, reader: StreamReader, writer: StreamWriter, doom: Doom, *, is_towards: bool) -> None:
        """Copy one direction until it ends or its doom comes; raises ConnectionError then, so that both ends break."""
        writer.transport.set_write_buffer_limits(0)
        while data := await reader.read(READ_BYTES):
            if self.is_cutting and doom.is_towards == is_towards:
                doom.left -= len(data)
                if doom.left < 0:
                    self._count()
                    with suppress(ConnectionError):
                        writer.write(data[: len(data) + doom.left])
                        await writer.drain()
                    raise ConnectionAbortedError("cut")
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError("one end has gone")
