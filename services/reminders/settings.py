"""What reminders needs to run beside what every service needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from chassis.settings import Settings
from services.reminders.documents.bucket import Bucket, BucketStore
from services.reminders.documents.encryption import Security
from services.reminders.documents.folder import DocumentStore, FolderStore
from services.reminders.mail.mailbox import Mailbox
from services.reminders.mail.send import MailServer

Port = Annotated[int, Field(ge=1, le=65_535)]
SUBMISSION_PORTS: Mapping[Security, int] = MappingProxyType({"tls": 465, "starttls": 587, "none": 25})
"""Where messages are handed in (RFC 8314, 3.3; RFC 6409; RFC 5321)."""
IMAP_PORTS: Mapping[Security, int] = MappingProxyType({"tls": 993, "starttls": 143, "none": 143})
"""Where a mailbox is read (RFC 8314, 3.2; RFC 9051, 2.1)."""


class ReminderSettings(Settings):
    """Where documents are kept, how mail goes out and comes back, and what operators add in files of their own."""

    document_store: Annotated[Path, Field(description="Folder of the documents, unless a bucket is named")] = Path(
        "documents"
    )
    s3_bucket: Annotated[str | None, Field(description="Keep documents in this bucket of an S3-compatible store")] = (
        None
    )
    s3_prefix: Annotated[str, Field(description="Before the name of each document in the bucket")] = ""
    s3_endpoint: Annotated[str | None, Field(description="https://… of the store; Amazon's own when absent")] = None
    s3_region: str = "us-east-1"
    s3_access_key_id: Annotated[str | None, Field(description="Without one: where Amazon's tools look for it")] = None
    s3_secret_access_key: SecretStr | None = None
    s3_virtual_hosted: Annotated[bool, Field(description="The endpoint names the bucket in its host")] = False
    s3_plain_http: Annotated[bool, Field(description="Allow an endpoint without TLS in a private network")] = False
    house_styles: Annotated[
        Path | None, Field(description="Folder with a file <administration>.toml per administration")
    ] = None
    law_rates: Annotated[
        Path | None, Field(description="File of rates that were published since, read before each letter run")
    ] = None
    mail_host: Annotated[str | None, Field(description="Without one, messages stay queued")] = None
    mail_port: Annotated[
        Port | None, Field(description="Where the security's own port is not meant: tls 465, starttls 587, none 25")
    ] = None
    mail_security: Security = "tls"
    mail_username: str | None = None
    mail_password: SecretStr | None = None
    mail_ca_file: Path | None = None
    mail_return_path: Annotated[
        str | None, Field(description="Address that bounces go to; the sender's own when absent")
    ] = None
    mails_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 120
    bounce_host: Annotated[str | None, Field(description="IMAP server of the mailbox that bounces come to")] = None
    bounce_port: Annotated[
        Port | None, Field(description="Where the security's own port is not meant: tls 993, starttls and none 143")
    ] = None
    bounce_security: Security = "tls"
    bounce_username: str = ""
    bounce_password: SecretStr = SecretStr("")
    bounce_folder: str = "INBOX"
    bounce_seconds: Annotated[int, Field(ge=5, le=86_400, description="Pause between two looks at it")] = 60
    letter_workers: Annotated[
        int | None, Field(ge=1, le=16, description="Processes that set letters; default the cores")
    ] = None

    @model_validator(mode="after")
    def _keys_come_in_pairs(self) -> Self:
        if bool(self.s3_access_key_id) != bool(self.s3_secret_access_key):
            raise ValueError("OPENITEMS_S3_ACCESS_KEY_ID and OPENITEMS_S3_SECRET_ACCESS_KEY are given together")
        return self

    def documents(self) -> DocumentStore:
        """The document store; raises Refused for one that must not be used."""
        if self.s3_bucket is None:
            return FolderStore(self.document_store)
        return BucketStore(
            Bucket(
                name=self.s3_bucket,
                prefix=self.s3_prefix,
                endpoint=self.s3_endpoint,
                region=self.s3_region,
                access_key_id=self.s3_access_key_id,
                secret_access_key=_secret(self.s3_secret_access_key),
                virtual_hosted=self.s3_virtual_hosted,
                plain_http=self.s3_plain_http,
            )
        )

    def mail_server(self) -> MailServer | None:
        """Where messages are handed in; None when no server is configured."""
        if self.mail_host is None:
            return None
        return MailServer(
            host=self.mail_host,
            port=self.mail_port or SUBMISSION_PORTS[self.mail_security],
            security=self.mail_security,
            username=self.mail_username,
            password=_secret(self.mail_password),
            ca_file=self._authorities(),
            return_path=self.mail_return_path,
            messages_per_minute=self.mails_per_minute,
        )

    def bounce_mailbox(self) -> Mailbox | None:
        """Where bounces arrive; None when no mailbox is configured."""
        if self.bounce_host is None:
            return None
        return Mailbox(
            host=self.bounce_host,
            port=self.bounce_port or IMAP_PORTS[self.bounce_security],
            security=self.bounce_security,
            username=self.bounce_username,
            password=self.bounce_password.get_secret_value(),
            folder=self.bounce_folder,
            ca_file=self._authorities(),
        )

    def _authorities(self) -> str | None:
        return str(self.mail_ca_file) if self.mail_ca_file else None


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None
