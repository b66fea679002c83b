"""`openitems publish`: what the door says of each line, as counts and as an exit code."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.exits import REFUSED, CommandFailed
from contracts.event import Event
from tests.services.matching.library import configured, posted
from tests.support.clerk import Clerk


def written(folder: Path, *lines: Event | str) -> Path:
    """A file of events; a text is a line as it stands."""
    file = folder / f"{len(list(folder.iterdir()))}.ndjson"
    file.write_text("\n".join(line if isinstance(line, str) else as_line(line) for line in lines), "utf-8")
    return file


def as_line(event: Event) -> str:
    return json.dumps({"topic": event.topic, "data": event.model_dump(mode="json", exclude_unset=True)})


@pytest.fixture
def operator(clerk: Clerk) -> Clerk:
    return clerk.as_employee("o.peeters", "operator")


async def publish(operator: Clerk, file: Path) -> Any:
    return await operator("publish", file)


async def test_what_was_published_before_is_accepted_and_said_to_change_nothing(
    operator: Clerk, tmp_path: Path
) -> None:
    file = written(tmp_path, posted("N1", 500), posted("N2", 600))

    first, again = await publish(operator, file), await publish(operator, file)

    assert first == {"accepted": 2, "duplicates": 0, "superseded": 0, "refused": 0, "problems": []}
    assert again == {"accepted": 2, "duplicates": 2, "superseded": 0, "refused": 0, "problems": []}


async def test_a_line_that_contradicts_is_refused_by_its_number_and_the_others_go_through(
    operator: Clerk, tmp_path: Path
) -> None:
    file = written(tmp_path, posted("N1", 500), posted("I1", 501), "no event", posted("N2", 600), configured())

    with pytest.raises(CommandFailed) as refused:
        await publish(operator, file)

    assert refused.value.code == REFUSED
    assert await publish(operator, written(tmp_path, posted("N1", 500), posted("N2", 600))) == {
        "accepted": 2,
        "duplicates": 2,
        "superseded": 0,
        "refused": 0,
        "problems": [],
    }


async def test_what_is_refused_is_told_with_field_and_remedy_in_ones_language(operator: Clerk, tmp_path: Path) -> None:
    file = written(tmp_path, posted("N1", 500), posted("N1", 501))

    with pytest.raises(CommandFailed, match="1 events were refused"):
        await operator.in_language("nl").reads("publish", file)
