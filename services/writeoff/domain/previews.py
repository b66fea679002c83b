"""What a clerk is shown before money changes, its fingerprint, and what changed between two of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import blake2b
from typing import Any

from chassis.errors import Refused
from chassis.sentences import Sentence
from services.writeoff.domain.books import Books
from services.writeoff.domain.requests import AskedLine, Item, check_line

DIFFERENCES_TOLD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """What a clerk wishes of one item: all that is open when no amount is given, the default reason without one."""

    item_id: str
    amount: int | None = None
    journal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewLine:
    """One line as it would be asked for; `code` and `message` say why it would be refused."""

    item_id: str
    kind: str
    journal: str
    currency: str
    open_amount: int
    amount: int
    code: str | None = None
    message: str | None = None

    def wish(self) -> AskedLine:
        """The line as it is asked for."""
        return AskedLine(
            item_id=self.item_id,
            journal=self.journal,
            currency=self.currency,
            amount=self.amount,
            approved_open_amount=self.open_amount,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would be done; the same content has the same fingerprint."""

    party_id: str
    date: date
    lines: tuple[PreviewLine, ...]
    reversal_of: str | None = None

    @property
    def content(self) -> dict[str, Any]:
        """What is confirmed, as JSON can carry it."""
        return {
            "party_id": self.party_id,
            "date": self.date.isoformat(),
            "reversal_of": self.reversal_of,
            "lines": [asdict(line) for line in self.lines],
        }

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal characters that stand for the content."""
        body = json.dumps(self.content, sort_keys=True, separators=(",", ":"))
        return blake2b(body.encode(), digest_size=8).hexdigest()

    @property
    def allowed(self) -> tuple[AskedLine, ...]:
        """The lines that nothing speaks against."""
        return tuple(line.wish() for line in self.lines if line.code is None)


def preview_lines(
    wishes: Sequence[Wished], items: Mapping[str, Item], books: Books, day: date
) -> tuple[PreviewLine, ...]:
    """Each wish with its reason and amount filled in, and what speaks against it on that day."""
    return tuple(_preview_line(wish, items.get(wish.item_id), books, day) for wish in wishes)


def _preview_line(wish: Wished, item: Item | None, books: Books, day: date) -> PreviewLine:
    kind = item.kind if item else "other"
    open_amount = item.open_amount if item else 0
    shown = PreviewLine(
        item_id=wish.item_id,
        kind=kind,
        journal=wish.journal or books.default_reason(kind),
        currency=item.currency if item else books.base_currency,
        open_amount=open_amount,
        amount=wish.amount if wish.amount is not None else open_amount,
    )
    if item is not None and open_amount == 0:
        return replace(shown, code="nothing-open", message=Sentence("Nothing of the item is open any more."))
    skipped = check_line(shown.wish(), item, books, day)
    return shown if skipped is None else replace(shown, code=skipped.code, message=skipped.message)


def check_reasons_are_chosen(wishes: Sequence[Wished], items: Mapping[str, Item], books: Books) -> None:
    """Refuse a write-off without a reason, and offer the defaults."""
    for position, wish in enumerate(wishes):
        if wish.journal is None:
            item = items.get(wish.item_id)
            offered = books.default_reason(item.kind if item else "other")
            raise Refused(
                "reason-missing",
                "A reason, that is an A-journal, must be chosen.",
                offered=offered,
                field=f"lines/{position}/journal",
                remedy="Choose one; {offered} is offered for this kind of item.",
            )


def differences(shown: Mapping[str, Any], now: Mapping[str, Any]) -> list[Sentence]:
    """What changed between a preview that was shown and the same one made now, in sentences."""
    found = [
        Sentence("{name}: {old} then, {new} now", name=name, old=shown.get(name), new=now.get(name))
        for name in ("party_id", "date", "reversal_of")
        if shown.get(name) != now.get(name)
    ]
    before = {line["item_id"]: line for line in shown["lines"]}
    after = {line["item_id"]: line for line in now["lines"]}
    for item_id in sorted(before | after):
        old, new = before.get(item_id), after.get(item_id)
        if old is None or new is None:
            added = Sentence("item {item_id} was added", item_id=item_id)
            left_out = Sentence("item {item_id} was left out", item_id=item_id)
            found.append(added if old is None else left_out)
            continue
        found += [
            Sentence(
                "item {item_id}: {name} {old} then, {new} now", item_id=item_id, name=name, old=old[name], new=new[name]
            )
            for name in ("open_amount", "amount", "journal", "currency", "code")
            if old[name] != new[name]
        ]
    return found
