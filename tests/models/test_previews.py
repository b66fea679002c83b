"""A preview is what the deed then does, over random books, while nothing changes between: items, amounts, left out."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.models.preview_books import (
    DAYS_AGO,
    ITEMS,
    LAST_MONTH_END,
    RANDOM_BOOKS,
    TODAY,
    Books,
    Purposes,
    day_before,
    journals,
    summed,
)
from tests.support.desk import Json

pytestmark = [pytest.mark.slow, pytest.mark.requirement("B.8")]


def test_a_bulk_write_off_is_what_its_first_confirmation_said(books: Books) -> None:
    @RANDOM_BOOKS
    @given(items=ITEMS, used_for=Purposes, days_ago=DAYS_AGO, foreign=st.booleans())
    def holds(items: list[Json], used_for: list[str], days_ago: int, *, foreign: bool) -> None:
        books.begin(items, journals=journals(foreign=foreign, A920=used_for))
        made = books.do("selection", "sets", {"criteria": "open_amount > 0 or open_amount < 0"})
        if not made["members"]:
            return
        path = f"sets/{made['set_id']}"
        books.do("selection", f"{path}/fix", {"name": made["set_id"]})
        books.read("selection", f"{path}/export", format="csv-nl-BE")
        answer = books.run(books.house.desk("selection").send(f"{path}/write-offs", {"date": day_before(days_ago)}))
        if answer.status_code == 422:
            assert answer.json()["code"] == "nothing-to-write-off"
            return
        batch = answer.json()
        approval = {name: batch[name] for name in ("items", "totals", "fingerprint")}
        before = books.opened()
        confirmation = f"write-offs/{batch['batch_id']}/confirmation"
        chief = books.house.desk("selection").as_employee("chief")
        books.run(chief.do(confirmation, approval))
        books.settle()

        outcome = books.read("selection", f"write-offs/{batch['batch_id']}")["summary"]
        assert outcome["skipped"] == []
        assert outcome["written_off_items"] == outcome["requested_items"] == batch["items"]
        assert summed(batch["totals"]) == +(before - books.opened())
        left_out = Counter(summed(batch["totals"]))
        for row in batch["left_out_totals"]:
            left_out[row["currency"]] += row["amount"]
        assert left_out == Counter(summed(made["totals"])), "nothing of the set is unaccounted for"
        assert batch["items"] + sum(batch["left_out"].values()) == made["members"]

    holds()


RULES = st.fixed_dictionaries(
    {
        "month-end-cancellation": st.sampled_from([True]),
        "subscription-elapsed": st.booleans(),
        "subscription-remaining": st.booleans(),
        "conversion-costs": st.booleans(),
        "conversion-contributions": st.booleans(),
    }
)
RULE_JOURNALS = {
    "month-end-cancellation": "A910",
    "subscription-elapsed": "A910",
    "subscription-remaining": "A911",
    "conversion-costs": "A929",
    "conversion-contributions": "A915",
}


@pytest.mark.parametrize(("kind", "day"), [("month-end", LAST_MONTH_END), ("conversion", TODAY)])
def test_a_run_over_many_parties_does_what_its_preview_said(books: Books, kind: str, day: date) -> None:
    @RANDOM_BOOKS
    @given(items=ITEMS, rules=RULES, used_for=Purposes, foreign=st.booleans())
    def holds(items: list[Json], rules: dict[str, bool], used_for: list[str], *, foreign: bool) -> None:
        books.begin(
            items,
            journals=journals(foreign=foreign, A911=used_for),
            write_off_rules=[
                {"rule": name, "journal": RULE_JOURNALS[name], "enabled": on} for name, on in rules.items()
            ],
        )
        path = f"runs/{kind}"
        shown = books.read("writeoff", f"{path}/summary", date=str(day))
        listed = books.read("writeoff", f"{path}/items", date=str(day), limit=1_000)["items"]
        before = books.opened()
        begun = books.do("writeoff", path, {"date": str(day), "fingerprint": shown["fingerprint"]})
        books.settle()
        done = books.read("writeoff", f"/v1/jobs/{begun['job_id']}")["result"]

        left_out: Counter[str] = Counter()
        for row in shown["left_out"]:
            left_out[row["code"]] += row["items"]
        outcomes = Counter(done["outcomes"])
        assert outcomes.pop("asked", 0) == shown["items"] == sum(row["code"] == "ready" for row in listed)
        assert +outcomes == +left_out == Counter(row["code"] for row in listed if row["code"] != "ready")
        assert done["totals"] == shown["totals"]
        assert +Counter(shown["totals"]) == +(before - books.opened()), "and so the ledger booked it"

    holds()


def test_a_write_off_by_hand_does_what_its_preview_said_and_so_does_taking_it_back(books: Books) -> None:
    @RANDOM_BOOKS
    @given(
        items=ITEMS,
        reason=st.sampled_from([None, "A100", "A200", "A300", "K10", "A999"]),
        limit=st.none() | st.integers(1, 9_000),
        days_ago=DAYS_AGO,
    )
    def holds(items: list[Json], reason: str | None, limit: int | None, days_ago: int) -> None:
        books.begin(items, journals=journals(), write_offs={"clerk_item_limit": limit, "reversal_item_limit": limit})
        desk = books.house.desk("writeoff").with_roles("clerk")
        wish = {"party_id": "P1", "journal": reason, "date": day_before(days_ago)}
        shown = books.run(desk.send("write-offs/preview", wish))
        if shown.status_code == 422:
            assert reason in {"K10", "A999"}
            return
        preview = shown.json()
        confirmed = wish | {"fingerprint": preview["fingerprint"], "default_reasons": True}
        before = books.opened()
        answer = books.run(desk.send("write-offs", confirmed))
        books.settle()
        if preview["refusal"] is not None:
            assert answer.json()["code"] == preview["refusal"]["code"]
            assert before == books.opened()
            return
        request = answer.json()
        assert request["needs_approval"] == preview["needs_approval"]
        if request["needs_approval"]:
            approval = f"requests/{request['request_id']}/approval"
            books.run(desk.as_employee("chief", "approver").do(approval, {"approved": True}))
            books.settle()
        outcome = books.read("writeoff", f"requests/{request['request_id']}")
        allowed = {line["item_id"]: line["amount"] for line in preview["lines"] if line["code"] is None}
        assert {line["item_id"]: line["written_off"] for line in outcome["lines"]} == allowed
        assert +Counter(preview["totals"]) == +(before - books.opened())
        for match_id in [one["match_id"] for one in outcome["answers"]]:
            take_back(books, match_id)
        assert books.opened() == before

    holds()


def take_back(books: Books, match_id: str) -> None:
    """What a reversal's preview says is what it puts back."""
    path = f"write-offs/{match_id}/reversal"
    preview = books.do("writeoff", f"{path}/preview")
    before = books.opened()
    command = {"fingerprint": preview["fingerprint"], "note": "Paid after all"}
    request = books.do("writeoff", path, command)
    assert request["needs_approval"] == preview["needs_approval"]
    if request["needs_approval"]:
        chief = books.house.desk("writeoff").as_employee("chief")
        books.run(chief.do(f"requests/{request['request_id']}/approval", {"approved": True}))
    books.settle()
    assert +Counter(preview["totals"]) == +(books.opened() - before)
