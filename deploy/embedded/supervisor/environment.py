"""What the processes of a stack are told by their environment; each is given its own secrets only."""

from dataclasses import dataclass

from deploy.embedded.broker.server import FETCH_WAIT_MS, SESSION_TIMEOUT_MS, Broker
from deploy.embedded.folder.ownership import StackFolder
from deploy.embedded.postgres.databases import DATABASE, OWNER, service_role
from deploy.embedded.postgres.server import Postgres
from deploy.embedded.processes.child_environment import inherited
from deploy.embedded.processes.ports import HOST
from deploy.embedded.tokens import AUDIENCE, ISSUER


@dataclass(frozen=True)
class Surroundings:
    """The servers and the folder of one stack, as the environments of its services name them."""

    folder: StackFolder
    postgres: Postgres
    broker: Broker
    partitions: int

    @property
    def addresses(self) -> tuple[int, int]:
        """The ports of PostgreSQL and the broker: a service that runs learns of another one only by a restart."""
        return self.postgres.port, self.broker.port

    def service(self, name: str, port: int | None) -> dict[str, str]:
        """Return the environment of a service that listens on `port`, or does a task and listens on none."""
        own = {
            "OPENITEMS_SERVICE": name,
            "OPENITEMS_DATABASE_URL": self.postgres.url(service_role(name), DATABASE),
            "OPENITEMS_KAFKA_BOOTSTRAP": self.broker.bootstrap,
            "OPENITEMS_KAFKA_IDEMPOTENCE": "false",
            "OPENITEMS_KAFKA_SESSION_TIMEOUT_MS": str(SESSION_TIMEOUT_MS),
            "OPENITEMS_KAFKA_FETCH_WAIT_MS": str(FETCH_WAIT_MS),
            "OPENITEMS_KAFKA_PARTITIONS": str(self.partitions),
            "OPENITEMS_HTTP_HOST": HOST,
            "OPENITEMS_JWKS_FILE": str(self.folder.jwks_file),
            "OPENITEMS_TOKEN_ISSUER": ISSUER,
            "OPENITEMS_TOKEN_AUDIENCE": AUDIENCE,
            "OPENITEMS_DOCUMENT_STORE": str(self.folder.documents),
        }
        if port is not None:
            own["OPENITEMS_HTTP_PORT"] = str(port)
        return inherited() | own

    def migration(self, name: str) -> dict[str, str]:
        """Return the environment of a service's migration, which alone works as the owner."""
        owner = {"OPENITEMS_MIGRATION_DATABASE_URL": self.postgres.url(OWNER, DATABASE)}
        return self.service(name, None) | owner
