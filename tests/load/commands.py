"""The commands of a busy day, each on facts of its own, in the mix in which they are sent."""

import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from itertools import count
from typing import Any
from uuid import uuid4

from tests.load.wire import Answer, Wire
from tests.services.writeoff.library import configured, party, posted

ADMINISTRATION = "load"
WITHIN = f"/v1/administrations/{ADMINISTRATION}"
AMOUNT = 100
CHARGES_PER_PARTY, PAYMENTS_PER_PARTY = 6, 3
WIDE = {"fiscal_periods": [{"year": 2026, "period": 1, "start": "2020-01-01", "end": "2999-12-31"}]}
WEIGHTS = {"post": 400, "match": 200, "preview": 100, "write off": 100, "select": 100, "explain": 98, "list a run": 2}
"""How many of a thousand commands are of each kind; a reminder run looks at every item that is open."""
Json = dict[str, Any]


def library(parties: int) -> Iterator[Json]:
    """Books, borrowers, and what they owe and paid, as events to send."""
    yield _event(configured(administration=ADMINISTRATION, **WIDE))
    for number in range(parties):
        yield _event(party(_party(number), administration=ADMINISTRATION))
        for index in range(CHARGES_PER_PARTY):
            yield _event(_posted(number, f"C{number}-{index}", AMOUNT, "fine"))
        for index in range(PAYMENTS_PER_PARTY):
            yield _event(_posted(number, f"P{number}-{index}", -AMOUNT, "payment"))


def _event(event: Any) -> Json:
    return {"topic": event.topic, "data": event.model_dump(mode="json", exclude_none=True)}


def _party(number: int) -> str:
    return f"R{number:06}"


def _posted(party: int, item_id: str, amount: int, kind: str) -> Any:
    return posted(item_id, amount, kind, administration=ADMINISTRATION, party_id=_party(party))


class Commands:
    """Sends one command after the other; no two touch the same items."""

    def __init__(self, clients: Mapping[str, Wire], parties: int, today: str, seed: int) -> None:
        self.clients = clients
        self.parties = parties
        self.today = today
        self.chance = random.Random(seed)
        self.pairs = iter((n, i) for i in range(PAYMENTS_PER_PARTY) for n in range(parties))
        self.charges = iter((n, i) for i in range(PAYMENTS_PER_PARTY, CHARGES_PER_PARTY) for n in range(parties))
        self.numbers = count(1)
        self.fingerprints: list[tuple[Json, str]] = []
        self.kinds: dict[str, Callable[[], Awaitable[Answer]]] = {
            "post": self.post,
            "match": self.match,
            "preview": self.preview,
            "write off": self.write_off,
            "select": self.select,
            "explain": self.explain,
            "list a run": self.list_run,
        }

    def next_kind(self) -> str:
        """What comes next, by the weights."""
        (kind,) = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
        return kind

    async def preview_some(self, number: int) -> None:
        """Look at so many write-offs, to be confirmed later."""
        for _ in range(number):
            wish = self._wish()
            answer = await self._send("writeoff", "write-offs/preview", wish)
            self.fingerprints.append((wish, answer.json()["fingerprint"]))

    async def post(self) -> Answer:
        """A library system posts a charge."""
        number = self.chance.randrange(self.parties)
        event = _event(_posted(number, f"N-{next(self.numbers)}", AMOUNT, "fine"))
        return await self.clients["matching"].post(
            "/v1/events", json={"events": [event]}, headers={"idempotency-key": uuid4().hex}
        )

    async def match(self) -> Answer:
        """A clerk matches a payment with a charge."""
        number, index = next(self.pairs)
        lines = [
            {"item_id": f"C{number}-{index}", "amount": AMOUNT},
            {"item_id": f"P{number}-{index}", "amount": -AMOUNT},
        ]
        booking = {"date": self.today, "journal": "M90"}
        body = {"currency": "EUR", "lines": lines, "booking": booking}
        return await self._send("matching", f"parties/{_party(number)}/matches", body)

    async def preview(self) -> Answer:
        """A clerk looks at what waiving a charge would come to."""
        wish = self._wish()
        answer = await self._send("writeoff", "write-offs/preview", wish)
        if answer.is_success:
            self.fingerprints.append((wish, answer.json()["fingerprint"]))
        return answer

    async def write_off(self) -> Answer:
        """A clerk waives what was looked at before, or looks first."""
        if not self.fingerprints:
            return await self.preview()
        wish, fingerprint = self.fingerprints.pop(0)
        return await self._send("writeoff", "write-offs", wish | {"fingerprint": fingerprint})

    async def select(self) -> Answer:
        """A clerk selects what a borrower owes."""
        number = self.chance.randrange(self.parties)
        return await self._send("selection", "sets", {"criteria": f"party_id = {_party(number)} and open_amount > 0"})

    async def explain(self) -> Answer:
        """A clerk asks why a charge is, or is not, on today's control list."""
        number = self.chance.randrange(self.parties)
        place = {"party_id": _party(number), "item_id": f"C{number}-0"}
        return await self._send("reminders", "control-list/explanation", {"generation_date": self.today, **place})

    async def list_run(self) -> Answer:
        """A clerk has a reminder run listed, for one borrower."""
        number = self.chance.randrange(self.parties)
        body = {"generation_date": self.today, "criteria": {"parties": [_party(number)]}}
        return await self._send("reminders", "runs", body)

    def _wish(self) -> Json:
        number, index = next(self.charges)
        return {"party_id": _party(number), "lines": [{"item_id": f"C{number}-{index}"}], "journal": "A200"}

    async def _send(self, service: str, path: str, body: Json) -> Answer:
        return await self.clients[service].post(f"{WITHIN}/{path}", json=body, headers={"idempotency-key": uuid4().hex})
