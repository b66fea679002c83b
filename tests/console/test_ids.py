"""Ids and fingerprints are typed by any beginning that only one of them has."""

from typing import Any

import pytest

from console.exits import CHANGED, REFUSED, USAGE, CommandFailed
from console.ids import LISTS
from tests.console.test_tree import EVERY
from tests.services.matching.books import Ledger
from tests.support.clerk import Clerk

BOOKED = ("--date", "2026-11-22", "--journal", "M90")
OPAQUE = {"party_id", "item_id"}
"""Ids of other systems, which are opaque: they are typed whole."""
BEGINNINGS = (8, 13, 20, 36)


async def test_a_proposal_is_named_by_a_beginning_of_its_id(clerk: Clerk) -> None:
    made = await clerk("propose", *BOOKED, "--party", "P2")

    found = [await clerk("proposal", made["proposal_id"][:length]) for length in BEGINNINGS]
    without_hyphens = await clerk("proposal", made["proposal_id"].replace("-", "")[:16].upper())

    assert {one["proposal_id"] for one in (*found, without_hyphens)} == {made["proposal_id"]}


async def test_a_proposal_is_executed_by_the_beginnings_of_its_id_and_of_its_fingerprint(clerk: Clerk) -> None:
    made = await clerk("propose", *BOOKED, "--party", "P2")
    marked = await clerk("mark", made["proposal_id"][:20], "--all")

    with pytest.raises(CommandFailed) as short:
        await clerk("execute", made["proposal_id"][:20], "--confirm", marked["fingerprint"][:5])
    with pytest.raises(CommandFailed) as other:
        await clerk("execute", made["proposal_id"][:20], "--confirm", "000000")
    done = await clerk("execute", made["proposal_id"][:20], "--confirm", marked["fingerprint"][:6])

    assert (short.value.code, other.value.code, done["matches"]) == (REFUSED, CHANGED, 1)


async def test_a_run_and_a_match_are_named_by_beginnings_too(clerk: Clerk) -> None:
    run = await clerk("settle", *BOOKED)
    (match, *_) = await clerk("list", "--run", run["run_id"][:20])

    seen = await clerk("run", run["run_id"][:20])
    undone = await clerk("undo", match["match_id"][:20], "--party", match["party_id"], "--date", "2026-11-22")

    assert seen["run_id"] == run["run_id"]
    assert undone["reversal_of"] == match["match_id"]


async def test_a_beginning_of_several_names_some_of_them(clerk: Clerk, ledger: Ledger) -> None:
    await ledger.rows(
        "INSERT INTO job (job_id, kind, administration, state, parameters, employee) "
        "SELECT ('abcd0000-0000-7000-8000-00000000000' || n)::uuid, 'propose', $1, 'failed', '{}', 'e.maes' "
        "FROM generate_series(1, 7) AS n",
        clerk.administration,
    )

    with pytest.raises(CommandFailed) as several:
        await clerk("run", "abcd")
    with pytest.raises(CommandFailed) as two:
        await clerk("run", "abcd0000")

    assert several.value.code == REFUSED
    assert "abcd0000-0000-7000-8000-000000000001" in str(several.value)
    assert str(two.value).count("abcd0000-") == 5


@pytest.mark.parametrize(
    ("typed", "code", "told"),
    [
        ("abc", USAGE, ["too short", "4", "openitems matching runs"]),
        ("ffffffff", REFUSED, ["No id begins with ffffffff", "openitems matching runs"]),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff0", REFUSED, []),
        ("I am no id", REFUSED, ["0 to 9", "a to f"]),
    ],
)
async def test_what_begins_no_id_is_refused_with_what_to_do(
    clerk: Clerk, typed: str, code: int, told: list[str]
) -> None:
    with pytest.raises(CommandFailed) as refused:
        await clerk("run", typed)

    assert refused.value.code == code
    assert [words for words in told if words not in str(refused.value)] == []


async def test_ids_of_another_administration_are_not_found(clerk: Clerk, ledger: Ledger) -> None:
    await ledger.rows(
        "INSERT INTO job (job_id, kind, administration, state, parameters, employee) "
        "VALUES ('abcd0000-0000-7000-8000-000000000001', 'propose', 'elsewhere', 'failed', '{}', 'e.maes')"
    )

    with pytest.raises(CommandFailed, match="No id begins with abcd"):
        await clerk("run", "abcd")


def ids_of(command: Any) -> list[str]:
    """The parameters of a command that are ids of ours."""
    return [one.name for one in command.params if one.name.endswith("_id") and one.name not in OPAQUE]


@pytest.mark.parametrize("words", [words for words in EVERY if ids_of(EVERY[words])], ids=" ".join)
def test_every_id_that_a_command_takes_may_be_a_beginning(words: tuple[str, ...]) -> None:
    typed = [one for one in EVERY[words].params if one.name in ids_of(EVERY[words])]

    assert [one.name for one in typed if one.type_descriptor.annotation not in (str, str | None)] == []
    assert [one.name for one in typed if one.callback is None and words != ("matching", "undo")] == []


def test_every_list_that_an_id_is_looked_up_in_is_a_command() -> None:
    assert [words for words in LISTS.values() if words not in EVERY] == []
