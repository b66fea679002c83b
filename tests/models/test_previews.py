"""A preview is what the deed then does, over random books, while nothing changes between: items, amounts, left out."""

import asyncio
import os
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.event import Event
from tests.databases import FreshDatabase
from tests.models.configuration import ADDRESS, BOOKS
from tests.models.house import House, open_house
from tests.services.writeoff.library import LABEL, SEED_JOURNALS, configured, party, posted
from tests.support.desk import Json

T = TypeVar("T")
EXAMPLES = int(os.environ.get("OPENITEMS_TEST_EXAMPLES") or 8)
TODAY = datetime.now(UTC).date()
LAST_MONTH_END = TODAY.replace(day=1) - timedelta(days=1)
NAMES = count(1)
RANDOM_BOOKS = settings(max_examples=EXAMPLES, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))

pytestmark = [pytest.mark.slow, pytest.mark.requirement("B.8")]

Purposes = st.sampled_from([["contributions"], ["other-costs"], ["contributions", "other-costs"]])
KINDS = ("contribution", "fine", "material", "invoice")
ITEMS = st.lists(
    st.fixed_dictionaries(
        {
            "party_id": st.sampled_from(["P1", "P2", "P3", "S1"]),
            "kind": st.sampled_from(KINDS),
            "amount": st.integers(1, 9_000) | st.integers(-900, -1),
            "currency": st.sampled_from(["EUR", "EUR", "USD"]),
            "status": st.sampled_from(["open", "invoiced"]),
            "days_old": st.integers(0, 400),
            "has_period": st.booleans(),
        }
    ),
    min_size=1,
    max_size=14,
)


class Books:
    """A house of four services, and an administration of each example's own."""

    def __init__(self, house: House, runner: asyncio.Runner) -> None:
        self.house = house
        self.runner = runner

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def begin(self, items: list[Json], **changes: Any) -> None:
        """An administration with debtors, a supplier, and what was posted on them."""
        name = f"preview-{next(NAMES)}"
        self.run(self.house.move_in(name))
        self.send(configured(administration=name, **BOOKS | changes))
        for party_id in ("P1", "P2", "P3", "S1"):
            kind = "creditor" if party_id == "S1" else "debtor"
            self.send(party(party_id, administration=name, kind=kind, address=ADDRESS))
        self.send(*(self._posted(number, item) for number, item in enumerate(items)))
        self.settle()

    def _posted(self, number: int, item: Json) -> Event:
        day = TODAY - timedelta(days=item["days_old"])
        facts: Json = {"item_date": day, "currency": item["currency"], "status": item["status"]}
        if item["currency"] != "EUR":
            facts["base_amount"] = item["amount"]
        if item["has_period"]:
            facts |= {"subscription_id": f"S{number}", "period_start": day, "period_end": day + timedelta(days=364)}
        kind = item["kind"] if item["amount"] > 0 else "payment"
        return posted(
            f"I{number}",
            item["amount"],
            kind,
            party_id=item["party_id"],
            administration=self.house.administration,
            **facts,
        )

    def send(self, *events: Event) -> None:
        self.house.topics.publish(*events)

    def settle(self) -> None:
        """Until nothing is under way any more."""

        async def listen() -> None:
            self.house.heard.clear()

        self.run(self.house.settle_down(Random(1), listen))

    def do(self, service: Any, path: str, body: Any = None, **options: Any) -> Any:
        return self.run(self.house.desk(service).do(path, body, **options))

    def read(self, service: Any, path: str, **parameters: Any) -> Any:
        return self.run(self.house.desk(service).read(path, **parameters))

    def opened(self) -> Counter[str]:
        """What is open of charges in the ledger, by currency."""
        rows = self.run(
            self.house.wings["matching"].rows(
                "SELECT currency, sum(open_amount)::bigint AS amount FROM open_item "
                "WHERE administration = $1 GROUP BY currency",
                self.house.administration,
            )
        )
        return Counter({row["currency"]: row["amount"] for row in rows})


@pytest.fixture
def books(database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Books]:
    """All four services, without a broker."""
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        house = runner.run(stack.enter_async_context(open_house(database, tmp_path)))
        try:
            yield Books(house, runner)
        finally:
            runner.run(stack.aclose())


def journals(**used_for: list[str]) -> list[Json]:
    """The product's journals, some of them for other purposes."""
    known = {
        code: facts | ({"used_for": used_for[code]} if code in used_for else {})
        for code, facts in SEED_JOURNALS.items()
    }
    return [{"code": code, "type": "A", "label": LABEL, **facts} for code, facts in known.items()]


def summed(rows: list[Json]) -> dict[str, int]:
    return {row["currency"]: row["amount"] for row in rows if row["amount"]}


def test_a_bulk_write_off_is_what_its_first_confirmation_said(books: Books) -> None:
    @RANDOM_BOOKS
    @given(items=ITEMS, used_for=Purposes)
    def holds(items: list[Json], used_for: list[str]) -> None:
        books.begin(items, journals=journals(A920=used_for))
        made = books.do("selection", "sets", {"criteria": "open_amount > 0 or open_amount < 0"})
        if not made["members"]:
            return
        path = f"sets/{made['set_id']}"
        books.do("selection", f"{path}/fix", {"name": made["set_id"]})
        books.read("selection", f"{path}/export", format="csv-nl-BE")
        answer = books.run(books.house.desk("selection").send(f"{path}/write-offs"))
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
