"""What a write-off is refused or leaves out for is told in the clerk's language; events and rows keep the English."""

from typing import Any

import pytest

from tests.services.writeoff.conftest import WriteOffs, write_off
from tests.services.writeoff.library import WISH, books_of_today, granted, posted
from tests.support.desk import Desk


@pytest.mark.parametrize(
    ("line", "detail", "remedy"),
    [
        ({"item_id": "I1", "amount": 1251}, "Er kan niet meer dan het openstaande bedrag afgeboekt worden.", None),
        ({"item_id": "I{1}"}, "Op deze relatie is geen post I{1} geboekt.", None),
        (
            {"item_id": "I1", "journal": "A999"},
            "Dagboek A999 is niet ingesteld. Veld: journal. Kies een van: A100, A200",
            None,
        ),
    ],
)
async def test_a_line_that_cannot_be_written_off_says_why_in_dutch(
    writeoffs: WriteOffs, desk: Desk, line: dict[str, Any], detail: str, remedy: str | None
) -> None:
    await writeoffs.take(books_of_today(), posted("I1", 1250))
    desk.client.headers["accept-language"] = "nl-BE, en;q=0.5"

    preview = await desk.do("write-offs/preview", WISH | {"lines": [line]})
    answer = (await write_off(desk, WISH | {"lines": [line]})).json()

    assert preview["lines"][0]["message"].startswith(detail)
    assert answer["detail"].startswith(detail)
    assert answer["remedy"] == (remedy or "Laat deze regel weg.")


async def test_what_changed_since_the_preview_is_told_in_danish(writeoffs: WriteOffs, desk: Desk) -> None:
    await writeoffs.take(books_of_today(), posted("I1", 1250))
    fingerprint = (await desk.do("write-offs/preview", WISH))["fingerprint"]
    await write_off(desk, WISH | {"lines": [{"item_id": "I1", "amount": 250}]})
    (asked,) = await writeoffs.published("match-requested")
    await writeoffs.take(granted(asked, [1000]))
    desk.client.headers["accept-language"] = "da-DK"

    answer = await desk.do("write-offs", WISH | {"fingerprint": fingerprint}, 409)

    assert answer["code"] == "changed-since-preview"
    assert answer["detail"].startswith("Ændret siden forhåndsvisningen: ")
    assert "post I1: open_amount før 1250, nu 1000" in answer["detail"]
    assert answer["remedy"].startswith("Se forhåndsvisningen igen; dens fingeraftryk er nu ")
