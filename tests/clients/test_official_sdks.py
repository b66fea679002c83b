"""The official SDKs of CloudEvents send to both doors what they make by themselves, and everything is taken."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from cloudevents.core.bindings.kafka import to_binary_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from chassis.consuming.validation import read_events
from tests.brokers.choice import TestBroker
from tests.chassis.issuer import Issuer
from tests.chassis.serving import serving
from tests.clients.fetched import GO, JAVA, JS, Client, ClientMissing, parsed_by_node
from tests.databases import FreshDatabase
from tests.integration.stack import published
from tests.services.matching.books import Ledger
from tests.services.matching.conftest import empty_ledger, ledger
from tests.services.matching.desk import open_app
from tests.services.matching.library import ADMINISTRATION, posted

__all__ = ["empty_ledger", "ledger"]

TYPE = "openitems.item-posted.v1"
DATA: dict[str, Any] = posted("ITEM").model_dump(mode="json", exclude_unset=True)
ASYNCAPI = Path(__file__).parents[2] / "contracts" / "schemas" / "asyncapi.json"
SENDS = {
    "java": (JAVA, {"http-binary", "http-structured"}, {"kafka-binary", "kafka-structured"}),
    "js": (JS, {"http-binary", "http-structured"}, {"kafka-binary", "kafka-structured"}),
    "go": (GO, {"http-binary", "http-structured"}, set[str]()),
}
"""Each SDK, and what it sends by HTTP and to Kafka; that of Go has no binding for Kafka among its modules."""


@pytest.mark.slow
@pytest.mark.requirement("D.7")
@pytest.mark.parametrize("language", SENDS)
async def test_both_doors_take_what_an_sdk_sends(
    language: str, broker: TestBroker, ledger: Ledger, database: FreshDatabase, tmp_path: Path
) -> None:
    client, by_http, to_kafka = SENDS[language]
    issuer = Issuer(tmp_path / "keys.json")
    token = issuer.token(sub="library", roles=["operator"], administrations=[ADMINISTRATION])
    environment = {"TOKEN": token, "BOOTSTRAP": broker.bootstrap, "TYPE": TYPE, "DATA": json.dumps(DATA)}

    async with serving(open_app(ledger, database, issuer)) as url:
        assert await run(client, environment | {"URL": url}) == ""

    rows = await ledger.database.pool.fetch("SELECT event_id FROM outbox")
    assert {row["event_id"] for row in rows} == {f"{language}-{mode}" for mode in by_http}
    received, dead = read_events(await published(broker.bootstrap, "item-posted", len(to_kafka)) if to_kafka else [])
    assert dead == []
    assert {entry.envelope.event_id for entry in received} == {f"{language}-{mode}" for mode in to_kafka}


async def run(client: Client, environment: dict[str, str]) -> str:
    try:
        return await asyncio.to_thread(client.runs, environment)
    except ClientMissing as missing:
        pytest.skip(f"NOT TESTED with the SDK of {client.language}: {missing}")


@pytest.mark.parametrize("to_message", [to_binary_event, to_structured_event])
async def test_kafka_takes_what_the_sdk_of_python_sends(broker: TestBroker, to_message: Any) -> None:
    attributes = {"specversion": "1.0", "type": TYPE, "id": "python", "source": "sdk/python"}
    message = to_message(CloudEvent(attributes | {"datacontenttype": "application/json"}, DATA), JSONFormat())

    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=False) as producer:
        await producer.send_and_wait("item-posted", message.value, headers=list(message.headers.items()))

    (received,), dead = read_events(await published(broker.bootstrap, "item-posted", 1))
    assert dead == []
    assert (received.envelope.event_id, received.envelope.source) == ("python", "sdk/python")
    assert received.envelope.time is not None


def test_the_asyncapi_document_is_read_by_the_official_parser() -> None:
    try:
        found = parsed_by_node(ASYNCAPI)
    except ClientMissing as missing:
        pytest.skip(f"NOT TESTED with the parser of AsyncAPI: {missing}")

    assert found == ""
