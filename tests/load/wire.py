"""HTTP/1.1 with as little as a sender of load needs: it shares two cores with what it measures."""

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

ANSWER_SECONDS = 30.0
LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Answer:
    """The status and the body of an answer."""

    status_code: int
    content: bytes

    @property
    def is_success(self) -> bool:
        """Whether the command was carried out."""
        return 200 <= self.status_code < 300

    def json(self) -> Any:
        """What the body says as JSON."""
        return json.loads(self.content)


class Wire:
    """Connections to one service, kept open; as many as there are answers to wait for."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None, "services of the stack have an address"
        self.place = (parts.hostname, parts.port)
        self.head = f"host: {parts.netloc}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n"
        self._idle: list[tuple[StreamReader, StreamWriter]] = []

    async def get(self, path: str) -> Answer:
        """The answer to a GET. OSError when the connection breaks, TimeoutError after ANSWER_SECONDS."""
        return await self._exchange(f"GET {path} HTTP/1.1\r\n{self.head}\r\n".encode())

    async def post(self, path: str, *, json: Any, headers: Mapping[str, str]) -> Answer:
        """The answer to a POST of JSON. OSError when the connection breaks, TimeoutError after ANSWER_SECONDS."""
        body = encoded(json)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        lines = f"POST {path} HTTP/1.1\r\n{self.head}{head}content-length: {len(body)}\r\n\r\n"
        return await self._exchange(lines.encode() + body)

    async def _exchange(self, request: bytes) -> Answer:
        """Send and read; a connection that the server closed while it was idle is replaced. OSError when it breaks."""
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await self._connection()
            try:
                answer = await self._answer(reader, writer, request)
            except BaseException:
                writer.close()
                raise
        if not writer.is_closing():
            self._idle.append((reader, writer))
        return answer

    async def _connection(self) -> tuple[StreamReader, StreamWriter]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(*self.place)

    async def _answer(self, reader: StreamReader, writer: StreamWriter, request: bytes) -> Answer:
        writer.write(request)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            if b"connection: close" in lines:
                writer.close()
            length = next(int(line[len(LENGTH) :]) for line in lines if line.startswith(LENGTH))
            return Answer(int(head.split(b" ", 2)[1]), await reader.readexactly(length))
        except asyncio.IncompleteReadError as error:
            raise ConnectionResetError("the server closed the connection") from error

    def close(self) -> None:
        """Close every connection that is not in use."""
        for _, writer in self._idle:
            writer.close()


def encoded(body: Any) -> bytes:
    """JSON as bytes, without blanks: the sender has little time."""
    return json.dumps(body, separators=(",", ":")).encode()
