"""A mail server of our own on loopback, with a certificate of its own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from deploy.embedded.processes.ports import free_port
from services.reminders.documents.encryption import Security
from services.reminders.mail.send import MailServer

HOST = "127.0.0.1"
USER, PASSWORD = "reminders", "correct horse"


@dataclass
class Inbox:
    """What the server got, and what it answers: replies by recipient, replies to the next messages, hanging up.

    It takes a message at once and says so after `thinks_seconds`, as servers do that look for viruses first.
    """

    messages: list[bytes] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    greetings: int = 0
    refuse_recipient: dict[str, str] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)
    thinks_seconds: float = 0.0

    async def handle_EHLO(  # noqa: N802 - aiosmtpd calls its hooks by the names of the commands
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.greetings += 1
        return responses

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls its hooks by the names of the commands
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refuse_recipient:
            return self.refuse_recipient[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - see above
        answer = self.answers.pop(0) if self.answers else "250 kept"
        if answer == "hang up":
            assert server.transport is not None
            server.transport.close()
            return "421 gone"
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.messages.append(envelope.content)
            self.senders.append(str(envelope.mail_from))
        await asyncio.sleep(self.thinks_seconds)
        return answer


@dataclass(frozen=True)
class Authority:
    """An authority of this test run, and a server certificate that it signed."""

    ca_file: Path
    chain_file: Path

    @classmethod
    def made_in(cls, folder: Path, *, host: str = HOST) -> Authority:
        authority = trustme.CA()
        ca_file, chain_file = folder / "ca.pem", folder / "chain.pem"
        authority.cert_pem.write_to_path(str(ca_file))
        authority.issue_cert(host).private_key_and_cert_chain_pem.write_to_path(str(chain_file))
        return cls(ca_file, chain_file)

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.chain_file)
        return context


def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@contextmanager
def serving(authority: Authority, security: Security = "starttls") -> Iterator[tuple[MailServer, Inbox]]:
    """Run a mail server that asks for TLS, over STARTTLS for a password too; say how to reach it."""
    inbox = Inbox()
    context = authority.context()
    controller = Controller(
        inbox,
        hostname=HOST,
        port=free_port(),
        ssl_context=context if security == "tls" else None,
        tls_context=context if security == "starttls" else None,
        require_starttls=security == "starttls",
        authenticator=authenticate,
        auth_required=security == "starttls",
        auth_require_tls=True,
    )
    controller.start()
    try:
        server = MailServer(HOST, controller.port, security, ca_file=str(authority.ca_file), timeout_seconds=5)
        yield replace(server, username=USER, password=PASSWORD) if security == "starttls" else server, inbox
    finally:
        controller.stop()
