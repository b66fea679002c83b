"""Random books of four services, on which a preview is compared with what is then done."""

import asyncio
import os
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
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
PHASES = [Phase.generate] if os.environ.get("OPENITEMS_TEST_NO_SHRINK") else list(Phase)
RANDOM_BOOKS = settings(
    max_examples=EXAMPLES, deadline=None, print_blob=True, phases=PHASES, suppress_health_check=list(HealthCheck)
)


DAYS_AGO = st.sampled_from([0, 0, 30, 300])
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

    def finished(self, service: Any, begun: Json) -> Json:
        """The result of a run, once it is over."""
        self.settle()
        job = self.read(service, f"/v1/jobs/{begun['job_id']}")
        assert job["state"] == "done", job
        return dict(job["result"])

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


@contextmanager
def open_books(database: FreshDatabase, folder: Path) -> Iterator[Books]:
    """All four services on one database, without a broker."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        house = runner.run(stack.enter_async_context(open_house(database, folder)))
        try:
            yield Books(house, runner)
        finally:
            runner.run(stack.aclose())


def day_before(days: int) -> str:
    """The day so many days before today."""
    return str(TODAY - timedelta(days=days))


def journals(*, foreign: bool = False, **used_for: list[str]) -> list[Json]:
    """The product's journals, some of them for other purposes; all or none of them for foreign currency."""
    known = {
        code: facts | ({"used_for": used_for[code]} if code in used_for else {})
        for code, facts in SEED_JOURNALS.items()
    }
    rest = {"type": "A", "label": LABEL, "allows_foreign_currency": foreign}
    return [{"code": code, **rest, **facts} for code, facts in known.items()]


def summed(rows: list[Json]) -> dict[str, int]:
    return {row["currency"]: row["amount"] for row in rows if row["amount"]}
