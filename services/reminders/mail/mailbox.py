"""The mailbox that bounces come to, read over IMAP: nothing in it is changed, so that people may read it as well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from imaplib import IMAP4, IMAP4_SSL
from typing import Any

from chassis.errors import Retry
from services.reminders.documents.encryption import Security, is_loopback, trusted
from services.reminders.mail.bounces import BYTES_MAX
from services.reminders.mail.refusals import UnsafeServer

MESSAGES_MAX = 200
"""Messages looked at in one go; the rest follow in the next."""

SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
REPORT = re.compile(rb"content-type:\s*multipart/report", re.IGNORECASE)
"""Only such messages are read: what people write to each other is not."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where bounces arrive. `ca_file` names further authorities to trust; `security` none is for loopback."""

    host: str
    port: int = 993
    security: Security = "tls"
    username: str = ""
    password: str = ""
    folder: str = "INBOX"
    ca_file: str | None = None
    timeout_seconds: float = 20.0

    def __repr__(self) -> str:
        """Show where, and never with which password."""
        return f"Mailbox({self.name}, {self.security})"

    @property
    def name(self) -> str:
        """By which it is remembered how far the mailbox was read."""
        return f"{self.username}@{self.host}:{self.port}/{self.folder}"


@dataclass(frozen=True, slots=True)
class Position:
    """How far a mailbox was read: its UIDVALIDITY (RFC 3501, 2.3.1.1) and the last UID that was looked at."""

    validity: int
    last_uid: int


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Reports that came since, the position after them, and whether there is more."""

    reports: tuple[bytes, ...]
    position: Position
    more: bool


def read_reports(mailbox: Mailbox, after: Position | None, messages_max: int = MESSAGES_MAX) -> Arrivals:
    """Read the delivery reports that came after a position, all of them when the mailbox was made anew.

    Blocks; raises UnsafeServer when the password would leave this machine unencrypted, and Retry when the server
    cannot be reached, refuses the password or has no such folder.
    """
    if mailbox.security == "none" and not is_loopback(mailbox.host):
        raise UnsafeServer(mailbox.host, field="bounce_security")
    try:
        with opened(mailbox) as server:
            validity = opened_folder(server, mailbox.folder)
            begin = after.last_uid + 1 if after is not None and after.validity == validity else 1
            found = uids(server, begin)
            looked_at = found[:messages_max]
            reports = tuple(report for uid in looked_at if (report := read_report(server, uid)) is not None)
    except (IMAP4.error, OSError) as error:
        raise Retry(f"the mailbox {mailbox.name} cannot be read: {error}") from error
    last = looked_at[-1] if looked_at else begin - 1
    return Arrivals(reports, Position(validity, last), more=len(found) > len(looked_at))


@contextmanager
def opened(mailbox: Mailbox) -> Iterator[IMAP4]:
    """Connect, encrypt and log in; log out at the end."""
    context = trusted(mailbox.ca_file) if mailbox.security != "none" else None
    server = (
        IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=context, timeout=mailbox.timeout_seconds)
        if mailbox.security == "tls"
        else IMAP4(mailbox.host, mailbox.port, timeout=mailbox.timeout_seconds)
    )
    with server:
        if mailbox.security == "starttls":
            server.starttls(ssl_context=context)
        server.login(mailbox.username, mailbox.password)
        yield server


def opened_folder(server: IMAP4, folder: str) -> int:
    """Open a folder for reading only; its UIDVALIDITY."""
    quoted = folder.replace("\\", "\\\\").replace('"', '\\"')
    state, answer = server.select(f'"{quoted}"', readonly=True)
    if state != "OK":
        raise IMAP4.error(f"no folder {folder}: {answer!r}")
    _, validity = server.response("UIDVALIDITY")
    return int(validity[-1] or b"0") if validity else 0


def uids(server: IMAP4, begin: int) -> list[int]:
    """UIDs from one on, ascending; a server answers n:* with its last message even when that one is older."""
    _, answer = server.uid("SEARCH", "UID", f"{begin}:*")
    return sorted(uid for uid in map(int, (answer[0] or b"").split()) if uid >= begin)


def read_report(server: IMAP4, uid: int) -> bytes | None:
    """The message, or None when it is no report, or too large for one; it stays unread for people."""
    _, answer = server.uid("FETCH", str(uid), "(RFC822.SIZE BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE)])")
    size = SIZE.search(b" ".join(described(answer)))
    if size is None or int(size[1]) > BYTES_MAX or not REPORT.search(literal(answer)):
        return None
    _, answer = server.uid("FETCH", str(uid), "(BODY.PEEK[])")
    return literal(answer)


def described(answer: list[Any]) -> Iterator[bytes]:
    """What a FETCH says beside its literals."""
    for part in answer:
        if isinstance(part, tuple):
            yield part[0]
        elif isinstance(part, bytes):
            yield part


def literal(answer: list[Any]) -> bytes:
    """The literal of a FETCH; empty when the message is gone by now."""
    return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), b"")
