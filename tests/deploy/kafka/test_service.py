"""Services at work on a Kafka with TLS, SCRAM and ACLs: compressed, idempotent, each as its own principal."""

import pytest

from deploy.kafka.acls import principal_of
from services.matching.app import SERVICE as MATCHING
from services.writeoff.app import SERVICE as WRITEOFF
from tests.databases import FreshDatabase
from tests.deploy.kafka.conftest import PARTITIONS, SecuredKafka
from tests.integration.stack import drained, open_totals, running, send
from tests.services.writeoff.library import configured, party, posted, requested

pytestmark = pytest.mark.kafka


def enter(monkeypatch: pytest.MonkeyPatch, kafka: SecuredKafka, principal: str) -> None:
    """Let what is opened next reach Kafka as this principal."""
    values = {
        "BOOTSTRAP": kafka.bootstrap,
        "PARTITIONS": str(PARTITIONS),
        "COMPRESSION": "zstd",
        "IDEMPOTENCE": "true",
        "SECURITY_PROTOCOL": "SASL_SSL",
        "SASL_USERNAME": principal,
        "SASL_PASSWORD": kafka.secured.passwords[principal],
        "SSL_CA_FILE": str(kafka.secured.authority),
    }
    for name, value in values.items():
        monkeypatch.setenv(f"OPENITEMS_KAFKA_{name}", value)


async def test_a_write_off_goes_through_with_no_more_than_is_granted(
    kafka: SecuredKafka, database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(monkeypatch, kafka, principal_of(WRITEOFF))
    async with running(database, "writeoff") as writeoff:
        enter(monkeypatch, kafka, principal_of(MATCHING))
        async with running(database, "matching") as matching:
            await send(configured(), party(), posted("I1", 1250), posted("I2", 300))
            await send(requested({"I1": 1250}))
            await drained([matching, writeoff])

    left = {("P1", "EUR"): 300}
    assert await open_totals(database, ["matching", "writeoff"]) == {"matching": left, "writeoff": left}
