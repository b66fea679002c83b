"""What runs of the ledger and of reminders tell beforehand is what they do, over random books."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.models.preview_books import ITEMS, RANDOM_BOOKS, TODAY, Books, journals
from tests.support.desk import Json

pytestmark = [pytest.mark.slow, pytest.mark.requirement("B.8")]

BOOKING = {"date": str(TODAY), "journal": "M90"}
FORMS: dict[str, Json] = {
    "settlement-runs": {"booking": BOOKING},
    "small-balance-runs": {
        "booking": BOOKING,
        "limit": 2_000,
        "write_off_journal": "A920",
        "open_share_percent": 100,
    },
}
TOLD_OTHERWISE = {"dry_run", "run_id"}


def told(result: Json) -> Json:
    """A result without what says which run it is of."""
    return {name: value for name, value in result.items() if name not in TOLD_OTHERWISE}


@pytest.mark.parametrize("kind", FORMS)
def test_a_run_of_the_ledger_does_what_its_dry_run_told_and_so_does_its_undo(books: Books, kind: str) -> None:
    form = FORMS[kind]

    @RANDOM_BOOKS
    @given(items=ITEMS)
    def holds(items: list[Json]) -> None:
        books.begin([item | {"currency": "EUR"} for item in items], journals=journals())
        before = books.opened()
        tried = books.finished("matching", books.do("matching", kind, form | {"dry_run": True}))
        assert books.opened() == before, "a dry run changes nothing"
        begun = books.do("matching", kind, form)
        done = books.finished("matching", begun)
        assert told(tried) == told(done)
        if not done["matches"] if "matches" in done else not done["totals"]:
            return
        after = books.opened()
        path, day = f"runs/{begun['job_id']}/reversal", {"date": str(TODAY)}
        undo_tried = books.finished("matching", books.do("matching", path, day | {"dry_run": True}))
        assert books.opened() == after
        undone = books.finished("matching", books.do("matching", path, day))
        assert told(undo_tried) == told(undone)
        assert books.opened() == before

    holds()


def test_a_proposal_settles_what_it_shows_as_marked(books: Books) -> None:
    @RANDOM_BOOKS
    @given(items=ITEMS, tolerance=st.integers(0, 500))
    def holds(items: list[Json], tolerance: int) -> None:
        books.begin([item | {"currency": "EUR"} for item in items], journals=journals())
        form = {"booking": BOOKING, "method": "account-balance", "tolerance": tolerance}
        form["difference_code"] = "payment-differences"
        answer = books.run(books.house.desk("matching").send("proposals", form))
        if answer.status_code == 422:
            assert answer.json()["code"] == "no-difference-account"
            return
        proposal = f"proposals/{answer.json()['job_id']}"
        books.settle()
        books.do("matching", f"{proposal}/marks", {"marked": True})
        shown = books.read("matching", proposal)
        before = books.opened()
        if not any(total["marked_items"] for total in shown["totals"]):
            return
        books.finished("matching", books.do("matching", f"{proposal}/execution", {"fingerprint": shown["fingerprint"]}))
        done = books.read("matching", proposal)
        marked = {total["currency"]: total["marked_amount"] for total in shown["totals"] if total["marked_amount"]}
        assert [total["matched_items"] for total in done["totals"]] == [t["marked_items"] for t in shown["totals"]]
        assert not any(total["dropped_items"] for total in done["totals"])
        assert marked == {c: before[c] - books.opened()[c] for c in before if before[c] != books.opened()[c]}

    holds()


def test_reminders_are_issued_as_the_list_and_the_dry_run_told(books: Books) -> None:
    @RANDOM_BOOKS
    @given(items=ITEMS)
    def holds(items: list[Json]) -> None:
        books.begin(items, journals=journals())
        asked = {"generation_date": str(TODAY)}
        listed = books.do("reminders", "control-list", asked)
        made = books.do("reminders", "runs", asked)
        books.settle()
        path = f"runs/{made['run_id']}"
        run = books.read("reminders", path)
        assert [run[name] for name in ("items", "parties", "totals")] == [
            listed[name] for name in ("items", "parties", "totals")
        ]
        if not run["items"]:
            return
        foreseen = books.read("reminders", f"{path}/dry-run")["items"]
        books.do("reminders", f"{path}/issue", {"fingerprint": run["fingerprint"]})
        books.settle()
        issued = books.read("reminders", path)
        sent: list[Any] = books.read("reminders", f"{path}/reminders")["items"]
        assert [
            (debtor["party_id"], one["level"], one["totals"], one["charges"])
            for debtor in foreseen
            for one in debtor["reminders"]
        ] == [(one["party_id"], one["level"], one["totals"], one["charges"]) for one in sent]
        dropped = Counter(drop["code"] for debtor in foreseen for drop in debtor["dropped"])
        outcomes = {one["outcome"]: one["items"] for one in issued["outcomes"] if one["outcome"] != "reminded"}
        assert outcomes == dropped

    holds()
