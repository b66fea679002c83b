"""What a service refuses is told with the option that the command has, and with what to do."""

import pytest

from console.exits import REFUSED, CommandFailed
from tests.support.clerk import Clerk

SETTLE = ("settle", "--journal", "M90")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((*SETTLE, "--date", "2020-01-01"), ["It is about --date.", "configured period"]),
        ((*SETTLE, "--date", "2026-11-22", "--year", "2025"), ["It is about --year."]),
        (("settle", "--date", "2026-11-22", "--journal", "NONE"), ["It is about --journal."]),
        (("settle", "--date", "2026-11-22", "--journal", "not a code"), ["--journal: It is not written"]),
        ((*SETTLE, "--date", "2026-11-22", "--party-from", "P9", "--party-to", "P1"), ["--party-from"]),
        ((*SETTLE, "--date", "2026-11-22", "--only-zero", "--method", "reference"), ["It is about --method."]),
        ((*SETTLE, "--date", "2026-11-22", "--kind", "nonsense"), ["--kind: It must be one of:"]),
        (("match", "P1", "I1", "NOBODY", "--journal", "M90", "--date", "2026-11-22"), ["It is about ", "LINES"]),
        (("ageing", "--as-of", "2026-11-22", "--buckets", "a,b"), ["--buckets"]),
        (("list", "--party", "NOBODY"), ["no party NOBODY", "--party", "Check the id"]),
    ],
)
async def test_a_refusal_names_the_option_that_it_is_about(
    clerk: Clerk, words: tuple[str, ...], told: list[str]
) -> None:
    with pytest.raises(CommandFailed) as refused:
        await clerk(*words)

    said = str(refused.value.message)
    assert refused.value.code == REFUSED
    assert [part for part in told if part not in said] == [], said
    assert "/" not in said.replace("2026/11", "").replace("2025/", ""), said
    assert [words for words in ("Input", "Field ", "String should") if words in said] == []


async def test_nothing_is_said_to_be_open_of_a_party_that_there_is_not(clerk: Clerk) -> None:
    with pytest.raises(CommandFailed) as unknown:
        await clerk("match", "NOBODY", "I1", "C1", "--journal", "M90")

    assert "NOBODY" in str(unknown.value)
