"""An IMAP server on loopback (pymap, in memory), over STARTTLS, behind TLS or in the clear."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from imaplib import IMAP4

from deploy.embedded.processes.ports import accepts, free_port
from services.reminders.documents.encryption import Security
from services.reminders.mail.mailbox import Mailbox
from tests.services.reminders.mail.serving import HOST, Authority

USER, PASSWORD = "bounces", "correct horse"
START_SECONDS = 20.0


class Postbox:
    """A mailbox with its server, in which a test puts messages."""

    def __init__(self, mailbox: Mailbox, port: int) -> None:
        self.mailbox = mailbox
        self.port = port

    async def deliver(self, *messages: bytes, folder: str = "INBOX") -> None:
        """Put messages in a folder."""
        await asyncio.to_thread(self._deliver, messages, folder)

    async def flags(self) -> list[bytes]:
        """What is noted at each message of the inbox."""
        return await asyncio.to_thread(self._flags)

    def _deliver(self, messages: tuple[bytes, ...], folder: str) -> None:
        with IMAP4(HOST, self.port, timeout=5) as server:
            server.login(USER, PASSWORD)
            server.create(folder)
            for message in messages:
                assert server.append(folder, "", "", message)[0] == "OK"

    def _flags(self) -> list[bytes]:
        with IMAP4(HOST, self.port, timeout=5) as server:
            server.login(USER, PASSWORD)
            server.select("INBOX", readonly=True)
            return [line for line in server.fetch("1:*", "(FLAGS)")[1] if isinstance(line, bytes)]


@asynccontextmanager
async def mailbox_server(authority: Authority, security: Security = "tls") -> AsyncIterator[Postbox]:
    """Run a server with one mailbox; plain connections stay possible for the test itself, unless over STARTTLS."""
    port = free_port()
    words = [sys.executable, "-c", "from pymap.main import main; main()", "--host", HOST, "--port", str(port)]
    chain = str(authority.chain_file)
    words += ["--cert", chain, "--key", chain] if security == "starttls" else ["--no-tls"]
    words += ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - it starts at once
    try:
        async with asyncio.timeout(START_SECONDS):
            while not accepts(port):  # noqa: ASYNC110 - another process cannot set an event
                await asyncio.sleep(0.05)
        mailbox = Mailbox(HOST, port, security, USER, PASSWORD, ca_file=str(authority.ca_file), timeout_seconds=5)
        if security != "tls":
            yield Postbox(mailbox, port)
            return
        async with tls_before(authority, port) as encrypted:
            yield Postbox(Mailbox(HOST, encrypted, "tls", USER, PASSWORD, ca_file=mailbox.ca_file), port)
    finally:
        process.terminate()
        process.wait(5)


@asynccontextmanager
async def tls_before(authority: Authority, port: int) -> AsyncIterator[int]:
    """A port on which what is said to another comes encrypted."""

    forwarding: set[asyncio.Task[None]] = set()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(HOST, port)
        try:
            await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer), return_exceptions=True)
        finally:
            for one in (inner_writer, writer):
                one.transport.abort()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        forwarding.add(asyncio.create_task(forward(reader, writer)))

    server = await asyncio.start_server(begin, HOST, 0, ssl=authority.context())
    async with server:
        yield server.sockets[0].getsockname()[1]
        server.close()
        for task in forwarding:
            task.cancel()
        await asyncio.gather(*forwarding, return_exceptions=True)


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what is said until one side ends."""
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()
