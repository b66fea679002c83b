"""Each mapping that comes along reads a file in its system's public layout, from the dry run to the books."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.exits import CommandFailed
from console.importing.mapping import Kind
from console.importing.ready import read_mapping, ready_mappings
from contracts.library import ItemPosted
from tests.services.matching.books import Ledger
from tests.services.matching.library import configured
from tests.support.clerk import Clerk

SAMPLES = Path(__file__).with_name("samples")


@dataclass(frozen=True)
class Expected:
    """What the rows of a sample become: party, amount in minor units, and what is open; how many are left out."""

    kind: Kind
    posted: list[tuple[str, int]]
    left_out: int = 0
    encoding: str = "utf-8"
    options: tuple[str, ...] = ()
    settled_before: int = 0
    base_currency: str = "EUR"


OPENING = ("--opening-date", "2026-11-01")
EXPECTED = {
    "ing": Expected("payments", [("1201", -4649), ("1201", -4649), ("1202", 109460)]),
    "rabobank": Expected("payments", [("1201", -250000), ("1202", 4500)], encoding="cp1252"),
    "kbc": Expected("payments", [("1201", -177508), ("1201", 340)]),
    "bnp-paribas-fortis": Expected("payments", [("1201", -1205), ("1201", 1205)], 1, "utf-8-sig"),
    "danske-bank": Expected("payments", [("1201", -170000), ("1201", -170000), ("1202", 4180)], 1, "cp1252"),
    "datev": Expected("items", [("10001", 11900), ("10001", -111900)], 1, "cp1252", ("--year", "2026")),
    "exact-globe": Expected("items", [("1201", 104649), ("1202", -1250)]),
    "exact-online": Expected("items", [("1201", 104649), ("1202", -1250)]),
    "twinfield": Expected("items", [("1201", 104649), ("1202", 1250)], 1, options=OPENING, settled_before=1),
    "snelstart": Expected("items", [("1201", 4649), ("1202", -1250)], 1),
    "e-conomic": Expected(
        "items", [("1201", 104649), ("1202", -1250)], options=OPENING, settled_before=1, base_currency="DKK"
    ),
    "koha": Expected("items", [("1201", 1250), ("1202", 2990)], options=OPENING, settled_before=1),
    "folio": Expected(
        "items", [("1201", 1250), ("1202", 19900)], options=OPENING, settled_before=1, base_currency="DKK"
    ),
}


def test_every_ready_mapping_has_a_sample_and_says_what_it_was_made_from() -> None:
    names = {row["name"] for row in ready_mappings()}

    assert names == set(EXPECTED) == {path.stem for path in SAMPLES.iterdir()}
    for name in names:
        text = (Path(read_mapping.__code__.co_filename).parent / "mappings" / f"{name}.yaml").read_text("utf-8")
        header = " ".join(line.removeprefix("#").strip() for line in text.splitlines() if line.startswith("#"))
        assert "Made from" in header
        assert "Not tried with a file of" in header


@pytest.mark.requirement("S3.20", "B.11")
@pytest.mark.parametrize("name", EXPECTED)
async def test_a_sample_in_the_public_layout_goes_from_the_dry_run_into_the_books(
    clerk: Clerk, ledger: Ledger, name: str
) -> None:
    expected = EXPECTED[name]
    operator = clerk.as_employee("o.peeters", "operator")
    await ledger.take(configured(version=2, base_currency=expected.base_currency))
    words = ("import", expected.kind, SAMPLES / f"{name}.csv", "--map", name, *expected.options)

    shown = await operator(*words)
    await operator.confirmed(*words, more=("--no-wait",))
    told = await ledger.published("item-posted")
    await ledger.take(*told, *(await ledger.published("match-requested")))

    rows: list[dict[str, Any]] = shown["rows"]
    assert shown["encoding"].startswith(expected.encoding)
    assert [(row["party_id"], row["amount"]) for row in rows if row["outcome"] == "new"] == expected.posted
    assert shown["counts"].get("left-out", 0) == expected.left_out
    assert len(told) == len(expected.posted) + expected.settled_before
    wanted = {row["item_id"]: row.get("open_amount", row["amount"]) for row in rows if row["outcome"] == "new"}
    assert len(wanted) == len(expected.posted)
    assert {item: amount for item, amount in (await ledger.open()).items() if item in wanted} == wanted
    assert (await ledger.audit()).violations == ()


async def test_datev_dates_without_a_leading_zero_are_the_first_of_january_and_need_their_year(
    clerk: Clerk, ledger: Ledger
) -> None:
    operator = clerk.as_employee("o.peeters", "operator")

    with pytest.raises(CommandFailed, match="has no year"):
        await operator("import", "items", SAMPLES / "datev.csv", "--map", "datev")
    shown = await operator("import", "items", SAMPLES / "datev.csv", "--map", "datev", "--year", "2026")

    assert [row.get("item_date") for row in shown["rows"]] == ["2026-01-01", "2026-10-31", None]
    assert ItemPosted.topic not in {event.topic for event in await ledger.published("item-posted")}
