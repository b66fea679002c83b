"""Bodies are as strict for parsed JSON as for JSON itself."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from chassis.http import RequestBody, RequestPart
from tests.chassis.http.small_service import Kind


class ByAge(RequestPart):
    by: Literal["age"]
    older_than: date


class ByAmount(RequestPart):
    by: Literal["amount"]
    amount: int


class Search(RequestBody):
    request_id: UUID
    kinds: frozenset[Kind]
    criterion: Annotated[ByAge | ByAmount, Field(discriminator="by")]
    within: tuple[date, date] | None = None


class Nested(RequestBody):
    first: Search
    others: tuple["Nested", ...] = ()


PARSED: dict[str, Any] = {
    "request_id": "0190b5a4-0000-7000-8000-000000000000",
    "kinds": ["fine", "fee"],
    "criterion": {"by": "age", "older_than": "2022-05-31"},
    "within": ["2024-01-01", "2024-12-31"],
}


def test_what_json_can_only_say_in_text_is_understood() -> None:
    search = TypeAdapter(Search).validate_python(PARSED)

    assert search.request_id == UUID(PARSED["request_id"])
    assert search.kinds == {Kind.FINE, Kind.FEE}
    assert search.criterion == ByAge(by="age", older_than=date(2022, 5, 31))
    assert search.within == (date(2024, 1, 1), date(2024, 12, 31))


def test_bodies_nest() -> None:
    nested = Nested.model_validate({"first": PARSED, "others": [{"first": PARSED}]})

    assert nested.others[0].first == nested.first
    assert Nested(first=nested.first).first is not None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"criterion": {"by": "amount", "amount": 12.0}}, "amount"),
        ({"criterion": {"by": "amount", "amount": "12"}}, "amount"),
        ({"criterion": {"by": "amount", "amount": True}}, "amount"),
        ({"criterion": {"by": "amount", "amount": float("nan")}}, "amount"),
        ({"criterion": {"by": "age", "older_than": 0}}, "older_than"),
        ({"criterion": {"by": "age", "older_than": "2022-05-31", "or": 1}}, "or"),
        ({"kinds": "fine"}, "kinds"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_nothing_is_guessed(change: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Search).validate_python(PARSED | change)

    (error,) = caught.value.errors()
    assert error["loc"][-1] == field
