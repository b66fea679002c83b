"""One JSON line per event, with its trace, without secrets."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from chassis.telemetry import configure_logging, continue_trace

TOKEN = "eyJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiJqLmRldnJpZXMifQ.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def lines() -> Callable[[], list[Any]]:
    configure_logging("matching", "INFO")
    written = io.StringIO()
    (handler,) = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_says_what_when_where_and_in_which_trace(lines: Any) -> None:
    with continue_trace(None) as step:
        structlog.get_logger("any").info("items-matched", items=3)

    (line,) = lines()
    assert line["event"] == "items-matched"
    assert line["items"] == 3
    assert line["level"] == "info"
    assert line["service"] == "matching"
    assert line["trace_id"] == step[3:35]
    assert line["timestamp"].endswith("Z")


def test_libraries_log_in_the_same_form(lines: Any) -> None:
    logging.getLogger("some.library").warning("took %s s", 5)
    logging.getLogger("aiokafka").info("chatter")

    (line,) = lines()
    assert line["event"] == "took 5 s"
    assert line["service"] == "matching"


def test_what_is_below_the_level_is_not_logged(lines: Any) -> None:
    structlog.get_logger("any").debug("detail")

    assert lines() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"authorization": f"Bearer {TOKEN}"},
        {"password": "hunter2hunter2"},
        {"database_url": "postgresql://openitems:hunter2hunter2@db/openitems"},
        {"dsn": "hunter2hunter2"},
        {"client_secret": "hunter2hunter2"},
        {"address": "postgresql://openitems:hunter2hunter2@db/openitems"},
        {"headers": {"Authorization": "hunter2hunter2", "Cookie": "hunter2hunter2"}},
        {"headers": [("x", f"bearer {TOKEN}")]},
        {"text": f"the token was {TOKEN}, it seems"},
        {"text": "connecting with password=hunter2hunter2 host=db"},
        {"deep": {"a": {"b": {"c": {"sasl_password": "hunter2hunter2"}}}}},
    ],
)
def test_secrets_are_not_logged(lines: Any, fields: dict[str, Any]) -> None:
    structlog.get_logger("any").info("happened", **fields)

    (line,) = lines()
    assert "hunter2" not in json.dumps(line)
    assert TOKEN not in json.dumps(line)
    assert "[redacted]" in json.dumps(line)


def test_secrets_in_the_event_and_in_tracebacks_are_not_logged(lines: Any) -> None:
    def connect() -> None:
        raise ConnectionError("cannot reach postgresql://openitems:hunter2hunter2@db/openitems")

    try:
        connect()
    except ConnectionError:
        structlog.get_logger("any").exception(f"failed with {TOKEN}")
        logging.getLogger("some.library").exception("failed with Bearer %s", TOKEN)

    logged = json.dumps(lines())
    assert "ConnectionError: cannot reach postgresql://[redacted]@db/openitems" in logged
    assert "hunter2" not in logged
    assert TOKEN not in logged


def test_ordinary_fields_stay_as_they_are(lines: Any) -> None:
    fields = {"count": 3, "share": 0.5, "done": True, "nothing": None, "names": ["a", "b"], "where": {"topic": "t"}}

    structlog.get_logger("any").info("happened", **fields)

    (line,) = lines()
    assert {name: line[name] for name in fields} == fields


def test_the_id_of_a_token_is_written_and_the_token_is_not(lines: Any) -> None:
    structlog.get_logger("any").info("http-request", token_id="token-1", token="token-1", token_idea="token-1")

    (line,) = lines()
    assert (line["token_id"], line["token"], line["token_idea"]) == ("token-1", "[redacted]", "[redacted]")
