"""What reminders needs to run beside what every service needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from chassis.settings import Settings
from services.reminders.mail.send import MailServer, Security


class ReminderSettings(Settings):
    """The documents' folder, the mail server, and the workers that set letters."""

    document_store: Path = Path("documents")
    house_styles: Annotated[
        Path | None, Field(description="Folder with a file <administration>.toml per administration")
    ] = None
    mail_host: Annotated[str | None, Field(description="Without one, messages stay queued")] = None
    mail_port: Annotated[int, Field(ge=1, le=65_535)] = 465
    mail_security: Security = "tls"
    mail_username: str | None = None
    mail_password: SecretStr | None = None
    mail_ca_file: Path | None = None
    mails_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 120
    letter_workers: Annotated[
        int | None, Field(ge=1, le=16, description="Processes that set letters; default the cores")
    ] = None

    def mail_server(self) -> MailServer | None:
        """Where messages are handed in; None when no server is configured."""
        if self.mail_host is None:
            return None
        return MailServer(
            host=self.mail_host,
            port=self.mail_port,
            security=self.mail_security,
            username=self.mail_username,
            password=self.mail_password.get_secret_value() if self.mail_password else None,
            ca_file=str(self.mail_ca_file) if self.mail_ca_file else None,
            messages_per_minute=self.mails_per_minute,
        )
