"""What reminders needs to run beside what every service needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from chassis.settings import Settings


class ReminderSettings(Settings):
    """The documents' place, the house styles, and the workers that set letters.

    `document_store` is a folder, or `s3://bucket/prefix`; then the keys, region and endpoint are needed too.
    """

    document_store: str = "documents"
    document_store_endpoint: str | None = None
    document_store_region: str = "us-east-1"
    document_store_access_key: str | None = None
    document_store_secret_key: SecretStr | None = None
    house_styles: Annotated[
        Path | None, Field(description="Folder with a file <administration>.toml, a logo beside it, per administration")
    ] = None
    letter_workers: Annotated[
        int | None, Field(ge=1, le=16, description="Processes that set letters; default the cores")
    ] = None
