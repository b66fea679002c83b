"""Separated text is read strictly: what is wrong with a line costs that line, and nothing is bent to fit."""

from pathlib import Path

import pytest

from console.exits import CommandFailed
from tests.console.importing.reading import ITEMS, amounts, fates_of, first_refusal, told, with_columns, written

HEAD = "Klant;Factuur;Datum;Tekst;Bedrag\n"
TEXTS = with_columns(ITEMS, description="Tekst")


def five_rows(third_text: str) -> str:
    """Five rows of 31.00, the third of them with this description."""
    texts = ["Boete", "Boete", third_text, "Boete", "Boete"]
    return HEAD + "".join(f"P{n};F{n};01-10-2026;{text};31,00\n" for n, text in enumerate(texts, 1))


@pytest.mark.requirement("B.11")
@pytest.mark.parametrize("text", ['"Fiets', '"Fiets "groot', '"Fiets";"', '"'])
def test_a_lone_quote_costs_its_own_row_and_no_other(tmp_path: Path, text: str) -> None:
    fates = fates_of(written(tmp_path, five_rows(text)), TEXTS)

    assert told(fates) == [(2, "new"), (3, "new"), (4, "refused"), (5, "new"), (6, "new")]
    assert amounts(fates) == [3100] * 4


def test_a_lone_quote_that_a_later_row_seems_to_close_gives_no_row_anothers_amount(tmp_path: Path) -> None:
    text = HEAD + 'P1;F1;01-10-2026;"Fiets;31,00\nP2;F2;01-10-2026;Fiets"; 45,00\nP3;F3;01-10-2026;Boek;7,00\n'

    fates = fates_of(written(tmp_path, text), TEXTS)

    assert told(fates) == [(2, "refused"), (3, "new"), (4, "new")]
    assert amounts(fates) == [4500, 700]
    assert "quote" in first_refusal(fates)


def test_a_quoted_cell_may_have_line_breaks_separators_and_doubled_quotes(tmp_path: Path) -> None:
    text = HEAD + 'P1;F1;01-10-2026;"Fiets\nmet ""bel""; groot";31,00\nP2;F2;01-10-2026;5" scherm;45,00\n'

    fates = fates_of(written(tmp_path, text), TEXTS)

    assert told(fates) == [(2, "new"), (4, "new")]
    assert fates[0].made is not None
    assert fates[0].made.event.description == 'Fiets\nmet "bel"; groot'  # type: ignore[union-attr]
    assert fates[1].made is not None
    assert fates[1].made.event.description == '5" scherm'  # type: ignore[union-attr]


def test_an_unquoted_amount_with_a_comma_in_a_comma_file_is_refused_and_not_cut(tmp_path: Path) -> None:
    text = 'Klant,Factuur,Datum,Bedrag\nP1,F1,01-10-2026,12,50\nP2,F2,01-10-2026,"12,50"\n'

    fates = fates_of(written(tmp_path, text), ITEMS)

    assert told(fates) == [(2, "refused"), (3, "new")]
    assert amounts(fates) == [1250]
    assert "5 cells, and the headings are 4" in first_refusal(fates)


def test_a_row_with_too_few_cells_is_refused(tmp_path: Path) -> None:
    fates = fates_of(written(tmp_path, "Klant;Factuur;Datum;Bedrag\nP1;F1;01-10-2026\n"), ITEMS)

    assert told(fates) == [(2, "refused")]


def test_of_two_equal_headings_none_wins_until_one_is_chosen_by_position(tmp_path: Path) -> None:
    file = written(tmp_path, "Klant;Factuur;Datum;Bedrag;Bedrag\nP1;F1;01-10-2026;12,50;99,00\n")

    with pytest.raises(CommandFailed, match="column Bedrag 2 times, at 4, 5"):
        fates_of(file, ITEMS)

    assert amounts(fates_of(file, with_columns(ITEMS, amount={"position": 4}))) == [1250]


def test_columns_are_named_by_pattern_and_by_the_first_of_some_headings(tmp_path: Path) -> None:
    file = written(tmp_path, "Kunde;Factuur;Datum;Bedrag (EUR)\nP1;F1;01-10-2026;12,50\n")
    document = with_columns(ITEMS, amount={"pattern": "^Bedrag"}, party_id={"column": ["Klant", "Kunde"]})

    assert amounts(fates_of(file, document)) == [1250]


def test_a_pattern_that_two_columns_fit_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "Klant;Factuur;Datum;Bedrag A;Bedrag B\nP1;F1;01-10-2026;1,00;2,00\n")

    with pytest.raises(CommandFailed, match="Bedrag 2 times"):
        fates_of(file, with_columns(ITEMS, amount={"pattern": "Bedrag"}))


def test_lines_above_and_below_are_skipped_and_empty_ones_are_no_rows(tmp_path: Path) -> None:
    text = 'Bibliotheek "De Boekerij\nPeriode;1\n' + five_rows("Boete") + "\nTotaal;;;;155,00\n\n"
    document = {**TEXTS, "skip_above": 2, "skip_below": 1}

    fates = fates_of(written(tmp_path, text), document)

    assert told(fates) == [(4, "new"), (5, "new"), (6, "new"), (7, "new"), (8, "new")]


def test_a_file_without_headings_has_its_columns_by_position(tmp_path: Path) -> None:
    file = written(tmp_path, "P1;F1;01-10-2026;12,50\n")
    columns = {"party_id": 1, "item_id": 2, "item_date": 3, "amount": 4}
    placed = {name: {"position": at} for name, at in columns.items()}

    fates = fates_of(file, {**with_columns(ITEMS, **placed), "header": False})

    assert told(fates) == [(1, "new")]


def test_lines_that_end_as_old_machines_ended_them_are_lines(tmp_path: Path) -> None:
    fates = fates_of(written(tmp_path, five_rows("Boete").replace("\n", "\r")), TEXTS)

    assert amounts(fates) == [3100] * 5


@pytest.mark.parametrize("sign", [";", ",", "\t", "|"])
def test_the_separator_is_recognised(tmp_path: Path, sign: str) -> None:
    text = "Klant;Factuur;Datum;Bedrag\nP1;F1;01-10-2026;12\n".replace(";", sign)

    assert amounts(fates_of(written(tmp_path, text), ITEMS)) == [1200]


def test_a_separator_that_cannot_be_recognised_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match=r"separator of file\.csv is not recognised"):
        fates_of(written(tmp_path, "Klant#Factuur#Datum#Bedrag\nP1#F1#01-10-2026#12\n"), ITEMS)


def test_a_file_without_a_mapped_column_names_it_and_those_that_there_are(tmp_path: Path) -> None:
    file = written(tmp_path, "Klant;Factuur;Dag;Bedrag\nP1;F1;01-10-2026;12\n")

    with pytest.raises(CommandFailed, match="no column Datum; it has: Klant, Factuur, Dag, Bedrag"):
        fates_of(file, ITEMS)


def test_an_empty_file_is_refused_plainly(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed):
        fates_of(written(tmp_path, ""), {**ITEMS, "delimiter": ";"})
