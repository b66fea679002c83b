"""What people may take away from open amounts by the ledger's own ways in, where an administration says who may.

Whatever takes an open amount away without money or goods is a write-off, in whatever form it is asked: a contra, a
tolerance, a small balance, a conversion. Who may do that alone, and what another employee has to approve, is decided
by the write-off service, which knows the limits, the day's total and the approvals. As soon as an administration
restricts it at all, the ledger's own ways take away no more than the tolerance that its policy names, and send whoever
wants more there; what that service asks is granted, since it was decided.
"""

from __future__ import annotations

from chassis.errors import Forbidden
from chassis.sentences import Amount
from contracts.money import to_decimal
from contracts.operators import AdministrationConfigured
from contracts.policies import WriteOffPolicy
from services.matching.domain.criteria import CurrencyRange
from services.matching.domain.forms import SelectionForm, SmallBalanceForm
from services.matching.domain.ledger import Entry
from services.matching.domain.reversals import StoredMatch


def restricts(policy: WriteOffPolicy) -> bool:
    """Whether an administration says who may waive how much: by four eyes, or by any limit."""
    limits = (
        policy.clerk_item_limit,
        policy.clerk_day_limit,
        policy.approver_item_limit,
        policy.approver_day_limit,
        policy.reversal_item_limit,
    )
    return policy.four_eyes or bool(policy.employee_limits) or any(limit is not None for limit in limits)


def largest_tolerance(policy: WriteOffPolicy) -> int | None:
    """Most that may be taken away without the write-off service, in minor units of the base currency; None: anything.

    Nothing where waiving is restricted and no tolerance is named.
    """
    if policy.largest_tolerance is not None:
        return policy.largest_tolerance
    return 0 if restricts(policy) else None


def check_contra(entry: Entry, configuration: AdministrationConfigured) -> None:
    """Raise Forbidden when a match by hand takes away more than the ledger may without asking.

    A write-off is for the write-off service whatever it comes to, as soon as waiving is restricted; differences and
    corrections are measured in the base currency, and one without a base amount cannot be measured.
    """
    contra, policy = entry.contra, configuration.write_offs
    if contra is None or contra.item_id is not None:
        return
    if contra.kind == "write-off":
        if restricts(policy):
            raise ask_elsewhere("contra")
        return
    allowed = largest_tolerance(policy)
    if allowed is None:
        return
    in_base = entry.currency == configuration.base_currency
    measured = in_base or all(line.base_amount is not None for line in entry.lines)
    if not measured or abs(contra.amount if in_base else contra.base_amount) > allowed:
        raise _beyond("contra", allowed, configuration)


def check_tolerance(form: SelectionForm, configuration: AdministrationConfigured) -> None:
    """Raise Forbidden when a run or proposal would book away larger differences than is allowed; a rest may stay."""
    if form.difference_code != "payment-differences" and not form.mix_currencies:
        return
    _check_limit(form, form.tolerance, "tolerance", configuration)


def check_small_balances(form: SmallBalanceForm, configuration: AdministrationConfigured) -> None:
    """Raise Forbidden when larger balances would be cleared than the ledger may clear without asking."""
    _check_limit(form, form.limit, "limit", configuration)


def check_conversion(tolerance: int, configuration: AdministrationConfigured) -> None:
    """Raise Forbidden when items of different currencies may differ by more than is allowed, in the base currency."""
    allowed = largest_tolerance(configuration.write_offs)
    if allowed is not None and tolerance > allowed:
        raise _beyond("tolerance", allowed, configuration)


def check_undo(match: StoredMatch, configuration: AdministrationConfigured) -> None:
    """Raise Forbidden for undoing a write-off where waiving is restricted: that is approved like a write-off."""
    if match.contra is not None and match.contra.kind == "write-off" and restricts(configuration.write_offs):
        raise ask_elsewhere("match_id")


def check_undo_of_run(configuration: AdministrationConfigured, *, has_written_off: bool) -> None:
    """The same for a run that cleared balances against a write-off journal."""
    if has_written_off and restricts(configuration.write_offs):
        raise ask_elsewhere("run_id")


def _check_limit(
    form: SelectionForm | SmallBalanceForm, limit: int, field: str, configuration: AdministrationConfigured
) -> None:
    """A limit counts minor units of each item's own currency, so that only the base currency's can be compared."""
    allowed = largest_tolerance(configuration.write_offs)
    if allowed is None or limit == 0:
        return
    if limit > allowed:
        raise _beyond(field, allowed, configuration)
    journal = next(journal for journal in configuration.journals if journal.code == form.booking.journal)
    base, asked = configuration.base_currency, CurrencyRange(form.criteria.currency_from, form.criteria.currency_to)
    if journal.allows_foreign_currency and asked != CurrencyRange(base, base):
        raise Forbidden(
            "tolerance-in-foreign-currency",
            "What may be taken away is limited in {base}, and this run goes over other currencies too.",
            base=base,
            field="criteria/currency_from",
            remedy="Limit the run to that currency, or book it on a journal that allows no other.",
        )


def ask_elsewhere(field: str) -> Forbidden:
    """The refusal of a write-off that was asked of the ledger directly, where the write-off service decides."""
    return Forbidden(
        "ask-for-a-write-off",
        "This administration says who may write off what, so that the ledger does it for nobody directly.",
        field=field,
        remedy="Ask for it in write-offs, where another employee approves it if need be.",
    )


def _beyond(field: str, allowed: int, configuration: AdministrationConfigured) -> Forbidden:
    return Forbidden(
        "beyond-tolerance",
        "No more than {allowed} may be taken away here.",
        allowed=Amount(to_decimal(allowed, configuration.base_currency), configuration.base_currency),
        field=field,
        remedy="Lower it, ask for a write-off, or have write_offs.largest_tolerance configured.",
    )
