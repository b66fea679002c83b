"""Nobody gets past four eyes, or a limit, by another way into the ledger."""

from typing import Any, NamedTuple

import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.library import TODAY, configured, posted, requested, reversal
from tests.services.matching.offers import BOOKING
from tests.services.matching.test_ingest import sent
from tests.support.desk import Desk

ELSEWHERE, BEYOND = "ask-for-a-write-off", "beyond-tolerance"
RESTRICTED: dict[str, dict[str, Any]] = {
    "four eyes": {"four_eyes": True},
    "a clerk's limit": {"clerk_item_limit": 100_000},
    "a day's limit": {"clerk_day_limit": 100_000},
    "an employee's limit": {"employee_limits": [{"employee": "m.jensen", "item_limit": 1}]},
}
LINE = {"currency": "EUR", "lines": [{"item_id": "I1", "amount": 1250}], "booking": BOOKING}


async def restricted(ledger: Ledger, **policy: Any) -> None:
    """An administration that says who may waive, and 12.50 that is open."""
    await ledger.take(configured(version=2, write_offs=policy or {"four_eyes": True}), posted("I1"))


class Way(NamedTuple):
    """A way into the ledger, and how it is refused."""

    path: str
    body: dict[str, Any]
    code: str
    field: str


WAYS: dict[str, Way] = {
    "by hand on a write-off journal": Way(
        "parties/P1/matches",
        LINE | {"contra": {"kind": "write-off", "journal": "A920"}},
        ELSEWHERE,
        "contra",
    ),
    "by hand as a payment difference": Way(
        "parties/P1/matches",
        LINE | {"contra": {"kind": "payment-difference", "journal": "M90", "gl_account": "9999"}},
        BEYOND,
        "contra",
    ),
    "by hand as a correction": Way(
        "parties/P1/matches",
        LINE | {"contra": {"kind": "correction", "journal": "M90", "gl_account": "9999"}},
        BEYOND,
        "contra",
    ),
    "small balances without an end": Way(
        "small-balance-runs",
        {"booking": BOOKING, "limit": 10**15, "open_share_percent": 100},
        BEYOND,
        "limit",
    ),
    "small balances against a write-off journal": Way(
        "small-balance-runs",
        {"booking": BOOKING, "limit": 1, "write_off_journal": "A920"},
        BEYOND,
        "limit",
    ),
    "account balance with a tolerance without an end": Way(
        "settlement-runs",
        {
            "booking": BOOKING,
            "method": "account-balance",
            "tolerance": 10**15,
            "difference_code": "payment-differences",
        },
        BEYOND,
        "tolerance",
    ),
    "a proposal with a tolerance": Way(
        "proposals",
        {"booking": BOOKING, "method": "opposite-items", "tolerance": 1, "difference_code": "payment-differences"},
        BEYOND,
        "tolerance",
    ),
    "a conversion": Way(
        "parties/P1/foreign-matches",
        {"item_ids": ["I1", "I2"], "booking": BOOKING | {"journal": "M91"}, "tolerance": 10**15},
        BEYOND,
        "tolerance",
    ),
}


@pytest.mark.parametrize("policy", RESTRICTED.values(), ids=RESTRICTED.keys())
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
async def test_where_waiving_is_restricted_the_ledger_takes_nothing_away(
    ledger: Ledger, desk: Desk, way: Way, policy: dict[str, Any]
) -> None:
    await restricted(ledger, **policy)

    problem = await desk.do(way.path, way.body, 403)

    assert (problem["code"], problem["errors"][0]["pointer"]) == (way.code, f"/{way.field}")
    assert problem["remedy"]
    assert await ledger.open() == {"I1": 1250}


@pytest.mark.parametrize(("tolerance", "status"), [(1250, 201), (1249, 403)])
async def test_a_named_tolerance_is_allowed_and_a_cent_more_is_not(
    ledger: Ledger, desk: Desk, tolerance: int, status: int
) -> None:
    await restricted(ledger, four_eyes=True, largest_tolerance=tolerance)

    contra = {"kind": "payment-difference", "journal": "M90"}
    await desk.do("parties/P1/matches", LINE | {"contra": contra}, status)

    assert await ledger.open() == ({} if status == 201 else {"I1": 1250})


@pytest.mark.parametrize(("base_amount", "status"), [(1_000, 201), (1_001, 403), (None, 403)])
async def test_a_foreign_difference_is_measured_in_the_base_currency(
    ledger: Ledger, desk: Desk, base_amount: int | None, status: int
) -> None:
    foreign = posted("I1", 100, currency="KWD", base_amount=base_amount)
    await ledger.take(configured(version=2, write_offs={"four_eyes": True, "largest_tolerance": 1_000}), foreign)
    lines = [{"item_id": "I1", "amount": 100}]
    contra = {"kind": "payment-difference", "journal": "M91"}

    body = {"currency": "KWD", "lines": lines, "booking": BOOKING | {"journal": "M91"}, "contra": contra}
    await desk.do("parties/P1/matches", body, status)

    assert await ledger.open() == ({} if status == 201 else {"I1": 100})


@pytest.mark.parametrize("run", ["settlement-runs", "small-balance-runs"])
async def test_a_tolerance_counts_in_one_currency_only(ledger: Ledger, desk: Desk, run: str) -> None:
    await restricted(ledger, four_eyes=True, largest_tolerance=500)
    form: dict[str, Any] = {"booking": BOOKING | {"journal": "M91"}}
    form |= (
        {"limit": 500}
        if run == "small-balance-runs"
        else {"method": "opposite-items", "tolerance": 500, "difference_code": "payment-differences"}
    )

    problem = await desk.do(run, form, 403)
    await desk.do(run, form | {"criteria": {"currency_from": "EUR", "currency_to": "EUR"}}, 202)

    assert problem["code"] == "tolerance-in-foreign-currency"


async def test_a_rest_that_stays_open_takes_nothing_away(ledger: Ledger, desk: Desk) -> None:
    await restricted(ledger)

    await desk.do("settlement-runs", {"booking": BOOKING, "method": "opposite-items", "tolerance": 10**6}, 202)


async def test_what_the_write_off_service_asks_is_granted(ledger: Ledger) -> None:
    await restricted(ledger)

    await ledger.take(requested({"I1": 1250}))

    assert await ledger.open() == {}


async def test_undoing_a_write_off_is_asked_where_it_is_approved(ledger: Ledger, desk: Desk) -> None:
    await restricted(ledger)
    await ledger.take(requested({"I1": 1250}))
    (match,) = (await desk.read("matches"))["items"]

    problem = await desk.do(f"parties/P1/matches/{match['match']['match_id']}/reversal", {"date": str(TODAY)}, 403)

    assert problem["code"] == ELSEWHERE
    assert await ledger.open() == {}


async def test_undoing_a_run_that_wrote_off_is_asked_where_it_is_approved(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(posted("I1", 100))
    run = await desk.do("small-balance-runs", {"booking": BOOKING, "limit": 100, "write_off_journal": "A920"}, 202)
    await ledger.finish(run["job_id"])
    await ledger.take(configured(version=2, write_offs={"four_eyes": True}))

    problem = await desk.do(f"runs/{run['job_id']}/reversal", {"date": str(TODAY)}, 403)

    assert problem["code"] == ELSEWHERE
    assert await ledger.open() == {}


async def test_a_command_is_given_by_whoever_hands_it_in(desk: Desk) -> None:
    clerk = desk.as_employee("j.devries", "clerk", "operator")

    answer = await clerk.do("/v1/events", sent(requested({"I1": 1250}, employee="director")), 202)
    own = await clerk.do("/v1/events", sent(requested({"I1": 1250}, employee="j.devries")), 202)

    assert [(one["code"], one["field"]) for one in answer["refused"]] == [("speaks-for-another", "employee")]
    assert (own["accepted"], own["refused"]) == (1, [])


async def test_a_command_needs_more_than_running_the_system(desk: Desk) -> None:
    operator = desk.as_employee("o.hansen", "operator")

    answer = await operator.do("/v1/events", sent(requested({"I1": 1250}, employee="o.hansen"), posted("I7")), 202)

    assert [one["code"] for one in answer["refused"]] == ["role-required"]
    assert answer["accepted"] == 1


async def test_commands_take_nothing_away_where_waiving_is_restricted(ledger: Ledger, desk: Desk) -> None:
    await restricted(ledger)
    clerk = desk.as_employee("j.devries", "clerk", "operator")
    events = (
        requested({"I1": 1250}, employee="j.devries"),
        reversal(requested().request_id, employee="j.devries"),
        requested({"I1": 1250}, employee="j.devries", contra=None, method="manual", journal="M90"),
    )

    answer = await clerk.do("/v1/events", sent(*events), 202)

    assert [(one["index"], one["code"]) for one in answer["refused"]] == [(0, ELSEWHERE), (1, ELSEWHERE)]


async def test_nobody_sends_events_as_one_of_our_services(desk: Desk) -> None:
    body = sent(posted("I7"))
    body["events"][0]["source"] = "openitems/writeoff"

    answer = await desk.do("/v1/events", body, 202)

    assert [(one["code"], one["field"]) for one in answer["refused"]] == [("source-taken", "source")]
