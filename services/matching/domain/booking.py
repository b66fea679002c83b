"""Where a match may be booked: an open period, a journal of the right type, currencies that it allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.errors import Refused
from chassis.sentences import one_of
from contracts.operators import AdministrationConfigured, FiscalPeriod, Journal
from services.matching.domain.criteria import Criteria, CurrencyRange
from services.matching.domain.ledger import Booking


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingWish:
    """What the clerk or a message asks; a fiscal year or period that is None follows from the date."""

    match_date: date
    journal: str
    employee: str
    fiscal_year: int | None = None
    period: int | None = None
    note: str = ""
    settlement_information: bool = True
    request_id: UUID | None = None
    origin_administration: str | None = None


def check_booking(wish: BookingWish, configuration: AdministrationConfigured, *, journal_types: str = "M") -> Booking:
    """The booking, once date, period and journal are found open and right.

    Raises Refused naming the field: no-period, closed-period, wrong-fiscal-year, wrong-period, unknown-journal,
    wrong-journal-type. A closed period is never replaced by another date.
    """
    period = _open_period(wish, configuration)
    journal = find_journal(wish.journal, configuration)
    if journal.type not in journal_types:
        raise Refused(
            "wrong-journal-type",
            "Journal {journal.code} is of type {journal.type}, this needs {types}.",
            journal=journal,
            types=one_of(journal_types),
            field="journal",
            remedy="Choose a journal of that type.",
        )
    links = configuration.gl_links
    # Accounts are copied from the configuration of now: a correction later books on the same ones.
    return Booking(
        match_date=wish.match_date,
        journal=journal.code,
        fiscal_year=period.year,
        period=period.period,
        employee=wish.employee,
        base_currency=configuration.base_currency,
        allows_foreign_currency=journal.allows_foreign_currency,
        exchange_gains=links.exchange_gains,
        exchange_losses=links.exchange_losses,
        note=wish.note,
        settlement_information=wish.settlement_information,
        request_id=wish.request_id,
        origin_administration=wish.origin_administration,
    )


def find_journal(code: str, configuration: AdministrationConfigured) -> Journal:
    """The journal; Refused when the administration has none of that code."""
    for journal in configuration.journals:
        if journal.code == code:
            return journal
    raise Refused(
        "unknown-journal",
        "Administration {configuration.administration} has no journal {code}.",
        configuration=configuration,
        code=code,
        field="journal",
        remedy="Choose one of its journals, or configure this one.",
    )


def check_write_off_journal(journal: Journal) -> None:
    """Raise Refused unless the journal is one for write-offs."""
    if journal.type != "A":
        raise Refused(
            "wrong-journal-type",
            "Journal {journal.code} is no write-off journal.",
            journal=journal,
            field="contra/journal",
            remedy="Write off on a journal whose code begins with A.",
        )


def no_foreign_currency(journal: str, field: str = "journal") -> Refused:
    """The refusal of every way to settle or value foreign items on a journal that does not allow them."""
    return Refused(
        "no-foreign-currency",
        "Journal {code} does not allow foreign currency.",
        code=journal,
        field=field,
        remedy="Choose a journal that does.",
    )


def check_foreign_currency(journal: Journal) -> None:
    """Raise Refused unless items in other currencies than the books' may be settled or valued on the journal."""
    if not journal.allows_foreign_currency:
        raise no_foreign_currency(journal.code)


def check_currency(
    currency: str, journal: Journal, configuration: AdministrationConfigured, field: str = "journal"
) -> None:
    """Raise Refused unless items in the currency may be settled on the journal."""
    if not journal.takes(currency, configuration.base_currency):
        raise no_foreign_currency(journal.code, field)


def within_journal(criteria: Criteria, journal: Journal, base_currency: str) -> Criteria:
    """What of the criteria a run may settle on a journal: only the books' own currency where it allows no other.

    Raises Refused where nothing is left, since only other currencies were asked for.
    """
    if journal.allows_foreign_currency:
        return criteria
    if not CurrencyRange(criteria.currency_from, criteria.currency_to).has(base_currency):
        raise no_foreign_currency(journal.code)
    return criteria.model_copy(update={"currency_from": base_currency, "currency_to": base_currency})


def _open_period(wish: BookingWish, configuration: AdministrationConfigured) -> FiscalPeriod:
    day = wish.match_date
    found = configuration.period_at(day)
    if found is None:
        raise Refused(
            "no-period",
            "No fiscal period holds {day}.",
            day=day,
            field="date",
            remedy="Choose a date in a configured period.",
        )
    if wish.fiscal_year is not None and wish.fiscal_year != found.year:
        raise Refused(
            "wrong-fiscal-year",
            "{day} lies in fiscal year {found.year}, not {wish.fiscal_year}.",
            day=day,
            found=found,
            wish=wish,
            field="fiscal_year",
            remedy="Let the year follow from the date, or choose a date in that year.",
        )
    if wish.period is not None and wish.period != found.period:
        raise Refused(
            "wrong-period",
            "{day} lies in period {found.year}/{found.period}, not {wish.period}.",
            day=day,
            found=found,
            wish=wish,
            field="period",
            remedy="Let the period follow from the date, or choose a date in that period.",
        )
    if not found.open:  # last: who named another period than the day's hears of that first
        raise Refused(
            "closed-period",
            "Period {found.year}/{found.period} is closed.",
            found=found,
            field="date",
            remedy="Choose a date in an open period.",
        )
    return found
