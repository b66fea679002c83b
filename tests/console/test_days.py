"""Days as people type them, and the day that a command means where none is typed."""

from datetime import UTC, date, datetime

import pytest
import typer

from console.days import parse_day
from console.languages import speak
from tests.services.matching.books import Ledger
from tests.services.matching.library import configured, posted
from tests.support.clerk import Clerk
from tests.zones import AHEAD, BEHIND, today_in_zone

THE_TWENTIETH = date(2026, 11, 20)
FIRST_OF_FEBRUARY = date(2026, 2, 1)


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("nl", "20-11-2026", THE_TWENTIETH),
        ("nl-BE", "20/11/2026", THE_TWENTIETH),
        ("nl", "1-2-2026", FIRST_OF_FEBRUARY),
        ("nl", "01/02/2026", FIRST_OF_FEBRUARY),
        ("da", "20.11.2026", THE_TWENTIETH),
        ("da", "20-11-2026", THE_TWENTIETH),
        ("da", "01.02.2026", FIRST_OF_FEBRUARY),
        ("en", "20/11/2026", THE_TWENTIETH),
        ("en", "05/05/2026", date(2026, 5, 5)),
        ("en", "2026-11-20", THE_TWENTIETH),
        ("nl", "2026-11-20", THE_TWENTIETH),
        ("da", " 2026-2-1 ", FIRST_OF_FEBRUARY),
    ],
)
def test_a_day_is_read_as_the_language_writes_it_and_as_iso_does(language: str, text: str, day: date) -> None:
    speak(language)

    assert parse_day(text) == day


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("en", "01/02/2026", ["two days", "2026-02-01", "2026-01-02"]),
        ("en", "11/20/2026", ["no day of the calendar", "2026-11-20"]),
        ("nl", "31-11-2026", ["no day of the calendar", "2026-11-20"]),
        ("nl", "20-11", ["20-11-2026", "2026-11-20"]),
        ("nl", "20-11-26", ["20-11-2026", "2026-11-20"]),
        ("da", "20.11-2026", ["20.11.2026", "2026-11-20"]),
        ("da", "i går", ["20.11.2026", "2026-11-20"]),
        ("en", "\N{ARABIC-INDIC DIGIT TWO}0/11/2026", ["2026-11-20"]),
        ("en", "", ["2026-11-20"]),
    ],
)
def test_what_is_no_day_is_refused_with_the_form_that_is_wanted(language: str, text: str, told: list[str]) -> None:
    speak(language)

    with pytest.raises(typer.BadParameter) as refused:
        parse_day(text)

    assert [words for words in told if words not in str(refused.value.message)] == []


@pytest.fixture(params=[AHEAD, BEHIND])
async def zone(request: pytest.FixtureRequest, ledger: Ledger) -> str:
    """The time zone of the administration, whose years round this one are open."""
    year = datetime.now(UTC).year
    periods = [
        {"year": one, "period": 1, "start": f"{one}-01-01", "end": f"{one}-12-31"} for one in range(year - 1, year + 2)
    ]
    await ledger.take(configured(version=2, time_zone=request.param, fiscal_periods=periods))
    return str(request.param)


async def test_without_a_date_a_command_books_on_the_administrations_day(clerk: Clerk, zone: str) -> None:
    today = str(today_in_zone(zone))

    by_hand = await clerk("match", "P1", "I1", "C1", "--journal", "M90")
    undone = await clerk("undo", by_hand["match_id"], "--party", "P1")
    run = await clerk("settle", "--journal", "M90")
    await clerk("undo-run", run["run_id"])
    await clerk("undo-settlements")
    booked = await clerk("list")

    assert (by_hand["date"], undone["date"]) == (today, today)
    assert {row["date"] for row in booked} == {today}


async def test_without_a_day_a_report_is_of_the_administrations_day(clerk: Clerk, ledger: Ledger, zone: str) -> None:
    await ledger.take(
        posted("YESTERDAY", 100, party_id="P9", item_date=str(today_in_zone(BEHIND))),
        posted("TODAY", 100, party_id="P9", item_date=str(today_in_zone(AHEAD))),
    )

    rows = await clerk("open-items", "--party-from", "P9", "--party-to", "P9")

    assert [row["item_id"] for row in rows] == (["YESTERDAY", "TODAY"] if zone == AHEAD else ["YESTERDAY"])


async def test_a_command_takes_a_day_as_its_language_writes_it(clerk: Clerk) -> None:
    booked = await clerk.in_language("nl")("match", "P1", "I1", "C1", "--journal", "M90", "--date", "22-11-2026")

    assert booked["date"] == "2026-11-22"
