"""What each method proposes: groups of one party's items in one currency that may become one match.

A method sees one account at a time, in settlement order, and only if it has both sides: it says which of its items go
together and why. Nothing is settled here; `grouping` makes matches of groups, when a run executes at once or a person
has marked them. Sides follow the sign of what is open, never an item's kind; tolerances are inclusive and compare
open amounts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from services.matching.domain.amounts import base_open
from services.matching.domain.combinations import only_combinations
from services.matching.domain.ledger import MAX_ALLOCATIONS, LedgerItem
from services.matching.domain.pairing import pair_opposites
from services.matching.domain.references import charges_of_credits
from services.matching.domain.settlement_order import Order

Method = Literal["oldest-first", "account-balance", "opposite-items", "credit-notes", "reference"]


@dataclass(frozen=True, slots=True)
class MatchGroup:
    """Items that go together, in settlement order, and why.

    `closes` says whether all of them are settled whole, `is_suggestion` that nothing but the amounts speaks for them:
    it is matched only when a person marks it.
    """

    party_id: str
    currency: str
    items: Sequence[LedgerItem]
    closes: bool
    reason: dict[str, Any] = field(default_factory=dict)
    is_suggestion: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether it is only a part of what goes together, because of its length."""
        return "cut" in self.reason

    @property
    def balance(self) -> int:
        """What the items are open for together."""
        return sum(item.open_amount for item in self.items)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a method may let pass: a difference up to the tolerance; and in which order a debt is settled."""

    tolerance: int
    order: Order = "by-date"


def propose(method: Method, items: Iterable[LedgerItem], tolerance: int, order: Order = "by-date") -> list[MatchGroup]:
    """The groups of a method among selected items, account by account, each at most MAX_ALLOCATIONS items long.

    The order says what a reference means: a charge, or a principal with its costs and interest.
    """
    allowed = Allowance(tolerance, order)
    accounts: dict[tuple[str, str], list[LedgerItem]] = defaultdict(list)
    for item in items:
        accounts[item.party_id, item.currency].append(item)
    groups: list[MatchGroup] = []
    for key in sorted(accounts):
        account = sorted(accounts[key], key=lambda item: item.settlement_order)
        if any(item.open_amount < 0 for item in account) and any(item.open_amount > 0 for item in account):
            groups += _PROPOSERS[method](account, allowed)
    return groups


def propose_mixed(items: Iterable[LedgerItem], tolerance: int, base_currency: str) -> list[MatchGroup]:
    """Parties all of whose selected items, in whatever currency, balance within the tolerance in the base currency.

    A party that `not_mixed` names is left out.
    """
    groups = []
    for party_id, account in _by_party(items):
        worth = [base_open(item, base_currency) for item in account]
        known = [amount for amount in worth if amount is not None]
        if _unmixable(account, base_currency) or not min(known) < 0 < max(known):
            continue
        if abs(sum(known)) <= tolerance:
            reason = {"code": "base-balance-within-tolerance", "balance": sum(known)}
            groups.append(MatchGroup(party_id, base_currency, tuple(account), closes=True, reason=reason))
    return groups


def not_mixed(items: Iterable[LedgerItem], base_currency: str) -> list[tuple[str, str]]:
    """Parties in several currencies that cannot be compared in the base currency, each with the code of the reason."""
    found = []
    for party_id, account in _by_party(items):
        code = _unmixable(account, base_currency)
        if code and len({item.currency for item in account}) > 1:
            found.append((party_id, code))
    return found


def _by_party(items: Iterable[LedgerItem]) -> Iterator[tuple[str, list[LedgerItem]]]:
    parties: dict[str, list[LedgerItem]] = defaultdict(list)
    for item in items:
        parties[item.party_id].append(item)
    for party_id in sorted(parties):
        yield party_id, sorted(parties[party_id], key=lambda item: item.settlement_order)


def _unmixable(account: Sequence[LedgerItem], base_currency: str) -> str | None:
    if any(base_open(item, base_currency) is None for item in account):
        return "unknown-base-amount"
    return "too-many-items" if len(account) > MAX_ALLOCATIONS else None


def _whole_account(account: list[LedgerItem], reason: dict[str, Any], *, closes: bool) -> list[MatchGroup]:
    first = account[0]
    # Longer than one match may be: the oldest are shown, and a part of an account never closes.
    if len(account) > MAX_ALLOCATIONS:
        account = account[:MAX_ALLOCATIONS]
        reason = {**reason, "cut": f"only the {MAX_ALLOCATIONS} oldest items are shown"}
        closes = False
    return [MatchGroup(first.party_id, first.currency, tuple(account), closes, reason)]


def _account_balance(account: list[LedgerItem], allowed: Allowance) -> list[MatchGroup]:
    balance = sum(item.open_amount for item in account)
    if abs(balance) > allowed.tolerance:
        return []
    return _whole_account(account, {"code": "balance-within-tolerance", "balance": balance}, closes=True)


def _oldest_first(account: list[LedgerItem], _allowed: Allowance) -> list[MatchGroup]:
    return _whole_account(account, {"code": "oldest-first"}, closes=False)


def _credit_notes(account: list[LedgerItem], _allowed: Allowance) -> list[MatchGroup]:
    return _whole_account(account, {"code": "party-has-credit"}, closes=False)


def _opposite_items(account: list[LedgerItem], allowed: Allowance) -> list[MatchGroup]:
    return [
        MatchGroup(
            pair.charge.party_id, pair.charge.currency, (pair.credit, pair.charge), closes=True, reason=pair.reason()
        )
        for pair in pair_opposites(account, allowed.tolerance)
    ]


def _reference(account: list[LedgerItem], allowed: Allowance) -> list[MatchGroup]:
    groups = [
        MatchGroup(
            charges[0].party_id,
            charges[0].currency,
            (*found, *charges),
            closes=False,
            reason={"code": "reference", "references": [credit.reference or credit.invoice_number for credit in found]},
        )
        for charges, found in charges_of_credits(account, allowed.order)
    ]
    # What no reference settles may still be the only combination of amounts, for a person to judge.
    taken = {item.item_id for group in groups for item in group.items}
    rest = [item for item in account if item.item_id not in taken]
    return groups + _combinations(rest)


def _combinations(account: list[LedgerItem]) -> list[MatchGroup]:
    return [
        MatchGroup(
            credit.party_id,
            credit.currency,
            (credit, *charges),
            closes=True,
            reason={"code": "only-combination", "charges": [charge.item_id for charge in charges]},
            is_suggestion=True,
        )
        for credit, charges in only_combinations(account)
    ]


_PROPOSERS = {
    "oldest-first": _oldest_first,
    "account-balance": _account_balance,
    "opposite-items": _opposite_items,
    "credit-notes": _credit_notes,
    "reference": _reference,
}
