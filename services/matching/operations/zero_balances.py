"""Zero accounts: which accounts a run may settle where only those of zero balance are asked for, and up to which day.

An account is a party's in one currency. Zero is asked of each account by itself, or of all accounts of a party at once:
also of those in currencies that the run does not select, since they are the party's all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chassis.database import Connection
from services.matching.domain.findings import Finding
from services.matching.domain.forms import SelectionForm
from services.matching.domain.ledger import LedgerItem, PartyChunk
from services.matching.store import zero_balances as store
from services.matching.store.zero_balances import Account, LastDays


@dataclass(frozen=True, slots=True)
class DayLimits:
    """Up to which day each account is settled, None for no limit; and the accounts that are left alone."""

    days: LastDays | None
    crossed: list[Finding]


async def last_days(connection: Connection, accounts: PartyChunk, form: SelectionForm) -> DayLimits:
    """Up to which day each account is settled; read before anything is undone, so that what crosses is seen."""
    if not form.up_to_zero_balance:
        return DayLimits(None, [])
    days: dict[Account, date] = {}
    crossed = []
    for row in await store.zero_balance_days(connection, accounts, form.zero_per):
        if row["crossing_match"]:
            crossed.append(
                Finding(
                    kind="left-alone",
                    party_id=row["party_id"],
                    code="settled-across-zero-balance-date",
                    currency=row["currency"],
                    match_id=row["crossing_match"],
                    zero_balance_date=row["day"],
                )
            )
        elif row["day"]:
            days[Account(row["party_id"], row["currency"])] = row["day"]
    return DayLimits(days, crossed)


async def zero_parties(connection: Connection, accounts: PartyChunk, form: SelectionForm) -> PartyChunk:
    """The parties whose accounts are all zero, where that is asked; else all of them."""
    if not form.only_zero_balance or form.zero_per == "currency":
        return accounts
    away = {account.party_id for account in await store.accounts_with_balance(connection, accounts)}
    return PartyChunk(accounts.administration, [party for party in accounts.parties if party not in away])


async def within_zero(
    connection: Connection, accounts: PartyChunk, form: SelectionForm, items: Sequence[LedgerItem]
) -> tuple[Sequence[LedgerItem], list[Finding]]:
    """The items that a proposal may take where it is limited to zero accounts, and the accounts that are left alone."""
    if form.only_zero_balance:
        away = await store.accounts_with_balance(connection, accounts)
        parties = {account.party_id for account in away} if form.zero_per == "party" else set()
        items = [
            item for item in items if Account(item.party_id, item.currency) not in away and item.party_id not in parties
        ]
    limits = await last_days(connection, accounts, form)
    if limits.days is None:
        return items, []
    bounds = ((item, limits.days.get(Account(item.party_id, item.currency))) for item in items)
    return [item for item, last in bounds if last is not None and item.item_date <= last], limits.crossed
