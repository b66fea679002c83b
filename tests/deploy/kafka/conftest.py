"""A Kafka as in production: TLS, SCRAM, and what each principal was granted."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from pydantic import SecretStr

from chassis.settings import KafkaSettings
from deploy.kafka.acls import SERVICES, all_grants, apply, principal_of
from deploy.topics import make_topics
from tests.brokers.apache import ApacheKafka, Secured, await_brokers
from tests.brokers.certificates import make_certificates
from tests.brokers.jars import KafkaMissing

PARTITIONS = 4
ADMINISTRATOR = "openitems-administrator"
STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class SecuredKafka:
    """A running cluster, and everyone's password."""

    bootstrap: str
    secured: Secured

    def settings(self, principal: str, password: str | None = None) -> KafkaSettings:
        """The settings under which a principal reaches the cluster."""
        return KafkaSettings(
            bootstrap=self.bootstrap,
            security_protocol="SASL_SSL",
            sasl_username=principal,
            sasl_password=SecretStr(password or self.secured.passwords[principal]),
            ssl_ca_file=self.secured.authority,
            compression="zstd",
            partitions=PARTITIONS,
        )


@pytest.fixture(scope="module")
def kafka_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """One secured node for all tests here; nobody but its administrator may do anything yet."""
    folder = tmp_path_factory.mktemp("secured")
    keystore, authority = make_certificates(folder)
    names = (ADMINISTRATOR, STRANGER, *(principal_of(service) for service in SERVICES))
    secured = Secured(keystore, authority, {name: secrets.token_hex(16) for name in names}, ADMINISTRATOR)
    try:
        with ApacheKafka(folder / "kafka", secured=secured) as kafka:
            yield SecuredKafka(kafka.bootstrap, secured)
    except KafkaMissing as missing:
        pytest.skip(f"NOT TESTED on Apache Kafka: {missing}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kafka(kafka_process: SecuredKafka) -> SecuredKafka:
    """The cluster with its topics, and the services' principals with what they are granted."""
    administrator = kafka_process.settings(ADMINISTRATOR)
    await await_brokers(kafka_process.bootstrap, 1, **_without_address(administrator))
    await make_topics(administrator)
    await apply(administrator, all_grants())
    return kafka_process


def _without_address(settings: KafkaSettings) -> dict[str, object]:
    return {name: value for name, value in settings.connection().items() if name != "bootstrap_servers"}
