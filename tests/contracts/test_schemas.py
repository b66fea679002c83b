"""The generated documents are valid by their own validators, and say what the models do."""

import json
from pathlib import Path

import jsonschema
import pytest

from contracts.asyncapi import DOOR, asyncapi
from contracts.event import Event
from contracts.generate import schema_of
from contracts.topics import INGESTED_TOPICS, TOPICS, all_topics

CONTRACTS = [pytest.param(contract, id=topic) for topic, contract in TOPICS.items()]
ASYNCAPI_SCHEMA = Path(__file__).with_name("asyncapi-3.0.0.schema.json")
"""The specification's own JSON Schema, as the AsyncAPI initiative publishes it (Apache-2.0)."""


@pytest.mark.parametrize("contract", CONTRACTS)
def test_each_schema_is_a_valid_json_schema_that_takes_its_example(contract: type[Event]) -> None:
    schema = schema_of(contract)

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(contract.example)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_each_example_is_taken_by_its_model_and_told_again_unchanged(contract: type[Event]) -> None:
    event = contract.model_validate_json(json.dumps(contract.example))

    told = event.model_dump_json()

    assert contract.model_validate_json(told) == event
    assert event.key.startswith(event.administration)


@pytest.mark.requirement("D.2")
def test_the_asyncapi_document_is_valid_and_knows_every_topic() -> None:
    document = asyncapi()

    jsonschema.Draft7Validator(json.loads(ASYNCAPI_SCHEMA.read_text("utf-8"))).validate(document)

    assert document["channels"].keys() == {*TOPICS, DOOR}
    assert {"set-created", "writeoff-requested", "items-matched", "reminder-issued"} <= TOPICS.keys()
    assert len(all_topics()) == 2 * len(TOPICS)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_an_event_is_frozen_and_ignores_fields_that_it_does_not_know(contract: type[Event]) -> None:
    event = contract.model_validate_json(json.dumps(contract.example | {"from_the_future": 1}))

    with pytest.raises(ValueError, match="frozen"):
        event.administration = "another"  # type: ignore[misc]  # what is tested is that this fails

    assert not hasattr(event, "from_the_future")


def test_what_others_may_publish_is_said_by_each_contract() -> None:
    own = {
        "set-created",
        "party-blacklisted",
        "items-matched",
        "match-rejected",
        "items-written-off",
        "reminder-issued",
    }

    assert TOPICS.keys() - own == INGESTED_TOPICS


def test_the_asyncapi_document_says_what_is_ours_to_receive_and_what_to_send() -> None:
    operations = asyncapi()["operations"]

    received = {name.removeprefix("receive-") for name, told in operations.items() if told["action"] == "receive"}
    sent = {name.removeprefix("send-") for name, told in operations.items() if told["action"] == "send"}

    assert received == {*INGESTED_TOPICS, DOOR}
    assert TOPICS.keys() - sent == {
        *("administration-configured", "party-updated", "item-changed", "material-returned"),
        *("checkin-cancelled", "borrower-enrolled", "bailiff-referred"),
    }
    assert all(name.partition("-")[0] == told["action"] for name, told in operations.items())


def test_every_channel_has_a_server_and_every_server_asks_who_one_is() -> None:
    document = asyncapi()

    servers, schemes = document["servers"], document["components"]["securitySchemes"]

    named = {one["$ref"].rpartition("/")[2] for channel in document["channels"].values() for one in channel["servers"]}
    assert named == servers.keys()
    assert {
        one["$ref"].rpartition("/")[2] for server in servers.values() for one in server["security"]
    } == schemes.keys()
    assert all(server["protocol"] in {"kafka-secure", "https"} for server in servers.values())
