"""Why a reminder is not sent by e-mail."""

from __future__ import annotations

from chassis.errors import Refused


class MailRefused(Refused):
    """Root of every reason for which no message is made; the others of the run go on."""


class InvalidEmail(MailRefused):
    """An address that no message can be sent to."""

    def __init__(self, address: str, *, field: str = "email") -> None:
        super().__init__(
            "invalid-email",
            "{address!r} is not an e-mail address.",
            address=address,
            field=field,
            remedy="Correct the address, or remind this party by letter.",
        )


class UnsafeServer(MailRefused):
    """Messages with debtors' names must not leave the machine unencrypted."""

    def __init__(self, host: str, *, field: str = "mail_security") -> None:
        super().__init__(
            "unsafe-server",
            "The mail server {host!r} is to be reached without TLS.",
            host=host,
            field=field,
            remedy="Use tls or starttls; only a server on this machine may do without.",
        )
