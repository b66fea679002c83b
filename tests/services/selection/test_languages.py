"""A refusal reaches the clerk in the language that was asked, over HTTP and on the command line."""

from uuid import uuid4

import pytest

from console.exits import REFUSED, CommandFailed
from tests.services.selection.conftest import Selection, SelectionDesk
from tests.services.selection.library import configured, party, posted
from tests.services.selection.test_console import clerk
from tests.support.clerk import Clerk

__all__ = ["clerk"]


async def asked_in(desk: SelectionDesk, language: str, path: str) -> tuple[str, str | None, str]:
    """Detail, remedy and language of a refusal."""
    answer = await desk.in_language(language).get(path)
    problem = answer.json()
    return problem["detail"], problem.get("remedy"), answer.headers["content-language"]


@pytest.mark.parametrize(
    ("language", "detail", "remedy", "answered"),
    [
        ("en", "There is no set {}.", "See the list of sets for their ids.", "en"),
        ("nl-BE", "Er is geen set {}.", "Zie de lijst van sets voor hun nummers.", "nl"),
        ("da-DK;q=0.5, sv", "Der findes intet udvalg {}.", "Se listen over udvalg for deres numre.", "da"),
        ("fr", "There is no set {}.", "See the list of sets for their ids.", "en"),
    ],
)
async def test_an_unknown_set_is_told_in_the_language_that_is_asked(
    desk: SelectionDesk, language: str, detail: str, remedy: str, answered: str
) -> None:
    set_id = uuid4()

    told = await asked_in(desk, language, f"sets/{set_id}")

    assert told == (detail.format(set_id), remedy, answered)


@pytest.mark.parametrize("name", ["{name}", "{0}", "{", "}}", "{name!r:>90}"])
async def test_braces_that_a_clerk_types_come_back_as_they_are(
    selection: Selection, desk: SelectionDesk, name: str
) -> None:
    await selection.take(configured())
    body = {"saved": name, "set_type": "items"}

    english = await desk.send("sets", body)
    dutch = await desk.in_language("nl").send("sets", body)

    assert english.json()["detail"] == f"No criteria are saved as {name!r}."
    assert dutch.json()["detail"] == f"Er zijn geen criteria bewaard als {name!r}."
    assert english.status_code == dutch.status_code == 404


async def test_the_command_line_shows_a_dutch_refusal_with_a_dutch_remedy(selection: Selection, clerk: Clerk) -> None:
    await selection.take(configured())
    set_id = uuid4()

    with pytest.raises(CommandFailed) as refused:
        await clerk("show", set_id)

    assert refused.value.message == (
        f"Er is geen set {set_id}. Het gaat om SET_ID. Zie de lijst van sets voor hun nummers."
    )
    assert refused.value.problem["code"] == "unknown-set"
    assert refused.value.code == REFUSED


async def test_what_a_set_is_of_is_said_in_the_same_language(selection: Selection, desk: SelectionDesk) -> None:
    await selection.take(configured(), party("P1"), posted("I1", 1250))
    made = await desk.do("sets", {"criteria": "amount > 1"})
    path = f"sets/{made['set_id']}/export"

    told = [await asked_in(desk, language, f"{path}?fields=shoe_size") for language in ("en", "nl", "da")]

    assert [detail for detail, _, _ in told] == [
        "A set of items has no column 'shoe_size'.",
        "Een set van posten heeft geen kolom 'shoe_size'.",
        "Et udvalg af poster har ingen kolonne 'shoe_size'.",
    ]
