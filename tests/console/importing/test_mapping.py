"""Rows become events through a mapping, which is checked against the contracts before any row is read."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from console.exits import CommandFailed
from console.importing import mapping
from console.importing.mapping import whole_mapping
from console.importing.ready import read_mapping
from tests.console.importing.reading import (
    ITEMS,
    VERSION,
    amounts,
    fates_of,
    first_refusal,
    told,
    with_columns,
    written,
)

DUTCH: dict[str, Any] = {
    "administration": "demo",
    "delimiter": ";",
    "date_format": "%d-%m-%Y",
    "decimal": ",",
    "thousands": ".",
    "columns": {
        "party_id": "Klantnummer",
        "item_id": {"column": "Factuur", "prefix": "F-"},
        "amount": {"column": "Bedrag", "negate": True},
        "item_date": "Datum",
        "blocked": {"column": "Geblokkeerd", "true": ["ja"]},
        "kind": {"column": "Soort", "values": {"Boete": "fine", "Lidgeld": "contribution"}},
        "journal": {"value": "V10"},
        "branch": "Filiaal",
    },
}
ROW = {
    "Klantnummer": " 12 ",
    "Factuur": "881",
    "Bedrag": "1.234,50",
    "Datum": "31-10-2026",
    "Geblokkeerd": "Ja",
    "Soort": "Boete",
    "Filiaal": "",
}


def of_row(folder: Path, row: dict[str, str]) -> Path:
    """A file of one row."""
    return written(folder, ";".join(row) + "\n" + ";".join(row.values()) + "\n")


def saved(folder: Path, document: Any) -> str:
    """A mapping as a file; JSON is YAML."""
    file = folder / "map.yaml"
    file.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return str(file)


def fields(path: Path, document: dict[str, Any]) -> dict[str, Any]:
    """What the only row of a file says, as an event."""
    (fate,) = fates_of(path, document)
    assert fate.made is not None, first_refusal([fate])
    return fate.made.event.model_dump(mode="json", exclude_unset=True)


@pytest.mark.requirement("S3.20")
def test_a_dutch_row_becomes_an_events_fields(tmp_path: Path) -> None:
    assert fields(of_row(tmp_path, ROW), DUTCH) == {
        "administration": "demo",
        "party_id": "12",
        "item_id": "F-881",
        "amount": -123450,
        "currency": "EUR",
        "item_date": "2026-10-31",
        "blocked": True,
        "kind": "fine",
        "journal": "V10",
        "voucher": "F-881",
    }


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"Bedrag": "12.3.4,5,6"}, "Bedrag: '12.3.4,5,6' is no amount"),
        ({"Bedrag": "1,005"}, "decimals"),
        ({"Bedrag": "twaalf"}, "no amount"),
        ({"Datum": "2026-10-31"}, "Datum: '2026-10-31' is no date like %d-%m-%Y"),
        ({"Datum": "31-02-2026"}, "Datum"),
        ({"Soort": "Cadeau"}, "Boete, Lidgeld"),
        ({"Klantnummer": ""}, "Klantnummer: Nothing stands there for party_id"),
        ({"Klantnummer": "x" * 65}, "Klantnummer"),
    ],
)
def test_a_row_that_cannot_become_an_event_says_column_reason_and_remedy(
    tmp_path: Path, changes: dict[str, str], word: str
) -> None:
    fates = fates_of(of_row(tmp_path, ROW | changes), DUTCH)

    assert word in first_refusal(fates)
    assert fates[0].problem is not None
    assert fates[0].problem.remedy


@pytest.mark.parametrize(
    "text", ["columns: 3", "administration: demo\ncolums: {}\n", "{", "", "- a", "columns: {party_id: [1]}"]
)
def test_a_mapping_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CommandFailed, match="no column mapping"):
        read_mapping(saved(tmp_path, text), "items")


def test_the_example_in_the_documentation_is_a_mapping(tmp_path: Path) -> None:
    example = read_mapping(saved(tmp_path, (mapping.__doc__ or "").partition("\n\n")[2]), "items")

    row = {**ROW, "Datum": "01-11-2026", "Geblokkeerd": "J", "Bedrag": "12,50"}
    assert fields(of_row(tmp_path, row), json.loads(example.model_dump_json(exclude_unset=True))) == {
        "administration": "demo",
        "party_id": "12",
        "item_id": "F-881",
        "amount": -1250,
        "currency": "EUR",
        "item_date": "2026-11-01",
        "blocked": True,
        "kind": "fine",
        "journal": "V10",
        "voucher": "F-881",
    }


@pytest.mark.requirement("B.11")
@pytest.mark.parametrize(
    ("document", "said"),
    [
        (with_columns(ITEMS, blokked="Blok"), "blokked is no field of items. Is blocked meant?"),
        (with_columns(ITEMS, zzz="Blok"), "zzz is no field of items. Use some of: amount"),
        (with_columns(ITEMS, name="Naam"), "name is no field of items"),
        (with_columns(ITEMS, journal=None), "fills no journal"),
        (with_columns(ITEMS, open_amount="Open"), "fills open_amount: say by `opening:`"),
        (
            with_columns(ITEMS, kind={"column": "Soort", "values": {"Boete": "boete"}}),
            "'boete' is none of contribution",
        ),
        (with_columns(ITEMS, journal={"value": "V 10"}), "journal: 'V 10' cannot be taken"),
        (with_columns(ITEMS, party_id={"column": "Klant", "negate": True}), "belong to other fields"),
        ({**ITEMS, "date_format": "%d %B %Y"}, "has %B"),
        ({**ITEMS, "imports": "payments"}, "The mapping is one of payments"),
        ({**ITEMS, "decimal": ",", "thousands": ","}, "two signs"),
        (with_columns(ITEMS, amount={"column": "A", "position": 2}), "comes from one of"),
        (with_columns(ITEMS, item_id={"column": "A", "extract": "F-[0-9]+"}), "exactly one group"),
        ({**ITEMS, "time_zone": "Europe/Gent"}, "no time zone is called"),
        ({**ITEMS, "currency": "EURO"}, "currency"),
    ],
)
def test_a_mapping_with_what_no_event_has_is_refused_before_any_row(
    tmp_path: Path, document: dict[str, Any], said: str
) -> None:
    with pytest.raises(CommandFailed) as refused:
        read_mapping(saved(tmp_path, document), "items")

    assert said in refused.value.message


def test_an_unknown_mapping_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(CommandFailed, match="There is no mapping exakt"):
        read_mapping("exakt", "items")


def test_ids_are_made_of_parts_of_joined_columns_and_of_digests(tmp_path: Path) -> None:
    text = "Klant;Boek;Nummer;Datum;Bedrag;Tekst\n" + "P1;V;7;01-10-2026;1,00;klant 12 boete\n" * 2
    joined = {"columns": ["Boek", "Nummer"], "separator": "-"}
    digest = {"digest": ["Klant", "Datum", "Bedrag"], "prefix": "ING-"}
    part = {"column": "Tekst", "extract": "klant ([0-9]+)", "prefix": "P"}
    file = written(tmp_path, text)

    assert told(fates_of(file, with_columns(ITEMS, item_id=joined))) == [(2, "new"), (3, "twice")]
    first, second = fates_of(file, with_columns(ITEMS, item_id=digest, party_id=part))
    assert first.made is not None
    assert second.made is not None
    assert first.made.event.party_id == "P12"
    ids = [first.made.event.item_id, second.made.event.item_id]  # type: ignore[union-attr]
    assert ids[1] == f"{ids[0]}-2"
    assert ids[0].startswith("ING-")


def test_a_second_row_of_the_same_id_with_another_amount_is_refused(tmp_path: Path) -> None:
    text = "Klant;Factuur;Datum;Bedrag\nP1;F1;01-10-2026;1,00\nP1;F1;01-10-2026;2,00\nP1;F1;01-10-2026;1,00\n"

    fates = fates_of(written(tmp_path, text), ITEMS)

    assert told(fates) == [(2, "new"), (3, "refused"), (4, "twice")]
    assert "Row 2 says something else of the same id" in first_refusal(fates)


def test_rows_are_left_out_by_condition_and_said_to_be(tmp_path: Path) -> None:
    text = "Klant;Factuur;Datum;Bedrag\nP1;F1;01-10-2026;1,00\nP2;F2;;1,00\nX3;F3;01-10-2026;1,00\n"
    conditions = [{"column": "Datum", "filled": True}, {"column": "Klant", "like": "^P"}]

    fates = fates_of(written(tmp_path, text), {**ITEMS, "rows": conditions})

    assert told(fates) == [(2, "new"), (3, "left-out"), (4, "left-out")]


PAYMENTS = with_columns(ITEMS, item_id={"column": "Factuur", "prefix": "PAY-"}, item_date=None, settled_on="Datum")


@pytest.mark.requirement("B.11")
def test_a_payments_sign_is_kept(tmp_path: Path) -> None:
    text = "Klant;Factuur;Datum;Bedrag\nP1;F1;01-10-2026;52,42\nP1;F2;01-10-2026;-52,42\n"

    fates = fates_of(written(tmp_path, text), PAYMENTS, "payments")

    assert amounts(fates) == [-5242, 5242]
    assert sum(amounts(fates)) == 0


def test_a_payment_without_a_date_is_refused_and_one_of_a_later_day_left_out(tmp_path: Path) -> None:
    text = "Klant;Factuur;Datum;Bedrag\nP1;F1;;1,00\nP1;F2;02-10-2026;1,00\nP1;F3;01-10-2026;1,00\n"

    fates = fates_of(written(tmp_path, text), PAYMENTS, "payments", as_of=date(2026, 10, 1))

    assert told(fates) == [(2, "refused"), (3, "left-out"), (4, "new")]
    assert "Datum: The payment has no date." in first_refusal(fates)


PARTIES: dict[str, Any] = {"columns": {"party_id": "Nr", "name": "Naam", "country": {"value": "NL"}, "city": "Plaats"}}


def test_a_party_has_the_present_second_as_version_and_an_address(tmp_path: Path) -> None:
    file = written(tmp_path, "Nr;Naam;Plaats\n1;Anna;Gent\n1;Anna;Gent\n1;Anna B;Gent\n")

    fates = fates_of(file, PARTIES, "parties")

    assert told(fates) == [(2, "new"), (3, "twice"), (4, "refused")]
    assert fates[0].made is not None
    event = fates[0].made.event.model_dump(mode="json", exclude_unset=True)
    assert event["version"] == VERSION
    assert event["address"] == {"city": "Gent", "country": "NL"}


def test_a_file_may_have_versions_of_its_own(tmp_path: Path) -> None:
    file = written(tmp_path, "Nr;Naam;Plaats;V\n1;Anna;Gent;3\n1;Anna B;Gent;4\n1;Anna C;Gent;4\n1;Anna;Gent;-1\n")

    fates = fates_of(file, with_columns(PARTIES, version="V"), "parties")

    assert told(fates) == [(2, "new"), (3, "new"), (4, "refused"), (5, "refused")]


OPENING = {**with_columns(ITEMS, open_amount="Open"), "opening": {"journal": "M90"}}


@pytest.mark.parametrize(
    ("amount", "still_open", "outcome", "settled"),
    [
        ("100,00", "100,00", "new", None),
        ("100,00", "40,00", "new", -6000),
        ("-100,00", "-40,00", "new", 6000),
        ("100,00", "0,00", "left-out", None),
        ("100,00", "140,00", "refused", None),
        ("100,00", "-40,00", "refused", None),
        ("100,00", "", "refused", None),
    ],
)
def test_an_opening_balance_has_the_original_amount_and_what_was_settled_before(
    tmp_path: Path, amount: str, still_open: str, outcome: str, settled: int | None
) -> None:
    file = written(tmp_path, f"Klant;Factuur;Datum;Bedrag;Open\nP1;F1;01-10-2025;{amount};{still_open}\n")

    (fate,) = fates_of(file, OPENING, opening_date=date(2026, 1, 1))

    assert fate.outcome == outcome
    following = fate.made.following if fate.made else ()
    assert [event.amount for event in following if event.topic == "item-posted"] == ([settled] if settled else [])  # type: ignore[attr-defined]
    for request in (event for event in following if event.topic == "match-requested"):
        assert [line.amount for line in request.lines] == [-(settled or 0), settled]  # type: ignore[attr-defined]
        assert request.date == date(2026, 1, 1)  # type: ignore[attr-defined]


def test_a_mapping_may_be_made_in_code() -> None:
    assert whole_mapping(ITEMS).source("party_id") is not None
