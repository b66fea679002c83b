"""An import as a person goes through it: a dry run, the command that follows, all of the file or none of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.exits import CHANGED, REFUSED, USAGE, CommandFailed
from tests.console.importing.reading import ITEMS, with_columns, written
from tests.services.matching.books import Ledger
from tests.services.matching.library import ADMINISTRATION, party, posted
from tests.support.clerk import Clerk

HEAD = "Klant;Factuur;Datum;Bedrag\n"
ROWS = "X1;F1;01-10-2026;12,50\nX1;F2;02-10-2026;-2,50\nX2;F3;02-10-2026;40,00\n"
BAD_ROW = "X3;F4;02-10-2026;40.00\n"


@pytest.fixture
def operator(clerk: Clerk) -> Clerk:
    return clerk.as_employee("o.peeters", "operator")


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    file = tmp_path / "map.yaml"
    file.write_text(json.dumps(ITEMS), "utf-8")
    return file


async def dry_run(operator: Clerk, *words: object) -> Any:
    """What an import would do."""
    return await operator("import", *words)


async def confirmed(operator: Clerk, *words: object) -> Any:
    """Do what the dry run shows; no broker serves these services, so that nobody can wait for them."""
    return await operator.confirmed("import", *words, more=("--no-wait",))


async def told_items(ledger: Ledger) -> list[str]:
    """The items that were published, once the ledger's runs are done."""
    return [event.item_id for event in await ledger.published("item-posted")]


@pytest.mark.requirement("B.11")
async def test_a_dry_run_shows_rows_totals_and_fingerprint_and_posts_nothing(
    operator: Clerk, ledger: Ledger, mapping: Path, tmp_path: Path
) -> None:
    shown = await dry_run(operator, "items", written(tmp_path, HEAD + ROWS), "--map", mapping)

    assert shown["encoding"] == "utf-8, recognised"
    assert shown["separator"] == ";, recognised"
    assert shown["counts"] == {"rows": 3, "new": 3}
    assert [(row["row"], row["outcome"], row["item_id"], row["amount"]) for row in shown["rows"]] == [
        (2, "new", "F1", 1250),
        (3, "new", "F2", -250),
        (4, "new", "F3", 4000),
    ]
    assert shown["totals"] == [
        {
            "currency": "EUR",
            "outcome": "new",
            "count": 3,
            "charges": 5250,
            "credits": -250,
            "amount": 5000,
            "open_amount": 5000,
        }
    ]
    assert await told_items(ledger) == []


async def test_the_command_that_follows_is_printed_whole_and_posts_all_of_it(
    operator: Clerk, ledger: Ledger, mapping: Path, tmp_path: Path
) -> None:
    file = written(tmp_path, HEAD + ROWS)
    shown = await dry_run(operator, "items", file, "--map", mapping)

    assert f"import items {file} --map {mapping} --confirm {shown['fingerprint']}" in operator.told

    done = await operator("import", "items", file, "--map", mapping, "--confirm", shown["fingerprint"], "--no-wait")
    assert done["counts"] == {"rows": 3, "new": 3}
    assert await told_items(ledger) == ["F1", "F2", "F3"]


async def test_a_file_with_a_refused_row_is_posted_not_at_all_or_in_part_when_asked(
    operator: Clerk, ledger: Ledger, mapping: Path, tmp_path: Path
) -> None:
    file = written(tmp_path, HEAD + ROWS + BAD_ROW)

    with pytest.raises(CommandFailed, match="1 rows are refused") as refused:
        await dry_run(operator, "items", file, "--map", mapping)
    fingerprint = operator.told.partition("--partly --confirm ")[2].split()[0]
    with pytest.raises(CommandFailed, match="nothing is posted"):
        await operator("import", "items", file, "--map", mapping, "--confirm", fingerprint)
    nothing = await told_items(ledger)
    with pytest.raises(CommandFailed, match="1 rows were not taken"):
        await operator("import", "items", file, "--map", mapping, "--partly", "--confirm", fingerprint, "--no-wait")

    assert refused.value.code == REFUSED
    assert nothing == []
    assert await told_items(ledger) == ["F1", "F2", "F3"]


async def test_refused_rows_are_told_with_row_column_reason_and_remedy(
    operator: Clerk, mapping: Path, tmp_path: Path
) -> None:
    report, file = tmp_path / "report.csv", written(tmp_path, HEAD + ROWS + BAD_ROW)

    with pytest.raises(CommandFailed):
        await operator.in_language("nl").reads("import", "items", file, "--map", mapping, "--report", report)

    lines = report.read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("rij;uitkomst;")
    assert len(lines) == 5
    assert lines[4].startswith("5;geweigerd;")
    assert "Bedrag" in lines[4]
    assert "'40.00'" in lines[4]


async def test_what_is_in_the_books_is_told_and_not_posted_again(
    operator: Clerk, ledger: Ledger, mapping: Path, tmp_path: Path
) -> None:
    file = written(tmp_path, HEAD + ROWS)
    await confirmed(operator, "items", file, "--map", mapping)
    await ledger.take(*(await ledger.published("item-posted")))

    again = await dry_run(operator, "items", file, "--map", mapping)

    assert again["counts"] == {"rows": 3, "in-books": 3}
    assert "There is nothing to post." in operator.told


async def test_a_row_that_contradicts_the_books_is_refused(
    operator: Clerk, ledger: Ledger, mapping: Path, tmp_path: Path
) -> None:
    await ledger.take(posted("F1", 9900, party_id="X1"))

    with pytest.raises(CommandFailed) as refused:
        await dry_run(operator, "items", written(tmp_path, HEAD + ROWS), "--map", mapping)

    assert refused.value.code == REFUSED


async def test_a_file_that_changed_since_the_dry_run_is_not_posted(
    operator: Clerk, ledger: Ledger, mapping: Path, tmp_path: Path
) -> None:
    file = written(tmp_path, HEAD + ROWS)
    shown = await dry_run(operator, "items", file, "--map", mapping)
    written(tmp_path, HEAD + ROWS.replace("40,00", "41,00"))

    with pytest.raises(CommandFailed, match="the file is another one") as changed:
        await operator("import", "items", file, "--map", mapping, "--confirm", shown["fingerprint"])

    assert changed.value.code == CHANGED
    assert await told_items(ledger) == []


async def test_books_that_changed_since_the_dry_run_are_told_and_nothing_is_posted(
    operator: Clerk, ledger: Ledger, mapping: Path, tmp_path: Path
) -> None:
    file = written(tmp_path, HEAD + ROWS)
    shown = await dry_run(operator, "items", file, "--map", mapping)
    await ledger.take(posted("F3", 9900, party_id="X2"))

    with pytest.raises(CommandFailed, match="what becomes of its rows is something else") as changed:
        await operator("import", "items", file, "--map", mapping, "--confirm", shown["fingerprint"])

    assert changed.value.code == CHANGED
    assert await told_items(ledger) == []


async def test_an_address_can_change_by_a_second_import_of_parties(
    operator: Clerk, ledger: Ledger, tmp_path: Path
) -> None:
    mapping = tmp_path / "parties.yaml"
    mapping.write_text(
        json.dumps({"columns": {"party_id": "Nr", "name": "Naam", "city": "Plaats", "country": {"value": "BE"}}})
    )
    await ledger.take(party("X1", name="Anna", address={"city": "Gent", "country": "BE"}), party("X2", name="Bo"))
    file = written(tmp_path, "Nr;Naam;Plaats\nX1;Anna;Gent\nX2;Bo;Aalst\nX3;Cis;Gent\n")

    shown = await dry_run(operator, "parties", file, "--map", mapping)
    await confirmed(operator, "parties", file, "--map", mapping)

    assert [row["outcome"] for row in shown["rows"]] == ["in-books", "new", "new"]
    told = await ledger.published("party-updated")
    assert [event.party_id for event in told] == ["X2", "X3"]
    assert all(event.version > 1_700_000_000 for event in told)


async def test_a_party_that_the_books_have_under_a_later_version_is_refused(
    operator: Clerk, ledger: Ledger, tmp_path: Path
) -> None:
    mapping = tmp_path / "parties.yaml"
    mapping.write_text(json.dumps({"columns": {"party_id": "Nr", "name": "Naam"}}))
    await ledger.take(party("X1", name="Anna", version=2**60))

    with pytest.raises(CommandFailed, match="refused"):
        await dry_run(operator, "parties", written(tmp_path, "Nr;Naam\nX1;Anna B\n"), "--map", mapping)


async def test_an_opening_balance_posts_the_original_amount_and_matches_what_was_settled(
    operator: Clerk, ledger: Ledger, tmp_path: Path
) -> None:
    mapping = tmp_path / "open.yaml"
    mapping.write_text(json.dumps({**with_columns(ITEMS, open_amount="Open"), "opening": {"journal": "M90"}}), "utf-8")
    file = written(tmp_path, "Klant;Factuur;Datum;Bedrag;Open\nX1;F1;01-10-2025;100,00;40,00\n")
    words = ("items", file, "--map", mapping, "--opening-date", "2026-11-01")

    with pytest.raises(CommandFailed, match="--opening-date") as missing:
        await dry_run(operator, "items", file, "--map", mapping)
    shown = await dry_run(operator, *words)
    await confirmed(operator, *words)
    await ledger.take(*(await ledger.published("item-posted")), *(await ledger.published("match-requested")))

    assert missing.value.code == USAGE
    assert [(row["amount"], row["open_amount"]) for row in shown["rows"]] == [(10000, 4000)]
    assert await ledger.open() == {"I1": 500, "C1": -500, "ODD": 33, "I2": 900, "C2": -900, "F1": 4000}
    assert (await ledger.audit()).violations == ()


async def test_an_opening_balance_that_the_ledger_would_not_match_is_refused_before_it_is_posted(
    operator: Clerk, tmp_path: Path
) -> None:
    mapping = tmp_path / "open.yaml"
    document = {**with_columns(ITEMS, open_amount="Open"), "opening": {"journal": "M90"}}
    file = written(tmp_path, "Klant;Factuur;Datum;Bedrag;Open\nX1;F1;01-10-2025;100,00;40,00\n")

    for changes, day, said in (
        ({"opening": {"journal": "M99"}}, "2026-11-01", "has no journal M99"),
        ({"opening": {"journal": "B10"}}, "2026-11-01", "is of type B"),
        ({"currency": "DKK"}, "2026-11-01", "does not allow foreign currency"),
        ({}, "2026-01-15", "closed"),
    ):
        mapping.write_text(json.dumps({**document, **changes}), "utf-8")
        with pytest.raises(CommandFailed, match="1 rows are refused"):
            await operator.reads(
                "import", "items", file, "--map", mapping, "--opening-date", day, "--report", tmp_path / "r.csv"
            )
        assert said in (tmp_path / "r.csv").read_text("utf-8-sig")


async def test_a_mapping_of_another_administration_is_refused(operator: Clerk, tmp_path: Path) -> None:
    mapping = tmp_path / "map.yaml"
    mapping.write_text(json.dumps({**ITEMS, "administration": "bib-aalst"}))

    with pytest.raises(CommandFailed, match=f"is for administration bib-aalst, and you work in {ADMINISTRATION}"):
        await dry_run(operator, "items", written(tmp_path, HEAD + ROWS), "--map", mapping)
