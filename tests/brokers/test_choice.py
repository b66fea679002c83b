"""A broker is chosen by name, and what cannot be had is said loudly."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from contracts.library import ItemPosted
from tests.brokers.choice import CONTAINER, VARIABLE, chosen_broker, empty_topics, shared_broker
from tests.brokers.jars import KafkaMissing, find_jars, find_java, jars_folder, kafka_version
from tests.events import posted
from tests.integration.stack import published, send

PARTITIONS = 4


def test_the_embedded_broker_is_what_tests_run_on_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)

    assert chosen_broker() == "embedded"


def test_a_choice_that_means_nothing_is_refused_with_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(KafkaMissing, match=r"neither embedded, kafka, testcontainers nor HOST:PORT"):
        shared_broker("rabbit", tmp_path).__enter__()


def test_any_address_is_taken_as_it_is(tmp_path: Path) -> None:
    with shared_broker("kafka.example:9092", tmp_path) as bootstrap:
        assert bootstrap == "kafka.example:9092"


def test_jars_that_are_there_are_found_without_a_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    folder = tmp_path / "openitems" / f"kafka-{kafka_version()}"
    folder.mkdir(parents=True)

    assert find_jars() == jars_folder() == folder


SLOW_MAVEN = """#!/bin/sh
for argument; do case $argument in -DoutputDirectory=*) folder=${argument#*=};; esac; done
echo fetched >> "$FETCHES"; sleep 0.3; mkdir -p "$folder"; touch "$folder/kafka_2.13-0.jar"
"""


def test_jars_that_two_want_at_the_same_time_are_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetches, maven = tmp_path / "fetches", tmp_path / "mvn"
    maven.write_text(SLOW_MAVEN)
    maven.chmod(0o700)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("FETCHES", str(fetches))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    with ThreadPoolExecutor(2) as both:
        found = list(both.map(lambda _: find_jars(), range(2)))

    assert found == [jars_folder()] * 2
    assert [jar.name for jar in jars_folder().iterdir()] == ["kafka_2.13-0.jar"]
    assert fetches.read_text() == "fetched\n"


def test_missing_jars_and_a_missing_java_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)

    with pytest.raises(KafkaMissing, match="no mvn to fetch it"):
        find_jars()
    with pytest.raises(KafkaMissing, match="no Java"):
        find_java()


@pytest.mark.requirement("D.4")
async def test_events_go_through_kafka_in_a_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        with shared_broker(CONTAINER, tmp_path) as bootstrap:
            monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", bootstrap)
            monkeypatch.setenv("OPENITEMS_KAFKA_PARTITIONS", str(PARTITIONS))
            await empty_topics(bootstrap, PARTITIONS)
            await send(posted("I1"))
            (record,) = await published(bootstrap, "item-posted", 1)
    except KafkaMissing as missing:
        pytest.skip(f"NOT TESTED in a container: {missing}")

    assert ItemPosted.model_validate_json(record.value).item_id == "I1"
