"""Encodings are recognised and said; what is not understood is refused before anything is posted."""

from pathlib import Path

import pytest

from console.exits import CommandFailed
from console.importing.mapping import whole_mapping
from console.importing.tables import open_table
from tests.console.importing.reading import ITEMS, amounts, fates_of, with_columns, written

TEXT = "Klant;Factuur;Datum;Omschrijving é;Bedrag\nP1;F1;01-10-2026;Søren Ærø, Café;12,50\n"
NAMED = with_columns(ITEMS, description="Omschrijving é")


def description(path: Path, document: dict[str, object]) -> str:
    """What the first row's description reads."""
    made = fates_of(path, document)[0].made
    assert made is not None
    return str(made.event.description)  # type: ignore[union-attr]


@pytest.mark.requirement("B.11")
@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "utf-8, recognised"),
        ("utf-8-sig", "utf-8-sig, recognised"),
        ("utf-16", "utf-16, recognised"),
        ("utf-16-le", "utf-16-le, recognised"),
        ("utf-16-be", "utf-16-be, recognised"),
        ("cp1252", "cp1252, recognised"),
        ("latin-1", "cp1252, recognised"),
    ],
)
def test_encodings_are_recognised_and_said(tmp_path: Path, encoding: str, said: str) -> None:
    file = written(tmp_path, TEXT, encoding)

    assert description(file, NAMED) == "Søren Ærø, Café"
    assert str(open_table(file, whole_mapping(NAMED)).told["encoding"]).startswith(said)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "latin-1", "cp850"])
def test_a_declared_encoding_is_used(tmp_path: Path, encoding: str) -> None:
    assert description(written(tmp_path, TEXT, encoding), {**NAMED, "encoding": encoding}) == "Søren Ærø, Café"


def test_a_byte_order_mark_is_no_part_of_the_first_heading(tmp_path: Path) -> None:
    file = written(tmp_path, TEXT, "utf-8-sig")

    assert amounts(fates_of(file, {**ITEMS, "encoding": "utf-8"})) == [1250]


def test_an_unknown_encoding_is_refused_plainly(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="encoding latin-99 is unknown"):
        fates_of(written(tmp_path, TEXT), {**ITEMS, "encoding": "latin-99"})


def test_a_file_that_is_not_what_was_declared_is_refused_before_its_first_row(tmp_path: Path) -> None:
    rows = "".join(f"P{n};F{n};01-10-2026;x;1,00\n" for n in range(3_000))
    file = written(tmp_path, TEXT.replace("é", "e") + rows + "P;F;01-10-2026;é;1,00\n", "cp1252")

    with pytest.raises(CommandFailed, match="not written in utf-8"):
        fates_of(file, {**ITEMS, "encoding": "utf-8"})


def test_latin_1_declared_for_what_is_cp1252_is_noticed(tmp_path: Path) -> None:
    file = written(tmp_path, "Klant;Factuur;Datum;Tekst;Bedrag\nP1;F1;01-10-2026;€ 5 boete;5,00\n", "cp1252")

    fates = fates_of(file, {**with_columns(ITEMS, description="Tekst"), "encoding": "latin-1"})

    assert [fate.outcome for fate in fates] == ["refused"]


@pytest.mark.parametrize("begin", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old workbook", b"PK\x03\x04no workbook"])
def test_what_is_no_text_and_no_workbook_is_refused_plainly(tmp_path: Path, begin: bytes) -> None:
    file = tmp_path / "items.xlsx"
    file.write_bytes(begin)

    with pytest.raises(CommandFailed, match="workbook"):
        fates_of(file, ITEMS)
