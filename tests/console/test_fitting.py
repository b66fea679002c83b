"""What a clerk reads on a terminal is whole: tables are broken between words, and never within an amount or an id."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from console.fitting import column_widths, wrapped
from console.output import show, show_rows
from tests.support.terminal import terminal

RUN = str(UUID(int=2**127))
FINGERPRINT = "0f" * 32
NOTE = "The debtor moved abroad, and has asked for a settlement in three equal parts [of 2026]"
ROWS: list[dict[str, Any]] = [
    {"party_id": "P000150", "item_id": f"I{number:07}", "currency": "EUR", "amount": 123_456_789, "message": NOTE}
    for number in range(3)
]
COLUMNS = ("party_id", "item_id", "amount", "message")
WIDE = ("run_id", "match_id", *COLUMNS)


@contextmanager
def written_on(columns: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """Standard output is a terminal of this width; gives the lines that were written on it."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("COLUMNS", raising=False)
    with terminal(columns) as ours, Path(ours.name).open("w", encoding="utf-8") as theirs:
        monkeypatch.setattr(sys, "stdout", theirs)

        def lines() -> list[str]:
            theirs.close()
            return ours.text().splitlines()

        yield lines


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize(("language", "amount"), [("en", "€1,234,567.89"), ("nl", "€ 1.234.567,89")])
def test_a_table_breaks_between_words_only(
    columns: int, language: str, amount: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with written_on(columns, monkeypatch) as lines:
        show_rows(ROWS, COLUMNS, json_output=False, language=language)
        shown = lines()

    assert max(map(len, shown)) <= columns
    for row in ROWS:
        (line,) = [line for line in shown if row["item_id"] in line]
        assert "P000150" in line
        assert amount in line.replace("\xa0", " ")
    assert "2026]" in " ".join(shown)


@pytest.mark.parametrize("columns", [80, 120])
def test_a_table_that_cannot_fit_is_shown_row_by_row(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{**row, "run_id": RUN, "match_id": FINGERPRINT} for row in ROWS]

    with written_on(columns, monkeypatch) as lines:
        show_rows(rows, WIDE, json_output=False)
        shown = lines()

    assert max(map(len, shown)) <= columns
    assert sum(line.split() == ["run", RUN] for line in shown) == len(rows)
    assert sum(line.split() == ["match", FINGERPRINT] for line in shown) == len(rows)


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_a_field_is_shown_whole_beside_its_name_or_below_it(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with written_on(columns, monkeypatch) as lines:
        show({"left_out_by_clerk": 3, "fingerprint": FINGERPRINT}, json_output=False, language="nl")
        shown = lines()

    text = "".join(shown) if columns < len(FINGERPRINT) else "\n".join(shown)
    assert FINGERPRINT in text


def test_what_is_left_over_goes_to_the_columns_that_lack_it() -> None:
    rows = [("party", "message"), ("P1", "one two three four")]

    assert column_widths(rows, 40) == [5, 18]
    assert column_widths(rows, 18) == [5, 12]
    assert column_widths(rows, 13) == [5, 7]
    assert column_widths(rows, 12) is None


def test_a_no_break_space_holds_an_amount_together() -> None:
    assert wrapped("DKK\xa01.250,00 of €\xa012,50", 12) == ["DKK\xa01.250,00", "of €\xa012,50"]
    assert wrapped("a-long-identifier", 4) == ["a-long-identifier"]
