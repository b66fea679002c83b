"""Previews on the command line: what would be refused is refused there, and nobody is invited to confirm it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from chassis.service import assemble
from console.exits import REFUSED, CommandFailed
from services.writeoff.app import SERVICE
from services.writeoff.domain.months import add_months
from tests.chassis.issuer import Issuer
from tests.chassis.serving import serving
from tests.databases import FreshDatabase
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import ADMINISTRATION, LABEL, SEED_JOURNALS, party, posted
from tests.services.writeoff.test_runs import LAST_MONTH_END, TODAY, books, contribution
from tests.support.clerk import Clerk, everywhere
from tests.support.desk import app_of, no_lag

MONTHS_END = ("month-end", str(LAST_MONTH_END))


@pytest.fixture
async def clerk(
    writeoffs: WriteOffs, database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Clerk]:
    """A clerk at the command line; the service's log, which is in this same process, is kept out of its output."""
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    runtime = assemble(SERVICE, database.settings("writeoff"), writeoffs.database)
    issuer = Issuer(tmp_path / "jwks.json")
    with capture_logs():
        async with serving(app_of(SERVICE, runtime, issuer, no_lag)) as url:
            yield Clerk(issuer, everywhere(url), ADMINISTRATION, "writeoff")


async def refusal_of(clerk: Clerk, *words: str) -> str:
    """Why a command ended with exit code 3, and that it invited nobody to go on."""
    with pytest.raises(CommandFailed) as failed:
        await clerk.reads(*words)
    assert failed.value.code == REFUSED
    assert "Confirm with" not in clerk.told
    return str(failed.value)


@pytest.mark.requirement("S4.3", "B.8")
async def test_a_preview_with_a_reason_that_is_not_allowed_ends_with_why(writeoffs: WriteOffs, clerk: Clerk) -> None:
    await writeoffs.take(books(), posted("I1", 1250), posted("C1", 900, "contribution", party_id="P2"))

    unknown = await refusal_of(clerk, "item", "P1", "I1", "--reason", "A999")
    cash = await refusal_of(clerk, "party", "P1", "--reason", "K10")
    contributions = await refusal_of(clerk, "item", "P1", "I1", "--reason", "A100")
    costs = await refusal_of(clerk, "party", "P2", "--reason", "A200")
    too_much = await refusal_of(clerk, "item", "P1", "I1", "--amount", "1251", "--reason", "A200")

    assert "No journal A999 is configured." in unknown
    assert "Journal K10 is of type K" in cash
    assert "Journal A100 takes contributions only." in contributions
    assert "Nothing of this can be written off." in costs
    assert "More than the open amount cannot be written off." in too_much


@pytest.mark.requirement("S4.3")
async def test_without_a_reason_some_are_offered_shown_and_have_to_be_chosen(
    writeoffs: WriteOffs, clerk: Clerk
) -> None:
    await writeoffs.take(books(), posted("I1", 1250), posted("C1", 900, "contribution"))

    shown = await clerk("party", "P1")
    told = clerk.told
    with pytest.raises(CommandFailed) as unchosen:
        await clerk("party", "P1", "--confirm", shown["fingerprint"])
    waived = await clerk("party", "P1", "--default-reasons", "--confirm", shown["fingerprint"], "--no-wait")

    assert [(line["item_id"], line["journal"], line["is_offered"]) for line in shown["lines"]] == [
        ("C1", "A100", True),
        ("I1", "A200", True),
    ]
    assert "No reason is chosen yet; offered: A100, A200." in told
    assert told.endswith(f"writeoff party P1 --default-reasons --confirm {shown['fingerprint']}")
    assert (unchosen.value.code, "must be chosen" in str(unchosen.value)) == (REFUSED, True)
    assert {line["journal"] for line in waived["lines"]} == {"A100", "A200"}


async def test_a_chosen_reason_is_not_said_to_be_offered(writeoffs: WriteOffs, clerk: Clerk) -> None:
    await writeoffs.take(books(write_offs={"clerk_item_limit": 1000}), posted("I1", 1250))

    shown = await clerk("item", "P1", "I1", "--reason", "A200")

    assert (shown["lines"][0]["is_offered"], shown["refusal"], shown["needs_approval"]) == (False, None, "item-limit")
    assert "offered" not in clerk.told
    assert "Another employee would have to approve it (item-limit)." in clerk.told


@pytest.mark.requirement("S4.8", "B.8")
async def test_the_months_end_previews_what_it_then_books_and_names_the_rest(
    writeoffs: WriteOffs, clerk: Clerk
) -> None:
    long_ago = add_months(LAST_MONTH_END, -6)
    await writeoffs.take(
        books(),
        party("S1", kind="creditor"),
        contribution("C1", long_ago),
        contribution("C2", long_ago, period_start=None, period_end=None),
        contribution("C3", long_ago, party_id="S1"),
    )

    shown = await clerk(*MONTHS_END)
    table = await clerk.in_language("nl").reads(*MONTHS_END)

    assert (shown["items"], shown["totals"]) == (1, {"EUR": 1200})
    assert [tuple(one.values()) for one in shown["by_journal"]] == [("EUR", 1, 600, "A910"), ("EUR", 1, 600, "A911")]
    assert [tuple(one.values()) for one in shown["left_out"]] == [
        ("EUR", 1, 1200, "contribution-without-period"),
        ("EUR", 1, 1200, "not-a-debtor"),
    ]
    assert "contributie zonder periode" in table


@pytest.mark.requirement("B.8")
async def test_a_run_that_can_write_off_nothing_says_why_and_invites_nobody(writeoffs: WriteOffs, clerk: Clerk) -> None:
    codes = [code for code in SEED_JOURNALS if code.startswith("A")]
    only_costs = [{"code": code, "type": "A", "label": LABEL, "used_for": ["other-costs"]} for code in codes]
    await writeoffs.take(books(journals=only_costs))
    nothing_due = await clerk(*MONTHS_END)
    told = clerk.told
    await writeoffs.take(contribution("C1", add_months(LAST_MONTH_END, -6)), posted("I1", 50, "registration"))

    refused = await refusal_of(clerk, *MONTHS_END)
    conversion = await clerk("conversion", "--date", str(TODAY))

    assert (nothing_due["items"], "There is nothing to write off." in told) == (0, True)
    assert refused == "Nothing of this can be written off: contribution-not-allowed."
    assert (conversion["items"], conversion["totals"]) == (1, {"EUR": 50})
    assert [one["code"] for one in conversion["left_out"]] == ["contribution-not-allowed"]
