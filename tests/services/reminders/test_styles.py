"""House styles: the words, logo and colours of an administration, out of a file of its operators."""

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

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
