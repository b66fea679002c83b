"""What a form that selects items asks of differences, and of its journal."""

from __future__ import annotations

from contracts.operators import AdministrationConfigured
from services.matching.domain.booking import check_foreign_currency, find_journal, within_journal
from services.matching.domain.criteria import Criteria
from services.matching.domain.forms import SelectionForm
from services.matching.domain.grouping import DifferenceRules, check_difference_account
from services.matching.domain.settlement_order import order_of


def rules_of(form: SelectionForm, configuration: AdministrationConfigured) -> DifferenceRules:
    """How a form treats differences; raises Refused when there is nowhere to book them."""
    check_difference_account(form.difference_code, form.tolerance, configuration)
    if form.mix_currencies:
        check_foreign_currency(find_journal(form.booking.journal, configuration))
    return DifferenceRules(
        method=form.method,
        tolerance=form.tolerance,
        difference_code=form.difference_code,
        payment_differences=configuration.gl_links.payment_differences,
        order=order_of(form.settlement_order, configuration),
    )


def selected_on_its_journal(form: SelectionForm, configuration: AdministrationConfigured) -> Criteria:
    """What of a form's criteria may be settled on its journal; raises Refused where none of it may."""
    journal = find_journal(form.booking.journal, configuration)
    return within_journal(form.criteria, journal, configuration.base_currency)
