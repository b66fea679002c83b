"""Events by HTTP: good ones are taken, bad ones named, and a configuration says one thing under one version."""

from typing import Any

from contracts.event import Event
from tests.services.matching.library import configured, posted
from tests.support.desk import Desk


def sent(*events: Event) -> dict[str, Any]:
    return {"events": [{"topic": e.topic, "data": e.model_dump(mode="json", exclude_unset=True)} for e in events]}


async def test_other_content_under_the_version_that_holds_is_refused_and_what_stands_beside_it_taken(
    desk: Desk,
) -> None:
    answer = await desk.do("/v1/events", sent(configured(name="Another name"), posted("I9")), 202)

    assert answer == {
        "accepted": 1,
        "refused": [
            {
                "index": 0,
                "code": "contradictory-version",
                "message": "Version 1 of administration bib-gent was told before with other content.",
                "field": "version",
                "remedy": "A version never changes: publish this under version 2 or higher.",
            }
        ],
        "superseded": [],
        "duplicates": [],
    }


async def test_two_contents_of_one_version_in_one_request_are_the_first_one(desk: Desk) -> None:
    answer = await desk.do(
        "/v1/events", sent(configured(version=2), configured(version=2, name="New"), configured(version=2)), 202
    )

    assert (answer["accepted"], [one["index"] for one in answer["refused"]]) == (2, [1])


async def test_the_same_again_and_a_higher_version_are_taken_and_an_older_one_is_said_to_change_nothing(
    desk: Desk,
) -> None:
    answer = await desk.do("/v1/events", sent(configured(), configured(version=2, name="New"), configured()), 202)

    assert answer == {"accepted": 3, "refused": [], "superseded": [2], "duplicates": [0]}
