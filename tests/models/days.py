"""What was open on any past day, as anybody would reckon it from postings and matches: no window, no database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Key = tuple[str, str]
"""(party_id, item_id)"""


@dataclass(frozen=True)
class Books:
    """The rows of `item` and of `match`."""

    items: Mapping[Key, Mapping[str, Any]]
    matches: Iterable[Mapping[str, Any]]

    def open_on(self, day: date) -> dict[Key, int]:
        """What was open at the end of a day of the items that there were by then, with zeros."""
        opened = {key: item["amount"] for key, item in self.items.items() if item["item_date"] <= day}
        for match in self.matches:
            if match["match_date"] > day:
                continue
            for item_id, amount in zip(match["item_ids"], match["amounts"], strict=True):
                key = (match["party_id"], item_id)
                if key in opened:
                    opened[key] += amount
        return opened

    def balances_on(self, day: date) -> dict[tuple[str, str], int]:
        """By party and currency: what was posted by the end of a day, less what contra lines took."""
        balances: dict[tuple[str, str], int] = defaultdict(int)
        for (party_id, _), item in self.items.items():
            if item["item_date"] <= day:
                balances[party_id, item["currency"]] += item["amount"]
        for match in self.matches:
            if match["match_date"] > day:
                continue
            if match["line_currencies"] is None:
                balances[match["party_id"], match["currency"]] -= match["contra_amount"]
            else:  # lines of different currencies balance in the base currency: each moves its own
                for currency, amount in zip(match["line_currencies"], match["amounts"], strict=True):
                    balances[match["party_id"], currency] += amount
        return {account: balance for account, balance in balances.items() if balance}

    def days(self) -> list[date]:
        """Every day from the first on which something happened to the day after the last."""
        known = [item["item_date"] for item in self.items.values()] + [match["match_date"] for match in self.matches]
        if not known:
            return []
        return [min(known) + timedelta(days=n) for n in range((max(known) - min(known)).days + 2)]


def wrong_days(books: Books) -> list[str]:
    """What does not hold on some day, in words."""
    found = []
    for day in books.days():
        opened = books.open_on(day)
        totals: dict[tuple[str, str], int] = defaultdict(int)
        for key, left in opened.items():
            amount = books.items[key]["amount"]
            totals[key[0], books.items[key]["currency"]] += left
            if left * amount < 0 or abs(left) > abs(amount):
                found.append(f"{day}: {left} of {amount} of {key}")
        if {account: total for account, total in totals.items() if total} != books.balances_on(day):
            found.append(f"{day}: open {dict(totals)}, posted less contra {books.balances_on(day)}")
    return found


def early_bookings(books: Books) -> list[str]:
    """Matches that are earlier than what they touch."""
    by_id = {match["match_id"]: match for match in books.matches}
    found = []
    for match in books.matches:
        touched = [books.items[match["party_id"], item_id]["item_date"] for item_id in match["item_ids"]]
        if match["reversal_of"]:
            touched.append(by_id[match["reversal_of"]]["match_date"])
        if match["match_date"] < max(touched):
            found.append(f"{match['match_id']} of {match['match_date']} touches what is of {max(touched)}")
    return found
