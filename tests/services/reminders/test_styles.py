"""House styles: the words, logo and colours of an administration, out of a file of its operators."""

from io import BytesIO
from pathlib import Path
from textwrap import dedent

import pytest
from pypdf import PdfReader

from services.reminders.letters import house_style_files
from services.reminders.letters.house_style_files import read_style
from services.reminders.letters.refusals import UnusableHouseStyle
from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import configured, party, posted

STYLE = """
accent = "#7a1f2b"
signatory = "E. Maes"

[texts.standard.nl-BE.1]
subject = "Even ter herinnering"
opening = ["Vergeten te betalen?"]
"""


def test_the_file_that_is_shown_to_operators_is_a_house_style(tmp_path: Path) -> None:
    shown = dedent(str(house_style_files.__doc__).partition("all of it is optional:\n")[2])
    (tmp_path / "gent.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>', "utf-8")
    (tmp_path / "bib-gent.toml").write_text(shown, "utf-8")

    style = read_style(configured(), tmp_path)

    assert (style.accent, style.sender.signatory) == ("#7a1f2b", "E. Maes, director")
    assert style.texts["standard", "nl-BE", 1].opening == ("Op {date} stond dit nog open.",)


async def test_letters_speak_with_the_words_of_the_house(reminders: Reminders, tmp_path: Path) -> None:
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "bib-gent.toml").write_text(STYLE, "utf-8")
    await reminders.take(configured(), party(), posted())

    await reminders.remind()

    (letter,) = [path for path in reminders.documents.rglob("*") if path.is_file()]
    text = PdfReader(BytesIO(letter.read_bytes())).pages[0].extract_text()
    assert "Vergeten te betalen?" in text
    assert "E. Maes" in text


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("colour = 'red'", "colour"),
        ("logo = 'none.png'", "none.png"),
        ("logo = '../secret'", "logo"),
        ("a = [", "Invalid value"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(tmp_path: Path, content: str, named: str) -> None:
    (tmp_path / "bib-gent.toml").write_text(content, "utf-8")

    with pytest.raises(UnusableHouseStyle, match=named) as refused:
        read_style(configured(), tmp_path)

    assert refused.value.code == "invalid-house-style"
