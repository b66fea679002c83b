import json
from typing import Any

import pytest

from services.matching.domain.requests import match_id_of
from tests.services.matching.books import Ledger
from tests.services.matching.library import TODAY, configured, party, posted, requested, reversal, settlement
from tests.support.desk import Desk

SPLIT_YEAR = [{"year": 2027, "period": 5, "start": "2026-11-01", "end": "2026-11-30"}]
"""A fiscal year that is not the calendar's."""
BOOKING = {"date": str(TODAY), "journal": "M90"}
FOREIGN = {"date": str(TODAY), "journal": "M91"}


def differing(difference: int = 5) -> list[Any]:
    """A charge and a credit that differ, the charge being the larger and the credit the last."""
    return [
        posted("I1", 1000, due_date="2026-10-31", invoice_number="F-1", branch="Noord"),
        posted(
            "C1", difference - 1000, item_date="2026-10-09", due_date="2026-10-12", invoice_number="N-1", branch="Zuid"
        ),
    ]


@pytest.mark.requirement("S1.6")
@pytest.mark.parametrize(("tolerance", "left"), [(5, {}), (4, {"I1": 1000, "C1": -400, "C2": -595})])
async def test_account_balance_matches_all_items_of_a_party_within_the_tolerance(
    ledger: Ledger, tolerance: int, left: dict[str, int]
) -> None:
    await ledger.take(posted("I1", 1000), posted("C1", -400), posted("C2", -595), posted("X", 5, currency="DKK"))

    form = settlement(method="account-balance", tolerance=tolerance, difference_code="payment-differences")
    await ledger.settle(form)

    assert await ledger.open() == left | {"X": 5}
    assert (await ledger.audit()).violations == ()


@pytest.mark.requirement("S1.8")
async def test_credit_notes_match_whoever_has_a_credit_whatever_the_tolerance(ledger: Ledger) -> None:
    await ledger.take(
        posted("I1", 500), posted("C1", -120, kind="credit-note"), posted("I2", 500, party_id="P2"), posted("I3", 9)
    )

    await ledger.settle(settlement(method="credit-notes", tolerance=0))

    assert await ledger.open() == {"I1": 380, "I2": 500, "I3": 9}
    (match,) = await ledger.published("items-matched")
    assert match.method == "credit-notes"


@pytest.mark.requirement("S1.10")
@pytest.mark.parametrize("method", ["account-balance", "opposite-items"])
@pytest.mark.parametrize(
    ("difference", "details"), [(5, ("2026-10-31", "F-1", "Noord")), (-5, ("2026-10-12", "N-1", "Zuid"))]
)
async def test_no_write_off_leaves_a_remainder_with_the_details_of_the_last_item_on_its_side(
    ledger: Ledger, method: str, difference: int, details: tuple[str, str, str]
) -> None:
    await ledger.take(*differing(difference))

    await ledger.settle(settlement(method=method, tolerance=5, difference_code="no-write-off"))

    ((item_id, amount),) = (await ledger.open()).items()
    assert amount == difference
    (remainder,) = await ledger.published("item-posted")
    assert (remainder.item_id, remainder.kind, remainder.amount) == (item_id, "remainder", difference)
    assert (str(remainder.due_date), remainder.invoice_number, remainder.branch) == details
    (match,) = await ledger.published("items-matched")
    assert [(contra.kind, contra.amount, contra.item_id) for contra in match.contra_lines] == [
        ("remainder", difference, item_id)
    ]
    assert (await ledger.audit()).violations == ()


@pytest.mark.requirement("S1.11")
@pytest.mark.parametrize("method", ["account-balance", "opposite-items"])
@pytest.mark.parametrize("difference", [5, -5])
async def test_payment_differences_are_booked_to_the_linked_account(
    ledger: Ledger, method: str, difference: int
) -> None:
    await ledger.take(*differing(difference))

    await ledger.settle(settlement(method=method, tolerance=5, difference_code="payment-differences"))

    assert await ledger.open() == {}
    (match,) = await ledger.published("items-matched")
    assert [(contra.kind, contra.amount, contra.gl_account) for contra in match.contra_lines] == [
        ("payment-difference", difference, "4900")
    ]


async def test_a_remainder_that_comes_back_through_the_broker_is_known_already(ledger: Ledger) -> None:
    await ledger.take(*differing())
    await ledger.settle(settlement(method="account-balance", tolerance=5))
    (remainder,) = await ledger.published("item-posted")

    outcome = await ledger.take(remainder)

    assert outcome.dead == []
    assert list((await ledger.open()).values()) == [5]


async def test_undo_closes_the_remainder_and_opens_the_items_again(ledger: Ledger) -> None:
    await ledger.take(*differing())
    job = await ledger.settle(settlement(method="account-balance", tolerance=5))

    undone = await ledger.undo_run(job["job_id"])

    assert await ledger.open() == {"I1": 1000, "C1": -995}
    assert json.loads(undone["result"])["refused"] == []
    assert (await ledger.audit()).violations == ()


async def test_an_undo_whose_remainder_was_used_is_refused_and_names_what_used_it(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(*differing())
    job = await ledger.settle(settlement(method="account-balance", tolerance=5))
    (remainder,) = await ledger.open()
    await ledger.take(requested({remainder: 5}))
    (match, user) = await ledger.published("items-matched")

    problem = await desk.do(f"parties/P1/matches/{match.match_id}/reversal", {"date": str(TODAY)}, 409)
    await ledger.take(reversal(match.match_id))
    undone = await ledger.undo_run(job["job_id"])
    stays = await ledger.open()
    await ledger.take(reversal(user.match_id), reversal(match.match_id))

    (rejection,) = await ledger.published("match-rejected")
    assert (problem["code"], rejection.code) == ("remainder-used", "remainder-used")
    assert str(user.match_id) in problem["detail"]
    assert str(user.match_id) in rejection.message
    (refused,) = json.loads(undone["result"])["refused"]
    assert (refused["code"], refused["item_ids"]) == ("remainder-used", [remainder])
    assert refused["used_by"] == [str(user.match_id)]
    assert stays == {}
    assert await ledger.open() == {"I1": 1000, "C1": -995}


async def test_a_remainder_that_is_used_in_the_same_batch_is_named_with_its_user(ledger: Ledger) -> None:
    await ledger.take(*differing())
    await ledger.settle(settlement(method="account-balance", tolerance=5))
    (remainder,) = await ledger.open()
    (match,) = await ledger.published("items-matched")
    request = requested({remainder: 5})

    await ledger.take(request, reversal(match.match_id))

    (rejection,) = await ledger.published("match-rejected")
    assert str(match_id_of(request.request_id)) in rejection.message


async def test_differences_without_a_linked_account_are_refused(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(configured(version=2, gl_links={}))
    body = {"booking": {"date": str(TODAY), "journal": "M90"}, "tolerance": 5, "method": "account-balance"}

    problem = await desk.do("settlement-runs", body | {"difference_code": "payment-differences"}, 422)

    assert problem["code"] == "no-difference-account"


@pytest.mark.requirement("S1.12", "S1.13", "S1.14", "S1.15")
@pytest.mark.parametrize(
    ("booking", "code"),
    [
        ({"date": "2026-01-31", "journal": "M90"}, "closed-period"),
        ({"date": "2019-01-31", "journal": "M90"}, "no-period"),
        ({"date": "2026-11-22", "journal": "V10"}, "wrong-journal-type"),
        ({"date": "2026-11-22", "journal": "Z9"}, "unknown-journal"),
        ({"date": "2026-11-22", "journal": "M90", "fiscal_year": 2025}, "wrong-fiscal-year"),
        ({"date": "2026-11-22", "journal": "M90", "period": 10}, "wrong-period"),
    ],
)
async def test_date_journal_year_and_period_are_checked_against_what_is_open(
    desk: Desk, booking: dict[str, Any], code: str
) -> None:
    problem = await desk.do("settlement-runs", {"booking": booking}, 422)

    assert problem["code"] == code


@pytest.mark.requirement("S1.12", "S1.13", "S1.14", "S1.15")
async def test_the_entry_has_the_date_journal_year_and_period_that_were_asked(ledger: Ledger) -> None:
    await ledger.take(configured(version=2, fiscal_periods=SPLIT_YEAR), posted("I1", 300), posted("C1", -300))
    booking = {"date": "2026-11-22", "journal": "M91", "fiscal_year": 2027, "period": 5}

    await ledger.settle(settlement(booking=booking))

    (match,) = await ledger.published("items-matched")
    assert (str(match.date), match.journal, match.fiscal_year, match.period) == ("2026-11-22", "M91", 2027, 5)


@pytest.mark.parametrize(
    ("reference", "charge"),
    [
        ({"reference": "F 2026/001"}, {"invoice_number": "F2026-001"}),
        ({"reference": "RF18 5390 0754 7034"}, {"invoice_number": "539007547034"}),
        ({"reference": "+++010/8068/17183+++"}, {"reference": "+++010/8068/17183+++"}),
        ({"reference": "010806817183"}, {"invoice_number": "108068171"}),
        ({"reference": "+71<000000000001875+12345678<"}, {"invoice_number": "187"}),
        ({"reference": "000000000001875"}, {"reference": "+71<000000000001875+12345678<"}),
    ],
)
async def test_a_reference_settles_its_charge_before_age_does(
    ledger: Ledger, reference: dict[str, Any], charge: dict[str, Any]
) -> None:
    await ledger.take(
        posted("OLD", 400, item_date="2026-01-01"), posted("I1", 400, **charge), posted("C1", -400, **reference)
    )

    await ledger.settle(settlement(method="reference"))

    assert await ledger.open() == {"OLD": 400}


async def test_a_reference_that_means_two_charges_settles_none(ledger: Ledger) -> None:
    await ledger.take(
        posted("I1", 400, invoice_number="F77"),
        posted("I2", 400, invoice_number="F77"),
        posted("C1", -400, reference="F77"),
    )

    await ledger.settle(settlement(method="reference"))

    assert len(await ledger.open()) == 3


async def test_the_only_combination_of_charges_is_offered_and_waits_for_a_mark(ledger: Ledger, desk: Desk) -> None:
    await ledger.take(*(posted(f"I{size}", size) for size in (101, 203, 407)), posted("C1", -508))

    job = await ledger.settle(settlement(method="reference"))
    left = await ledger.open()
    made = await desk.do("proposals", {"booking": BOOKING, "method": "reference"}, 202)
    await ledger.finish(made["job_id"])
    path = f"proposals/{made['job_id']}"
    await desk.do(f"{path}/marks", {"marked": True}, 200)
    approval = {"fingerprint": (await desk.read(path))["fingerprint"]}
    await ledger.finish((await desk.do(f"{path}/execution", approval, 202))["job_id"])

    assert json.loads(job["result"])["suggestions"] == [
        {"party_id": "P1", "currency": "EUR", "code": "only-combination", "item_ids": ["C1", "I101", "I407"]}
    ]
    assert len(left) == 4
    assert await ledger.open() == {"I203": 203}


@pytest.mark.requirement("S3.19")
@pytest.mark.parametrize(("kind", "account"), [("debtor", "6500"), ("creditor", "7500")])
async def test_a_foreign_currency_account_books_the_exchange_difference_as_a_loss_or_gain(
    ledger: Ledger, kind: str, account: str
) -> None:
    await ledger.take(
        party(kind=kind),
        posted("I1", 10_000, currency="USD", base_amount=9_300),
        posted("C1", -5_000, currency="USD", base_amount=-4_600),
        posted("C2", -5_000, currency="USD", base_amount=-4_600, item_date="2026-10-02"),
    )

    await ledger.settle(settlement(booking=FOREIGN))

    assert await ledger.open() == {}
    (match,) = await ledger.published("items-matched")
    assert [(line.item_id, line.base_amount) for line in match.lines] == [("C1", 4600), ("C2", 4600), ("I1", -9300)]
    assert [(contra.kind, contra.base_amount, contra.gl_account) for contra in match.contra_lines] == [
        ("exchange-difference", 100, account)
    ]


async def test_the_last_settlement_absorbs_the_rounding_of_the_base_currency(ledger: Ledger) -> None:
    await ledger.take(
        posted("I1", 300, currency="USD", base_amount=100),
        *(posted(f"C{n}", -100, currency="USD", base_amount=-33, item_date=f"2026-10-0{n}") for n in (1, 2, 3)),
    )

    for day in (1, 2, 3):
        await ledger.settle(settlement(booking=FOREIGN, criteria={"item_date_to": f"2026-10-0{day}"}))

    matches = await ledger.published("items-matched")
    charged = [line.base_amount for match in matches for line in match.lines if line.item_id == "I1"]
    assert sum(charged) == -100
    assert charged == [-33, -34, -33]
    assert await ledger.open() == {}
