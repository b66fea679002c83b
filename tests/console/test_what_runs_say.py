"""What a run of `openitems matching` says of what it refused, did not do, and passed over."""

import pytest

from console.exits import REFUSED, CommandFailed
from tests.services.matching.books import Ledger
from tests.services.matching.library import posted, requested
from tests.support.clerk import Clerk

BOOKED = ("--date", "2026-11-22", "--journal", "M90")


async def test_an_undo_that_refused_something_ends_so_and_says_what_to_do(clerk: Clerk, ledger: Ledger) -> None:
    await ledger.take(posted("IR", 1_000, party_id="R"), posted("CR", -995, party_id="R"))
    chosen = ("--party", "R", "--method", "account-balance", "--tolerance", 5)
    settled = await clerk("settle", *BOOKED, *chosen)
    (remainder,) = await ledger.rows("SELECT item_id FROM open_item WHERE party_id = 'R'")
    await ledger.take(requested({remainder["item_id"]: 5}, party_id="R"))
    (user,) = await ledger.rows("SELECT match_id::text FROM match WHERE party_id = 'R' AND run_id IS NULL")

    with pytest.raises(CommandFailed) as refused:
        await clerk("undo-run", settled["run_id"], "--date", "2026-11-22")
    remedy = clerk.told
    with pytest.raises(CommandFailed) as looked_at:
        await clerk("run", refused.value.problem["run_id"])
    await clerk("undo", user["match_id"], "--party", "R", "--date", "2026-11-22")
    done = await clerk("undo-run", settled["run_id"], "--date", "2026-11-22")
    with pytest.raises(CommandFailed) as again:
        await clerk("undo-run", settled["run_id"], "--date", "2026-11-22")

    assert (refused.value.code, looked_at.value.code) == (REFUSED, REFUSED)
    assert refused.value.message == "1 matches were refused and stay as they are."
    assert refused.value.problem["refused_total"] == 1
    assert f"matching undo {user['match_id']} --party R --date 2026-11-22" in remedy
    assert done["matches"] == 1
    assert again.value.problem["code"] == "already-reversed"
    assert "Match the items again instead." in again.value.message


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Nothing was matched."), ("nl", "Er is niets afgeletterd."), ("da", "Intet er udlignet.")],
)
async def test_a_run_that_matches_nothing_says_so_and_names_the_proposals_that_hold_items(
    clerk: Clerk, language: str, words: str
) -> None:
    made = await clerk("propose", *BOOKED, "--party", "P2")
    speaking = clerk.in_language(language)

    screen = await speaking.reads("settle", *BOOKED, "--party", "P2")

    assert words in speaking.told
    assert made["proposal_id"] in speaking.told
    assert made["proposal_id"] in screen


async def test_an_undo_that_finds_nothing_says_so(clerk: Clerk) -> None:
    await clerk.reads("undo-settlements", "--date", "2026-11-22", "--party", "P2")

    assert "Nothing was undone." in clerk.told


async def test_a_run_that_matches_does_not_say_that_it_did_not(clerk: Clerk) -> None:
    await clerk.reads("settle", *BOOKED, "--party", "P2")

    assert "Nothing" not in clerk.told


async def test_a_list_of_matches_tells_their_amounts_and_what_of_each_item_was_settled(clerk: Clerk) -> None:
    await clerk("match", "P1", "I1=500", "ODD=33", "C1=-500", *BOOKED, "--contra", "payment-difference")
    await clerk("settle", *BOOKED, "--party", "P2")

    by_hand, settled = await clerk("list")
    screen = " ".join((await clerk.reads("list")).split())

    assert (by_hand["settled"], by_hand["contra_kind"], by_hand["contra_amount"]) == (533, "payment-difference", 33)
    assert [(line["item_id"], line["amount"]) for line in settled["lines"]] == [("C2", 900), ("I2", -900)]
    assert "€5.33" in screen
    assert "C2 -€9.00, I2 €9.00" in screen


async def test_a_list_of_runs_tells_method_criteria_and_result(clerk: Clerk) -> None:
    await clerk("settle", *BOOKED, "--party", "P2", "--method", "account-balance", "--currency-from", "EUR")
    await clerk("propose", *BOOKED, "--method", "opposite-items", "--party", "P1")
    await clerk("settle", *BOOKED, "--party", "P2")

    nothing, proposing, settled = await clerk("runs")
    screen = " ".join((await clerk.reads("runs")).split())
    dutch = " ".join((await clerk.in_language("nl").reads("runs")).split())

    assert (settled["kind"], settled["method"]) == ("settle-account-balance", "account-balance")
    assert settled["criteria"] == {"party_ids": ["P2"], "currency_from": "EUR"}
    assert settled["result"]["totals"]["EUR"]["amount"] == 900
    assert (proposing["method"], proposing["criteria"]) == ("opposite-items", {"party_ids": ["P1"]})
    assert (nothing["kind"], nothing["method"]) == ("settle-oldest-first", "oldest-first")
    assert "parties P2, currency from EUR" in screen
    assert "matches 1: €9.00" in screen
    assert "relaties P2, valuta vanaf EUR" in dutch
    assert "saldo" in dutch


async def test_orders_zero_accounts_and_caps_are_chosen_by_options(clerk: Clerk, ledger: Ledger) -> None:
    await ledger.take(
        posted("OLD", 900, party_id="P3", item_date="2026-01-01"),
        posted("COSTS", 40, party_id="P3", kind="reminder-fee", item_date="2026-05-01"),
        posted("PAID", -40, party_id="P3"),
    )

    zero = await clerk("propose", *BOOKED, "--only-zero", "--zero-per", "party", "--party-from", "P2")
    shown = {item["party_id"] for item in await clerk("proposal-items", zero["proposal_id"])}
    days = await clerk("parties", "--zero-per", "party")
    await clerk("settle", *BOOKED, "--party", "P3", "--order", "costs-interest-principal")
    after = set(await ledger.open())
    strict = await clerk("small-balances", *BOOKED, "--party", "P3", "--limit", 900, "--posted-up-to", 0, "--dry-run")
    loose = await clerk("small-balances", *BOOKED, "--party", "P3", "--limit", 900, "--open-share", 100)

    assert shown == {"P2"}
    assert {row["party_id"] for row in days} == {"P1", "P2", "P3"}
    assert ("COSTS" in after, "OLD" in after) == (False, True)
    assert ([told["code"] for told in strict["left_alone"]], loose["matches"]) == (["too-much-open"], 1)
