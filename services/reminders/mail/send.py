"""Handing messages to a mail server: over TLS, one connection for many, at a bounded pace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from types import TracebackType
from typing import Literal, Self

import aiosmtplib

from services.reminders.documents.encryption import Security, is_loopback, trusted
from services.reminders.mail.refusals import UnsafeServer

State = Literal["accepted", "try-later", "refused"]

PERMANENT_CODE = 500
AUTHENTICATION_CODES = frozenset({530, 534, 535, 538})
"""Replies that blame our credentials, not the message: nothing is wrong with the debtor's address."""

RETRY_AFTER_SECONDS = (60, 300, 900, 3_600, 4 * 3_600, 12 * 3_600, 24 * 3_600)
"""Pause before each further attempt; after the last one a message is given up and reported."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where messages are handed in. `ca_file` names further authorities to trust; `security` none is for loopback.

    `return_path` is the address that bounces go to, the message's own sender when there is none; `timeout_seconds` is
    for one answer of the server, `send_seconds` for a whole message.
    """

    host: str
    port: int
    security: Security = "tls"
    username: str | None = None
    password: str | None = None
    ca_file: str | None = None
    return_path: str | None = None
    timeout_seconds: float = 20.0
    send_seconds: float = 45.0
    messages_per_minute: int = 120
    messages_per_connection: int = 100

    def __repr__(self) -> str:
        """Show where, and never with which password."""
        return f"MailServer({self.host}:{self.port}, {self.security})"

    @property
    def longest_seconds(self) -> float:
        """How long handing in one message takes at most."""
        return 2 * self.timeout_seconds + self.send_seconds  # a goodbye before it, and one after a fault


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """What became of a message: the server's reply code, if it gave one, and its words."""

    state: State
    code: int | None
    reason: str


class Pace:
    """Lets at most so many messages a minute pass, evenly; clock and sleep are passed in."""

    def __init__(
        self,
        per_minute: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the number per minute (at least one)."""
        assert per_minute >= 1
        self._interval_seconds = 60 / per_minute
        self._clock = clock
        self._sleep = sleep
        self._next_at = float("-inf")

    async def turn(self) -> None:
        """Wait until a message may pass, one after the other."""
        now = self._clock()
        begins = max(now, self._next_at)
        self._next_at = begins + self._interval_seconds
        if begins > now:
            await self._sleep(begins - now)


class Mailer:
    """Sends messages through one server, one after the other; an asynchronous context manager.

    A message may reach the server twice when the connection breaks between its acceptance and our knowing of it; both
    carry the same Message-ID, by which mail systems tell that they are one.
    """

    def __init__(self, server: MailServer, pace: Pace | None = None) -> None:
        """Take the server; raises UnsafeServer when messages would leave this machine unencrypted."""
        if server.security == "none" and not is_loopback(server.host):
            raise UnsafeServer(server.host)
        self._server = server
        self._pace = pace or Pace(server.messages_per_minute)
        self._connection: aiosmtplib.SMTP | None = None
        self._sent_on_connection = 0
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with self._turn:
            await self._disconnect()

    @property
    def longest_seconds(self) -> float:
        """How long `send` takes at most."""
        return self._server.longest_seconds

    async def wait(self) -> None:
        """Wait until the pace allows another message: before one is leased for it."""
        await self._pace.turn()

    async def send(self, message: EmailMessage) -> ServerAnswer:
        """Hand a message in and say what became of it; never raises for what a mail server does."""
        async with self._turn:
            if self._sent_on_connection >= self._server.messages_per_connection:
                await self._disconnect()  # before the message and not after it: what was accepted is noted at once
            try:
                async with asyncio.timeout(self._server.send_seconds):
                    connection = await self._connected()
                    _, reply = await connection.send_message(message, sender=self._server.return_path)
            except (aiosmtplib.SMTPException, OSError) as error:
                await self._disconnect()
                return answer_of(error)
            self._sent_on_connection += 1
            return ServerAnswer("accepted", 250, reply)

    async def _connected(self) -> aiosmtplib.SMTP:
        """Return the connection, made anew when there is none."""
        if self._connection is None:
            self._connection = aiosmtplib.SMTP(
                hostname=self._server.host,
                port=self._server.port,
                username=self._server.username,
                password=self._server.password,
                timeout=self._server.timeout_seconds,
                use_tls=self._server.security == "tls",
                start_tls=self._server.security == "starttls",
                tls_context=None if self._server.security == "none" else trusted(self._server.ca_file),
            )
            self._sent_on_connection = 0
            await self._connection.connect()
        return self._connection

    async def _disconnect(self) -> None:
        """Say goodbye if the server still listens."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await connection.quit()
        except (aiosmtplib.SMTPException, OSError):
            connection.close()


def answer_of(error: Exception) -> ServerAnswer:
    """Tell a fault that passes from one that stays.

    Only a reply of the 500s to this sender, recipient or message is for good; broken connections, timeouts, replies of
    the 400s and wrong credentials are tried again, since another attempt may succeed without the debtor's doing.
    """
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        refused = error.recipients[0]
        return ServerAnswer("refused" if refused.code >= PERMANENT_CODE else "try-later", refused.code, refused.message)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        connecting = isinstance(error, aiosmtplib.SMTPConnectResponseError | aiosmtplib.SMTPAuthenticationError)
        lasting = error.code >= PERMANENT_CODE and not connecting and error.code not in AUTHENTICATION_CODES
        return ServerAnswer("refused" if lasting else "try-later", error.code, error.message)
    return ServerAnswer("try-later", None, f"{type(error).__name__}: {error}")


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after so many failed attempts, or None when it is enough."""
    assert attempts >= 1
    if attempts > len(RETRY_AFTER_SECONDS):
        return None
    return now + timedelta(seconds=RETRY_AFTER_SECONDS[attempts - 1])
