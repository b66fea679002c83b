"""A service's settings: all from the environment, prefix `OPENITEMS_`; secrets never print."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from aiokafka.helpers import create_ssl_context
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

OPENITEMS = "openitems"
ServiceName = Literal["selection", "matching", "reminders", "writeoff"]


class KafkaSettings(BaseSettings):
    """How the broker is reached.

    The embedded broker knows no idempotent producers, Apache Kafka does. Apache Kafka answers a fetch as soon as there
    is news; the embedded one holds every answer back for `fetch_wait_ms`, so that it wants a short one.
    """

    model_config = SettingsConfigDict(env_prefix="OPENITEMS_KAFKA_", frozen=True, extra="ignore")

    bootstrap: str
    idempotence: bool = True
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_ca_file: Path | None = None
    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = "none"
    partitions: Annotated[int, Field(ge=1, le=256)] = 12
    replication: Annotated[int, Field(ge=1, le=5)] = 1
    session_timeout_ms: Annotated[
        int, Field(ge=1_000, le=300_000, description="So long after its last heartbeat a member of the group is dead")
    ] = 15_000
    fetch_wait_ms: Annotated[
        int, Field(ge=1, le=30_000, description="So long a broker without news may hold its answer back")
    ] = 500

    @model_validator(mode="after")
    def _sasl_is_complete(self) -> KafkaSettings:
        if self.security_protocol.startswith("SASL") and not (self.sasl_username and self.sasl_password):
            raise ValueError("OPENITEMS_KAFKA_SASL_USERNAME and _SASL_PASSWORD are needed with a SASL protocol")
        return self

    def connection(self) -> dict[str, Any]:
        """Keyword arguments that every aiokafka client takes."""
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": self.security_protocol,
        }
        if self.security_protocol in {"SSL", "SASL_SSL"}:
            arguments["ssl_context"] = create_ssl_context(cafile=str(self.ssl_ca_file) if self.ssl_ca_file else None)
        if self.sasl_username and self.sasl_password:
            arguments |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": self.sasl_password.get_secret_value(),
            }
        return arguments


class Settings(BaseSettings):
    """What every service needs to run; a service with more needs extends it."""

    model_config = SettingsConfigDict(env_prefix="OPENITEMS_", frozen=True, extra="ignore")

    service: ServiceName
    database_url: SecretStr
    migration_database_url: SecretStr | None = None
    database_pool_size: Annotated[int, Field(ge=2, le=200)] = 16
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    jwks_file: Path | None = None
    jwks_url: str | None = None
    token_issuer: str = OPENITEMS
    token_audience: str = OPENITEMS
    token_longest_seconds: Annotated[
        int, Field(ge=60, le=31 * 86_400, description="A token that is valid for longer is refused")
    ] = 86_400
    claim_employee: str = "sub"
    claim_administrations: str = "administrations"
    claim_roles: str = "roles"
    claim_administration_roles: str = "administration_roles"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    batch_records: Annotated[int, Field(ge=1, le=20_000, description="Most events taken at once")] = 4_000
    wait_limit_seconds: Annotated[float, Field(gt=0, description="After this a waiting event is reported")] = 86_400.0
    dead_letters_tolerated: Annotated[
        int, Field(ge=0, le=1_000_000, description="Dead letters of a topic in a minute, whatever their share is")
    ] = 100
    dead_letter_share: Annotated[
        float, Field(ge=0, le=1, description="Share of a topic's events in a minute that may be dead letters; 1: all")
    ] = 0.1
    outbox_retention_days: Annotated[int, Field(ge=1, le=3_650)] = 30

    @cached_property
    def kafka(self) -> KafkaSettings:
        """The broker's settings, read from the same environment."""
        return KafkaSettings()

    @property
    def schema_name(self) -> str:
        """The PostgreSQL schema that the service's tables are in."""
        return str(self.service)

    @property
    def role_name(self) -> str:
        """The service's database role, which owns nothing and may only do what it was granted."""
        return f"openitems_{self.service}"

    @property
    def source(self) -> str:
        """CloudEvents source of the events that this service publishes."""
        return f"openitems/{self.service}"
