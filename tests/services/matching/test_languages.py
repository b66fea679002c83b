"""The ledger refuses and explains in the clerk's language; what it says to other services stays English."""

from typing import Any

import pytest

from tests.services.matching.books import Ledger
from tests.services.matching.library import changed, posted
from tests.services.matching.offers import pairs, proposed
from tests.support.desk import Desk


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "It is in a payment run."),
        ("nl", "De post zit in een betaalrun."),
        ("da", "Posten er i en betalingskørsel."),
    ],
)
async def test_why_an_item_was_not_proposed_is_told_in_the_clerks_language(
    ledger: Ledger, desk: Desk, language: str, message: str
) -> None:
    await ledger.take(posted("HELD", 50, in_payment_run=True))
    await pairs(ledger)
    path = await proposed(ledger, desk)
    desk.client.headers["accept-language"] = language

    answer = await desk.read(f"{path}/explanation", party_id="P1", item_id="HELD")

    assert answer["not_proposed_because"] == [{"code": "held", "message": message}]


@pytest.mark.parametrize(
    ("language", "detail", "remedy"),
    [
        ("en", "The marks changed since the fingerprint was read. Marked now: {}.", "Read the proposal again, and "),
        ("nl-BE", "De markeringen zijn gewijzigd sinds de vingerafdruk. Nu gemarkeerd: {}.", "Bekijk het voorstel "),
        ("da", "Markeringerne er ændret siden fingeraftrykket. Markeret nu: {}.", "Se forslaget igen, og "),
    ],
)
async def test_amounts_and_parts_of_a_refusal_are_in_its_language_too(
    ledger: Ledger, desk: Desk, language: str, detail: str, remedy: str
) -> None:
    await ledger.take(posted("BIG", 123_450), posted("PAID", -123_450))
    path = await proposed(ledger, desk)
    marked: dict[str, Any] = {
        "en": "1 items of 1234.50 EUR",
        "nl-BE": "1 posten van 1.234,50 EUR",
        "da": "1 poster på 1.234,50 EUR",
    }
    await desk.do(f"{path}/marks", {"marked": True, "items": [{"party_id": "P1", "item_id": "BIG"}]}, 200)
    desk.client.headers["accept-language"] = language

    refused = await desk.do(f"{path}/execution", {"fingerprint": "0" * 16}, 409)

    assert refused["code"] == "stale-fingerprint"
    assert refused["detail"] == detail.format(marked[language])
    assert refused["remedy"].startswith(remedy)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["it is in a payment run", "it is on a bank statement that was read", "proposal {} of e.maes holds it"]),
        ("nl", ["de post zit in een betaalrun", "de post staat op een bankafschrift", "voorstel {} van e.maes houdt"]),
        ("da", ["posten er i en betalingskørsel", "posten står på et kontoudtog", "forslag {} fra e.maes holder"]),
    ],
)
async def test_what_keeps_a_run_from_an_item_is_told_in_the_clerks_language(
    ledger: Ledger, desk: Desk, language: str, told: list[str]
) -> None:
    await pairs(ledger)
    path = await proposed(ledger, desk)
    await ledger.take(changed("I1", in_payment_run=True, on_bank_statement=True))
    desk.client.headers["accept-language"] = language

    answer = await desk.read("parties/P1/items/I1")

    expected = [clause.format(path.removeprefix("proposals/")) for clause in told]
    assert [said[: len(start)] for said, start in zip(answer["not_matched_because"], expected, strict=True)] == expected
