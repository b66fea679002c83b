"""Every option of the matching commands: it reaches the service and does what it says."""

from pathlib import Path
from typing import Any

import pytest

from console.exits import REFUSED, USAGE, CommandFailed
from tests.services.matching.books import Ledger
from tests.services.matching.library import party, posted
from tests.support.clerk import Clerk

BOOKED = ("--date", "2026-11-22", "--journal", "M90")
FOREIGN = ("--date", "2026-11-22", "--journal", "M91")


@pytest.mark.parametrize(
    ("typed", "place", "told"),
    [
        (("--year", 2026), ("booking", "fiscal_year"), 2026),
        (("--period", 11), ("booking", "period"), 11),
        (("--note", "Month end"), ("booking", "note"), "Month end"),
        (("--party", "P1", "--party", "P2"), ("criteria", "party_ids"), ["P1", "P2"]),
        (("--party-from", "P1"), ("criteria", "party_from"), "P1"),
        (("--party-to", "P1"), ("criteria", "party_to"), "P1"),
        (("--group", "schools"), ("criteria", "party_group"), "schools"),
        (("--party-kind", "creditor"), ("criteria", "party_kind"), "creditor"),
        (("--kind", "fine", "--kind", "payment"), ("criteria", "kinds"), ["fine", "payment"]),
        (("--currency-from", "DKK"), ("criteria", "currency_from"), "DKK"),
        (("--currency-to", "EUR"), ("criteria", "currency_to"), "EUR"),
        (("--voucher-from", "v-1"), ("criteria", "voucher_from"), "v-1"),
        (("--voucher-to", "v-9"), ("criteria", "voucher_to"), "v-9"),
        (("--date-from", "2026-10-01"), ("criteria", "item_date_from"), "2026-10-01"),
        (("--date-to", "2026-10-31"), ("criteria", "item_date_to"), "2026-10-31"),
        (("--due-from", "2026-10-02"), ("criteria", "due_date_from"), "2026-10-02"),
        (("--due-to", "2026-10-30"), ("criteria", "due_date_to"), "2026-10-30"),
        (("--method", "credit-notes"), ("method",), "credit-notes"),
        (("--tolerance", 5), ("tolerance",), 5),
        (("--difference", "payment-differences"), ("difference_code",), "payment-differences"),
        (("--no-information",), ("settlement_information",), False),
    ],
)
async def test_an_option_of_a_selection_reaches_the_service(
    clerk: Clerk, typed: tuple[object, ...], place: tuple[str, ...], told: Any
) -> None:
    made = await clerk("propose", *BOOKED, *typed)

    found = made["form"]
    for name in place:
        found = found[name]
    assert found == told


@pytest.mark.parametrize(
    ("typed", "settled"),
    [
        (("--party-kind", "creditor"), {"I2", "C2"}),
        (("--party-kind", "debtor"), {"I1", "C1"}),
        (("--kind", "fine", "--kind", "payment"), {"I1", "C1"}),
        (("--kind", "fine"), set()),
    ],
)
async def test_a_run_settles_only_parties_and_items_of_the_kinds_that_were_named(
    clerk: Clerk, ledger: Ledger, typed: tuple[str, ...], settled: set[str]
) -> None:
    await ledger.take(party("P1"), party("P2", kind="creditor"))
    await ledger.take(posted("I3", 70, party_id="P2", kind="invoice"))
    before = {"I1", "C1", "ODD", "I2", "C2", "I3"}

    await clerk("settle", *BOOKED, *typed, "--party", "P1", *(() if "--kind" in typed else ("--party", "P2")))

    assert before - set(await ledger.open()) == settled


@pytest.mark.requirement("S1.16")
@pytest.mark.parametrize("command", ["settle", "match-currencies"])
async def test_currencies_are_mixed_through_a_journal_that_allows_it(
    clerk: Clerk, ledger: Ledger, command: str
) -> None:
    await ledger.take(
        posted("IE", 9_000, party_id="P3"),
        posted("CU", -10_000, party_id="P3", currency="USD", base_amount=-9_040),
    )
    words = {
        "settle": ("settle", "--mix-currencies", "--method", "account-balance", "--party", "P3"),
        "match-currencies": ("match-currencies", "P3", "IE", "CU"),
    }[command]

    with pytest.raises(CommandFailed) as forbidden:
        await clerk(*words, *BOOKED, "--tolerance", 40)
    await clerk(*words, *FOREIGN, "--tolerance", 40)

    assert forbidden.value.code == REFUSED
    assert {"IE", "CU"}.isdisjoint(await ledger.open())


@pytest.mark.requirement("S1.12", "S1.13", "S1.14", "S1.15", "S3.15")
async def test_a_clerk_matches_whole_items_and_parts_and_says_where_it_is_booked(clerk: Clerk, ledger: Ledger) -> None:
    whole = await clerk("match", "P1", "I1", "C1", *BOOKED, "--year", 2026, "--period", 11, "--note", "By phone")
    part = await clerk("match", "P2", "I2=300", "C2=-300", *BOOKED)
    with pytest.raises(CommandFailed) as elsewhere:
        await clerk("match", "P2", "I2", "C2", *BOOKED, "--period", 10)
    with pytest.raises(CommandFailed) as settled:
        await clerk("match", "P1", "I1", "C1", *BOOKED)

    assert (whole["fiscal_year"], whole["period"]) == (2026, 11)
    assert {line["item_id"]: line["open_amount"] for line in part["lines"]} == {"I2": 600, "C2": -600}
    assert (elsewhere.value.code, settled.value.code) == (REFUSED, REFUSED)
    assert await ledger.open() == {"ODD": 33, "I2": 600, "C2": -600}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("--contra", "payment-difference"), ("payment-difference", "M90", "4900")),
        (("--contra", "payment-difference", "--contra-account", "4901"), ("payment-difference", "M90", "4901")),
        (("--contra", "write-off", "--contra-journal", "A920"), ("write-off", "A920", None)),
    ],
)
async def test_a_clerk_matches_an_item_against_a_contra(
    clerk: Clerk, ledger: Ledger, typed: tuple[str, ...], told: tuple[str, str, str | None]
) -> None:
    with pytest.raises(CommandFailed) as unsaid:
        await clerk("match", "P1", "ODD", *BOOKED, "--contra-account", "4900")

    await clerk("match", "P1", "ODD", *BOOKED, *typed)

    (match,) = await ledger.published("items-matched")
    assert unsaid.value.code == USAGE
    assert [(line.kind, line.journal, line.gl_account) for line in match.contra_lines] == [told]
    assert "ODD" not in await ledger.open()


@pytest.mark.requirement("S3.19")
async def test_the_entries_of_a_valuation_are_listed_in_the_base_currency(clerk: Clerk, ledger: Ledger) -> None:
    await ledger.take(posted("USD", 10_000, party_id="P3", currency="USD", base_amount=9_000))
    run = await clerk("revalue", "--date", "2026-10-31", "--journal", "M91", "--rate", "USD=0.95")

    rows = await clerk("revaluations", run["run_id"])
    screen = await clerk.reads("revaluations", run["run_id"])

    assert [(row["booked_on"], row["difference"]) for row in rows] == [("2026-10-31", 500), ("2026-11-01", -500)]
    assert "€95.00" in screen
    assert "US$100.00" in screen


@pytest.mark.requirement("S3.14")
async def test_ageing_is_of_a_range_of_parties(clerk: Clerk) -> None:
    aged = {
        bounds: {row["party_id"] for row in await clerk("ageing", "--as-of", "2026-11-22", *bounds)}
        for bounds in ((), ("--party-from", "P2"), ("--party-to", "P1"), ("--party-from", "P3"))
    }

    assert list(aged.values()) == [{"P1", "P2"}, {"P2"}, {"P1"}, set()]


@pytest.mark.requirement("S3.7")
@pytest.mark.parametrize(
    ("typed", "listed"),
    [
        (("--group", "schools"), ["P1"]),
        (("--party-kind", "creditor"), ["P2"]),
        (("--party-to", "P1"), ["P1"]),
        (("--currency-from", "NOK"), []),
        (("--currency-to", "EUR"), ["P1", "P2"]),
    ],
)
async def test_accounts_are_listed_within_the_limits_that_were_typed(
    clerk: Clerk, ledger: Ledger, typed: tuple[str, ...], listed: list[str]
) -> None:
    await ledger.take(party("P1", group="schools"), party("P2", kind="creditor"))

    rows = await clerk("parties", *typed)

    assert [row["party_id"] for row in rows] == listed


@pytest.mark.parametrize("report", ["open-items", "ageing", "parties", "settlement-information"])
async def test_a_report_refuses_a_range_that_goes_backwards(clerk: Clerk, report: str) -> None:
    with pytest.raises(CommandFailed) as backwards:
        await clerk(report, "--party-from", "P2", "--party-to", "P1")

    assert (backwards.value.code, "party_from P2 lies after" in backwards.value.message) == (REFUSED, True)


MAPPING = """
administration: bib-gent
delimiter: ";"
decimal: ","
date_format: "%d-%m-%Y"
columns:
  party_id: Klant
  item_id: Factuur
  item_date: Datum
  amount: Bedrag
  currency: {value: EUR}
  journal: {value: V10}
"""


@pytest.mark.requirement("S3.20")
async def test_what_was_imported_from_another_system_is_settled_like_all_else(
    clerk: Clerk, ledger: Ledger, tmp_path: Path
) -> None:
    charges, payments, mapping = tmp_path / "items.csv", tmp_path / "payments.csv", tmp_path / "map.yaml"
    mapping.write_text(MAPPING)
    charges.write_text("Klant;Factuur;Datum;Bedrag\nX1;F1;01-09-2026;12,50\nX1;F2;01-10-2026;7,50\n")
    payments.write_text("Klant;Factuur;Betaald;Bedrag\nX1;B1;05-10-2026;15,00\n")
    operator = clerk.as_employee("operator", "operator")

    await operator.confirmed("import", "items", charges, "--map", mapping, more=("--no-wait",))
    mapping.write_text(MAPPING.replace("item_date: Datum", "settled_on: Betaald").replace("V10", "B10"))
    await operator.confirmed("import", "payments", payments, "--map", mapping, more=("--no-wait",))
    await ledger.take(*(event for event in await ledger.published("item-posted") if event.party_id == "X1"))
    run = await clerk("settle", *BOOKED, "--party", "X1")
    open_items = await clerk("open-items", "--as-of", "2026-11-22", "--party-from", "X1", "--party-to", "X1")

    assert run["totals"]["EUR"] == {"parties": 1, "matches": 1, "items": 3, "amount": 1500}
    assert [(row["item_id"], row["amount"], row["open_amount"]) for row in open_items] == [("F2", 750, 500)]
