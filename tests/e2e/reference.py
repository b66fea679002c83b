"""What a library's books must come to, computed the plain way: one item after the other, in memory."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

Item = dict[str, Any]


def settle_oldest_first(items: Iterable[Item]) -> dict[str, int]:
    """Open amount per item id after the oldest credit settled the oldest charge of every party and currency."""
    accounts: dict[tuple[str, str], list[Item]] = defaultdict(list)
    open_amounts = {item["item_id"]: item["amount"] for item in items}
    for item in items:
        if not item.get("in_payment_run") and not item.get("on_bank_statement"):
            accounts[item["party_id"], item["currency"]].append(item)
    for account in accounts.values():
        account.sort(key=lambda item: (item["item_date"], item["voucher"], item["item_id"]))
        charges = [item["item_id"] for item in account if item["amount"] > 0]
        payments = [item["item_id"] for item in account if item["amount"] < 0]
        while charges and payments:
            amount = min(open_amounts[charges[0]], -open_amounts[payments[0]])
            open_amounts[charges[0]] -= amount
            open_amounts[payments[0]] += amount
            charges = charges if open_amounts[charges[0]] else charges[1:]
            payments = payments if open_amounts[payments[0]] else payments[1:]
    return open_amounts
