"""`openitems configure`: what is sent again is the same, or has a higher version."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.exits import REFUSED, CommandFailed
from tests.services.matching.books import Ledger
from tests.services.matching.library import configured
from tests.support.clerk import Clerk


def written(folder: Path, **changes: Any) -> Path:
    """The administration as a file; JSON is YAML."""
    file = folder / "administration.yaml"
    file.write_text(json.dumps(configured(**changes).model_dump(mode="json", exclude_unset=True)), "utf-8")
    return file


@pytest.fixture
def operator(clerk: Clerk) -> Clerk:
    return clerk.as_employee("o.peeters", "operator")


async def test_other_content_under_the_same_version_is_refused_with_the_field_and_what_to_do(
    operator: Clerk, tmp_path: Path
) -> None:
    with pytest.raises(CommandFailed) as refused:
        await operator("configure", written(tmp_path, name="Another name"))

    assert refused.value.code == REFUSED
    assert refused.value.message == (
        "Event 1, field version: Version 1 of administration bib-gent was told before with other content. "
        "A version never changes: publish this under version 2 or higher."
    )


async def test_the_same_file_again_is_no_error(operator: Clerk, tmp_path: Path) -> None:
    assert await operator("configure", written(tmp_path)) == await operator("configure", written(tmp_path))
    assert "Nothing changes" not in operator.told


async def test_a_version_that_a_higher_one_overtook_is_said_to_change_nothing(
    ledger: Ledger, operator: Clerk, tmp_path: Path
) -> None:
    await ledger.take(configured(version=3))

    await operator("configure", written(tmp_path, version=2))

    assert "Nothing changes: a higher version than 2 holds already." in operator.told
