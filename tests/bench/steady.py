"""Requests at a steady rate over plain sockets: a client so lean that what is measured is the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

CONNECTIONS = 64
TIMEOUT_SECONDS = 120.0

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: its body, when its request was due, and how many seconds later it was there."""

    body: bytes
    due_at: float
    seconds: float


class Client:
    """Kept-alive connections to one server; a request takes a free one, or waits for it."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        parts = urlsplit(url)
        assert parts.hostname, "the url names a host"
        self.address = (parts.hostname, parts.port or 80)
        self.head = "".join(f"{name}: {value}\r\n" for name, value in {"host": parts.netloc, **headers}.items())
        self.free: asyncio.Queue[Streams] = asyncio.Queue()

    async def post(self, path: str, body: bytes, key: str = "") -> bytes:
        """The body of the answer, which must be a good one."""
        own = f"idempotency-key: {key}\r\n" if key else ""
        head = f"POST {path} HTTP/1.1\r\n{self.head}{own}content-type: application/json\r\n"
        reader, writer = await self.free.get()
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in answer.decode().lower().split("\r\n")[1:] if line)
        content = await reader.readexactly(int(fields["content-length"]))
        self.free.put_nowait((reader, writer))
        assert answer.split(b" ", 2)[1].startswith(b"2"), content.decode()
        return content


@asynccontextmanager
async def client_of(url: str, headers: dict[str, str]) -> AsyncIterator[Client]:
    """A client with its connections open."""
    client = Client(url, headers)
    opened = [await asyncio.open_connection(*client.address) for _ in range(CONNECTIONS)]
    for streams in opened:
        client.free.put_nowait(streams)
    try:
        yield client
    finally:
        for _, writer in opened:
            writer.close()


async def at_a_rate(client: Client, path: str, bodies: Sequence[bytes], rate_per_second: float) -> list[Answered]:
    """Send each when it is due, whether or not the earlier ones are answered; times count from when it was due."""
    begun, begun_at = time.perf_counter(), time.time()

    async def one(number: int, due: float) -> Answered:
        body = await client.post(path, bodies[number], f"m{number}")
        return Answered(body, begun_at + due, time.perf_counter() - begun - due)

    sent: list[asyncio.Task[Answered]] = []
    async with asyncio.timeout(TIMEOUT_SECONDS), asyncio.TaskGroup() as group:
        for number in range(len(bodies)):
            due = number / rate_per_second
            await asyncio.sleep(max(0.0, begun + due - time.perf_counter()))
            sent.append(group.create_task(one(number, due)))
    return [task.result() for task in sent]
