"""Each service's today is that of the administration, on both sides of every midnight."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pypdf import PdfReader

from chassis.database import open_database
from chassis.service import Service, assemble
from chassis.settings import ServiceName
from contracts.library import SubscriptionCancelled
from read_model.today import beginning_of, zone_of
from services.writeoff.operations.causes import booking_day
from services.writeoff.operations.runs import queue_month_ends
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.events import received
from tests.services.driven import Driven
from tests.services.reminders import library as reminders
from tests.services.selection import library as selection
from tests.services.writeoff import library as writeoff
from tests.services.writeoff.conftest import write_off
from tests.support.desk import Desk, app_of, client_of, no_lag
from tests.zones import AHEAD, BEHIND, today_in_zone

BOTH_SIDES = [AHEAD, BEHIND]
NAMES = ["matching", "reminders", "selection", "writeoff"]
A_DAY = timedelta(days=1)


def service_named(name: str) -> Service:
    """A service's declaration."""

    declared: Service = import_module(f"services.{name}.app").SERVICE
    return declared


@pytest.fixture
def name(request: pytest.FixtureRequest) -> ServiceName:
    """The service under test, by `name` as a parameter."""
    chosen: ServiceName = request.param
    return chosen


@pytest.fixture
async def served(
    name: ServiceName, database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Driven, Desk]]:
    """A service and its API; no broker is asked."""

    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setenv("OPENITEMS_DOCUMENT_STORE", str(tmp_path / "documents"))
    settings = service_named(name).settings(**database.settings(name).model_dump())
    opened = await open_database(settings)
    issuer = Issuer(tmp_path / "jwks.json")
    service = service_named(name)
    try:
        async with client_of(app_of(service, assemble(service, settings, opened), issuer, no_lag)) as client:
            roles = ("clerk", "approver", "auditor")
            yield Driven(opened, service, datetime.now(UTC)), Desk(client, issuer, "bib-gent", roles=roles)
    finally:
        await opened.close()


def books(zone: str | None, **changes: Any) -> Any:
    """The administration in a time zone, these three years open, with the rule of the month's end switched on."""

    year = datetime.now(UTC).year
    periods = [
        {"year": one, "period": 1, "start": f"{one}-01-01", "end": f"{one}-12-31"} for one in range(year - 1, year + 2)
    ]
    rules = [{"rule": "month-end-cancellation", "journal": "A910"}]
    facts = {"time_zone": zone, "fiscal_periods": periods, "write_off_rules": rules}
    return writeoff.configured(**facts | changes)


@pytest.mark.parametrize("name", NAMES, indirect=True)
@pytest.mark.parametrize("zone", BOTH_SIDES)
async def test_every_service_says_what_day_it_is_in_an_administration(served: Any, zone: str) -> None:
    driven, desk = served
    await driven.take(books(zone))

    told = await desk.read("today")

    assert told == {"today": str(today_in_zone(zone)), "time_zone": zone}


@pytest.mark.parametrize("name", NAMES, indirect=True)
async def test_where_nothing_is_configured_today_is_that_of_utc(served: Any) -> None:
    _, desk = served

    assert (await desk.read("today"))["time_zone"] == "UTC"


@pytest.mark.parametrize("name", ["writeoff"], indirect=True)
@pytest.mark.parametrize("zone", BOTH_SIDES)
async def test_a_write_off_without_a_date_is_of_the_administrations_day(served: Any, zone: str) -> None:

    driven, desk = served
    await driven.take(books(zone), writeoff.posted("I1", 1250))

    preview = await desk.do("write-offs/preview", writeoff.WISH, 200)
    asked = await desk.do("write-offs", writeoff.WISH | {"fingerprint": preview["fingerprint"]}, 202)

    assert (preview["date"], asked["date"]) == (str(today_in_zone(zone)), str(today_in_zone(zone)))


@pytest.mark.parametrize("name", ["writeoff"], indirect=True)
@pytest.mark.parametrize(("zone", "status"), [(AHEAD, 200), (BEHIND, 422)])
async def test_a_run_may_be_of_a_day_that_has_come_there_and_of_none_that_lies_ahead(
    served: Any, zone: str, status: int
) -> None:
    driven, desk = served
    await driven.take(books(zone))

    answer = await desk.get("runs/conversion/summary", date=str(today_in_zone(AHEAD)))

    assert answer.status_code == status
    assert status == 200 or answer.json()["code"] == "not-over-yet"


@pytest.mark.parametrize("name", ["writeoff"], indirect=True)
@pytest.mark.parametrize(
    ("zone", "queued"), [("Europe/Amsterdam", True), ("Pacific/Kiritimati", True), ("America/Los_Angeles", False)]
)
async def test_the_months_end_is_run_once_the_month_is_over_there(served: Any, zone: str, *, queued: bool) -> None:

    driven, _ = served
    await driven.take(books(zone))
    half_past_eleven = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)

    async with driven.database.transaction() as connection:
        await queue_month_ends(connection, half_past_eleven - 9 * A_DAY)
        found = await queue_month_ends(connection, half_past_eleven)

    assert [str(day) for _, day in found] == (["2026-11-30"] if queued else [])


@pytest.mark.parametrize("name", ["writeoff"], indirect=True)
@pytest.mark.parametrize("zone", BOTH_SIDES)
async def test_the_day_limit_begins_anew_at_the_administrations_midnight(
    served: Any, database: FreshDatabase, zone: str
) -> None:
    driven, desk = served
    limited = books(zone, write_offs={"clerk_day_limit": 1250})
    await driven.take(limited, *(writeoff.posted(item_id, 1250) for item_id in ("I1", "I2", "I3")))
    midnight = beginning_of(today_in_zone(zone), zone_of(limited))
    wishes = [writeoff.WISH | {"lines": [{"item_id": item_id}]} for item_id in ("I1", "I2", "I3")]
    clerk = desk.with_roles("clerk")

    await write_off(clerk, wishes[0])
    await move_requests(database, midnight - timedelta(seconds=1))
    second = (await write_off(clerk, wishes[1])).json()
    await move_requests(database, midnight)
    third = (await write_off(clerk, wishes[2])).json()

    assert (second["state"], third["state"]) == ("asked", "awaiting-approval")


async def move_requests(database: FreshDatabase, at: datetime) -> None:
    """Have all that was asked for asked at another instant, as only the tables' owner can."""
    owner = await asyncpg.connect(database.owner_url, server_settings={"search_path": "writeoff"})
    await owner.execute("UPDATE request SET requested_at = $1", at)
    await owner.close()


@pytest.mark.parametrize(("zone", "day"), [("Europe/Amsterdam", "2026-12-01"), ("America/Los_Angeles", "2026-11-30")])
def test_what_is_told_ahead_of_its_day_is_booked_on_the_administrations_day(zone: str, day: str) -> None:

    event = SubscriptionCancelled.model_validate(
        SubscriptionCancelled.example | {"cancelled_on": "2027-01-31"}, strict=False
    )

    booked = booking_day(received(event, datetime(2026, 11, 30, 23, 30, tzinfo=UTC)), books(zone))

    assert str(booked) == day


@pytest.mark.parametrize("name", ["selection"], indirect=True)
@pytest.mark.parametrize(("zone", "status"), [(BEHIND, 200), (AHEAD, 422)])
async def test_the_last_day_on_the_black_list_is_one_that_is_not_over_there(
    served: Any, zone: str, status: int
) -> None:

    driven, desk = served
    await driven.take(books(zone), selection.party())

    answer = await desk.send("blacklist", {"party_ids": ["P1"], "reason": "Moved", "until": str(today_in_zone(BEHIND))})

    assert answer.status_code == status


@pytest.mark.parametrize("name", ["selection"], indirect=True)
@pytest.mark.parametrize("zone", BOTH_SIDES)
async def test_ages_are_counted_to_the_administrations_day(served: Any, zone: str) -> None:

    driven, desk = served
    await driven.take(books(zone), selection.party(), selection.posted(item_date=today_in_zone(zone) - 30 * A_DAY))

    counted = [(await desk.do("criteria/count", {"criteria": f"age >= {days} days"}))["hits"] for days in (30, 31)]

    assert counted == [1, 0]


@pytest.mark.parametrize("name", ["reminders"], indirect=True)
@pytest.mark.parametrize("zone", BOTH_SIDES)
async def test_an_item_is_due_on_the_administrations_day(served: Any, zone: str) -> None:

    driven, desk = served
    today = today_in_zone(zone)
    items = [
        reminders.posted(item_id, item_date=today - 60 * A_DAY, due_date=due)
        for item_id, due in (("I1", today - A_DAY), ("I2", today))
    ]
    await driven.take(books(zone), reminders.party(), *items)

    listed = [(await desk.read(f"parties/P1/items/{item.item_id}"))["listed"] for item in items]

    assert listed == [True, False]


@pytest.mark.parametrize("name", ["reminders"], indirect=True)
@pytest.mark.parametrize("zone", BOTH_SIDES)
async def test_a_test_letter_has_the_administrations_day(served: Any, zone: str) -> None:

    driven, desk = served
    await driven.take(books(zone, sender=reminders.SENDER))

    letter = await desk.read("test-letter", language="da")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(letter)).pages)

    assert f"Dato {today_in_zone(zone).day}.\u00a0" in text
