"""The databases that tests work on."""

from dataclasses import dataclass

from pydantic import SecretStr

from chassis.settings import ServiceName, Settings
from deploy.embedded.postgres.databases import OWNER, service_role
from deploy.embedded.postgres.server import Postgres

TEMPLATE = "migrated"


@dataclass(frozen=True, slots=True)
class FreshDatabase:
    """A database of one test, with the schemas of all services."""

    postgres: Postgres
    name: str

    @property
    def owner_url(self) -> str:
        """The address for the owner of the schemas, who may do everything: for what a test looks at or prepares."""
        return self.postgres.url(OWNER, self.name)

    def url(self, service: ServiceName) -> str:
        """The address for the role under which the service works, which may only do what it was granted."""
        return self.postgres.url(service_role(service), self.name)

    def settings(self, service: ServiceName) -> Settings:
        """The settings under which the service works on this database."""
        return Settings(service=service, database_url=SecretStr(self.url(service)))


def owner_settings(postgres: Postgres, service: ServiceName, database: str) -> Settings:
    """The settings under which the service's schema in a database is migrated."""
    return Settings(
        service=service,
        database_url=SecretStr(postgres.url(service_role(service), database)),
        migration_database_url=SecretStr(postgres.url(OWNER, database)),
    )
