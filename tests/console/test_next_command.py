"""A preview prints the whole command that follows, in the language of whoever reads it; typed as printed it works."""

import shlex

import pytest

from tests.services.matching.books import Ledger
from tests.support.clerk import Clerk

BOOKED = ("--date", "2026-11-22", "--journal", "M90")
TYPED = ("--as", "e.maes", "--administration", "bib-gent", "--language")


def follows(clerk: Clerk, said: str) -> list[str]:
    """The words of the command behind a sentence, which stand behind the program's name, as this clerk types them."""
    _, found, command = clerk.told.partition(said)
    assert found, clerk.told
    program, *words = shlex.split(command.removeprefix(" "))
    assert program == "openitems"
    assert tuple(words[: len(TYPED)]) == TYPED
    assert words[len(TYPED) + 1] == "matching"
    return words[len(TYPED) + 2 :]


@pytest.mark.parametrize(
    ("language", "marked", "unconfirmed"),
    [
        ("en", "To match what is marked:", "Nothing is matched yet. Confirm with:"),
        ("nl", "Om af te letteren wat is aangekruist:", "Er is nog niets afgeletterd. Bevestig met:"),
        ("da", "For at udligne det, der er markeret:", "Intet er udlignet endnu. Bekræft med:"),
    ],
)
async def test_a_proposal_is_executed_by_the_command_that_it_prints(
    clerk: Clerk, ledger: Ledger, language: str, marked: str, unconfirmed: str
) -> None:
    reader = clerk.in_language(language)
    made = await reader("propose", *BOOKED, "--method", "opposite-items")
    await reader("mark", made["proposal_id"], "--all")
    await reader.reads("proposal", made["proposal_id"])
    at_once = follows(reader, marked)
    await reader.reads("execute", made["proposal_id"])
    confirmed = follows(reader, unconfirmed)

    await reader.reads(*confirmed)

    assert at_once == confirmed
    assert {"I1", "C1", "I2", "C2"}.isdisjoint(await ledger.open())


async def test_what_was_tried_is_done_by_the_command_that_the_trial_prints(clerk: Clerk, ledger: Ledger) -> None:
    await clerk("settle", *BOOKED, "--party-to", "P2", "--note", "it's time", "--dry-run")

    words = follows(clerk, "Nothing is changed: this is what the run would come to. To do it:")
    await clerk(*words)

    assert words == ["settle", *BOOKED, "--party-to", "P2", "--note", "it's time"]
    assert {"I1", "C1", "I2", "C2"}.isdisjoint(await ledger.open())
