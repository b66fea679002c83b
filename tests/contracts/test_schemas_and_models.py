"""A value is valid by a topic's schema if, and only if, the topic's consumers take it, but for what is named here.

Each value of a full event is left out, replaced by each of a list of strange ones, with those at and beyond the bounds
that contracts have among them, and by whatever comes to hypothesis' mind.
"""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from chassis.consuming.validation import validate
from contracts.generate import schema_of
from contracts.topics import TOPICS
from tests.services.matching.test_door_and_consumers import FULL

UUID = "01937c1e-0000-7000-8000-00000000000a"
NUMBERS: tuple[Any, ...] = (
    *(0, 1, -1, 2, 9, 10, 99, 100, 120, 121, 1250, -1250, 1900, 2999, 3000, 3650, 3651),
    *(1250.0, -1250.0, 0.0, -0.0, 1250.5, 1e3, 1e15, 1e16, 1e300, 0.1),
    *(2**31 - 1, 2**31, -(2**31), 2**53 + 1, 2**62, 2**62 + 1, 2**63 - 1, 2**63, -(2**63), 10**30),
    *(10**15, 10**15 + 1, -(10**15), -(10**15) - 1),
)
TEXTS = (
    *(
        "",
        " ",
        "a",
        " a",
        "a ",
        "a b",
        "\x00",
        "a\x00b",
        "a\nb",
        "a\n",
        "\n",
        "a\x7f",
        "a\x85b",
        "é",
        "\U0001f4da",
        "\ufeff",
    ),
    *("a@b", "a b@c", "a@b@c", "a\x1cb@c", "a\x85b@c", "a\xa0b@c", "\ufeff@b", "a@b\n"),
    *(letter * n for letter in ("x", "é", "\U0001f4da") for n in (2, 11, 16, 17, 20, 34, 40, 64, 65)),
    *("x" * n for n in (41, 100, 101, 200, 201, 254, 400, 401, 1_000, 1_001, 2_000, 2_001)),
    *(
        "EUR",
        "DKK",
        "JPY",
        "eur",
        "QQQ",
        "XAU",
        "XXX",
        "EURO",
        "EUR\n",
        "BE",
        "be",
        "BEL",
        "nl",
        "nl-BE",
        "nl-be",
        "NL",
    ),
    *("2026-10-01", "2026-02-28", "2026-02-29", "2024-02-29", "2026-02-30", "2026-13-01", "2026-00-01", "2026-1-1"),
    *("1899-12-31", "1900-01-01", "2999-12-31", "3000-01-01", "0000-01-01", "9999-12-31", "12026-01-01", "-2026-01-01"),
    *("20261001", "2026-W40-4", "2026-274", "2026-10-01 ", " 2026-10-01", "2026-10-01\n", "01-10-2026", "२०२६-१०-०१"),
    *("2026-10-01T00:00:00", "2026-10-01T00:00:00Z", "2026-11-22T09:00:00+01:00", "2026-11-22t09:00:00z"),
    *("2026-11-22T09:00:00.123456789Z", "2026-11-22T24:00:00Z", "2026-11-22T23:59:60Z", "2026-02-30T09:00:00Z"),
    *(UUID, UUID.upper(), UUID.replace("-", ""), f"{{{UUID}}}", f"urn:uuid:{UUID}", f"URN:UUID:{UUID}", f"{UUID}\n"),
    *(UUID[:-1], UUID.replace("-", "", 1), f"{{{UUID.replace('-', '')}}}", f"g{UUID[1:]}", f" {UUID}", f"{UUID}0"),
    *("12345678", "1234567", "１２３４５６７８", "0" * 64, "a" * 64, "A" * 64, "A100", "a100", "A 100", "A/1", "B100"),
    *("bib-gent", "bib gent", "*", "fine", "Fine", "debtor", "1.5", "1250", "null", "true"),
)
OTHERS: tuple[Any, ...] = (None, True, False, [], [1], ["x"], {}, {"x": 1}, [[]], [None])
STRANGE = (*NUMBERS, *TEXTS, *OTHERS)
MISSING = object()
"""In place of a value: the field is left out."""

BEYOND_SCHEMAS = (
    "unknown time zone",  # the IANA database, which changes several times a year
    "the character NUL cannot be kept",  # within the criteria of a set, which have any form
    "period_end lies before period_start",
    "ends before it starts",
    "overlaps the period before it",
    "each code occurs once",
    "occurs once",
    "which is no A-journal here",
    "is no default for what it is not used for",
    "levels count 1, 2, 3",
)
"""What models refuse and no schema can say: it compares fields, or looks things up."""
COUNTED = re.compile(r"[0-9]+(\.[0-9]+)?|[0-9]{8}")
"""Days and instants that pydantic reads as seconds since 1970; nobody is promised that."""
OTHER_INSTANTS = re.compile(r"[0-9-]{10}[T ][0-9:.]+(Z|[+-][0-9:]+)")
"""Instants that are not quite those of RFC 3339; only we send any."""

Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """An event in which one value is another."""

    where: Where
    value: Any
    body: Any


def places(node: Any, path: Where = ()) -> Iterator[Where]:
    """Every place of a value, the whole of it first."""
    yield path
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in inner:
        yield from places(value, (*path, step))


def full(topic: str) -> dict[str, Any]:
    return deepcopy(TOPICS[topic].example | FULL.get(topic, {}))


def with_value(topic: str, where: Where, value: Any) -> Case:
    """The full event of a topic with another value at a place, or none."""
    if not where:
        return Case(where, value, None if value is MISSING else value)
    body = full(topic)
    node: Any = body
    for step in where[:-1]:
        node = node[step]
    if value is MISSING:
        del node[where[-1]]
    else:
        node[where[-1]] = value
    return Case(where, value, body)


def as_ecma(schema: Any) -> Any:
    """The schema for a validator that has Python's patterns, in which $ is also before a last line break."""
    if isinstance(schema, list):
        return [as_ecma(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: as_ecma(inner) for name, inner in schema.items()}
    return told | {"pattern": told["pattern"].removesuffix("$") + r"\Z"} if _ends(told.get("pattern")) else told


def _ends(pattern: Any) -> bool:
    return isinstance(pattern, str) and pattern.endswith("$")


CHECKER = jsonschema.FormatChecker(formats=["date", "uuid"])


@CHECKER.checks("date-time", raises=ValueError)
def _is_instant(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text.upper()).tzinfo is not None


@cache
def validator(topic: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(as_ecma(schema_of(TOPICS[topic])), format_checker=CHECKER)


def refused_by_model(topic: str, body: Any) -> str | None:
    """Why no consumer takes it; None where all do."""
    try:
        validate(topic, json.dumps(body).encode())
    except ValidationError as error:
        return str(error.errors()[0]["msg"])
    return None


def difference(topic: str, case: Case) -> str | None:
    """Where schema and model do not agree, in words; None where they do, or where it is named that they do not."""
    is_valid, refusal = validator(topic).is_valid(case.body), refused_by_model(topic, case.body)
    if is_valid == (refusal is None):
        return None
    if refusal is not None and any(named in refusal for named in BEYOND_SCHEMAS):
        return None
    text = case.value if isinstance(case.value, str) else ""
    if refusal is None and (COUNTED.fullmatch(text) or OTHER_INSTANTS.fullmatch(text)):
        return None
    shown = "nothing" if case.value is MISSING else ascii(case.value)[:60]
    return f"{topic}: {shown} at {'/'.join(map(str, case.where))}: {refusal or 'taken, and not valid by the schema'}"


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_what_a_schema_says_its_consumers_say_too(topic: str) -> None:
    cases = (with_value(topic, where, value) for where in places(full(topic)) for value in (*STRANGE, MISSING))

    assert [told for case in cases if (told := difference(topic, case))] == []


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_the_full_event_of_a_topic_is_taken_by_both(topic: str) -> None:
    assert validator(topic).is_valid(full(topic))
    assert refused_by_model(topic, full(topic)) is None


@pytest.mark.parametrize("topic", sorted(TOPICS))
@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_whatever_comes_to_mind_both_take_or_refuse_it(topic: str, data: st.DataObject) -> None:
    where = data.draw(st.sampled_from([place for place in places(full(topic)) if place]))
    value = data.draw(
        st.text(st.characters(exclude_categories=["Cs"]))
        | st.integers()
        | st.floats(allow_nan=False)
        | st.dates().map(str)
    )

    case = with_value(topic, where, value)

    assert difference(topic, case) is None


@pytest.mark.parametrize(
    ("amount", "taken"),
    [("1250.0", 1250), ("1.25e3", 1250), ("1250.00000000000000001", None), ("1250.5", None), ("-0.0", None)],
)
def test_a_whole_number_is_one_however_it_is_written(amount: str, taken: int | None) -> None:
    body = json.dumps(full("item-posted") | {"amount": 7_777}).replace("7777", amount).encode()

    if taken is None:
        with pytest.raises(ValidationError):
            validate("item-posted", body)
    else:
        assert validate("item-posted", body).amount == taken  # type: ignore[attr-defined]  # of this topic


def test_no_digit_of_a_large_number_with_a_point_is_lost() -> None:
    body = json.dumps(full("party-updated") | {"version": 7_777}).replace("7777", f"{2**53 + 1}.0").encode()

    assert validate("party-updated", body).version == 2**53 + 1  # type: ignore[attr-defined]  # of this topic
