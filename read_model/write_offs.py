"""What may be written off, on which journal and on which day: one decision, for every preview and every booking.

Whoever shows what a write-off would come to, and whoever asks the ledger for it, decides here, so that nothing passes
the one and is skipped by the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from chassis.errors import Refused
from chassis.sentences import Sentence
from contracts.operators import (
    DEFAULT_JOURNALS,
    AdministrationConfigured,
    FiscalPeriod,
    Journal,
    Purpose,
    RuleName,
    WriteOffRule,
)


def purpose_of(kind: str) -> Purpose:
    """What a journal has to be meant for to take an item of this kind."""
    return "contributions" if kind == "contribution" else "other-costs"


@dataclass(frozen=True, slots=True)
class Waivable:
    """All of an item that decides whether it may be written off: items that are alike in this are decided alike."""

    kind: str
    is_charge: bool
    party_kind: str
    currency: str
    is_later: bool
    """Whether the item, or what was given back of it, is later than the day of the booking."""


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why an item may not be written off: a stable code for machines, a sentence for people."""

    code: str
    message: str


class WriteOffRules:
    """One administration's journals, periods and rules, as far as they decide what may be written off.

    `sealed` are the (year, period) that were checked and sealed: closed for good, whatever is configured since.
    `retired` are reasons that were used or configured once and are not any more.
    """

    def __init__(
        self,
        configuration: AdministrationConfigured,
        sealed: Iterable[tuple[int, int]] = (),
        retired: Iterable[str] = (),
    ) -> None:
        self.configuration = configuration
        self.sealed = frozenset(sealed)
        self.retired = frozenset(retired)
        self.journals = {journal.code: journal for journal in configuration.journals}
        self.rules = {rule.rule: rule for rule in configuration.write_off_rules}
        self._rules = {
            rule: WriteOffRule(rule=rule, journal=code) for rule, code in DEFAULT_JOURNALS.items()
        } | self.rules

    def rule(self, name: RuleName) -> WriteOffRule:
        """How a rule is configured; as the product has it when nothing is."""
        return self._rules[name]

    def reason(self, code: str) -> Journal:
        """The A-journal of this code; Refused when there is none, or it is none for write-offs."""
        journal = self.journals.get(code)
        if journal is not None and journal.type == "A":
            return journal
        if journal is not None:
            raise Refused(
                "not-a-write-off-journal",
                "Journal {journal.code} is of type {journal.type}: what is written off is booked on an A-journal.",
                journal=journal,
                field="journal",
                remedy=self.offer(),
            )
        if code in self.retired:
            raise Refused(
                "retired-journal",
                "Journal {code} is no longer configured: its bookings stay, new ones are refused.",
                code=code,
                field="journal",
                remedy=self.offer(),
            )
        raise Refused(
            "unknown-journal", "No journal {code} is configured.", code=code, field="journal", remedy=self.offer()
        )

    def offer(self) -> Sentence:
        """Which reasons there are to choose from."""
        reasons = ", ".join(sorted(code for code, journal in self.journals.items() if journal.type == "A"))
        if not reasons:
            return Sentence("Configure an A-journal first.")
        return Sentence("Choose one of: {reasons}.", reasons=reasons)

    def period_of(self, day: date) -> FiscalPeriod:
        """The open period in which a booking of this day falls; Refused when it is closed or not configured."""
        period = self.configuration.period_at(day)
        if period is None:
            raise Refused(
                "no-period",
                "No fiscal period is configured for {day}.",
                day=day,
                field="date",
                remedy="Choose a date in an open period, or configure the period.",
            )
        if not period.open or (period.year, period.period) in self.sealed:
            raise Refused(
                "closed-period",
                "{day} falls in period {period.year}/{period.period}, which is closed.",
                day=day,
                period=period,
                field="date",
                remedy="Choose a date in an open period.",
            )
        return period

    def never_contributions(self) -> frozenset[str]:
        """Journals that take no contribution, however they are configured: the bailiff's."""
        return frozenset({DEFAULT_JOURNALS["bailiff"], self.rule("bailiff").journal})

    def why_not(self, journal: str, item: Waivable) -> WhyNot | None:
        """Why an item may not be written off on a journal; None when it may. What is open is for the ledger to say."""
        try:
            reason = self.reason(journal)
        except Refused as refusal:
            return WhyNot(refusal.code, str(refusal))
        if not item.is_charge:
            return WhyNot("not-a-charge", Sentence("A credit is matched or paid out; only a charge can be waived."))
        if item.party_kind != "debtor":
            return WhyNot("not-a-debtor", Sentence("Only what is owed to the administration can be waived."))
        if item.is_later:
            message = Sentence("The item is later than the booking: nothing is booked before what it touches.")
            return WhyNot("earlier-than-item", message)
        if not reason.takes(item.currency, self.configuration.base_currency):
            message = Sentence("Journal {journal} does not allow foreign currency.", journal=reason.code)
            return WhyNot("no-foreign-currency", message)
        return self._why_not_for(reason, purpose_of(item.kind))

    def _why_not_for(self, reason: Journal, purpose: Purpose) -> WhyNot | None:
        if purpose == "contributions" and (purpose not in reason.used_for or reason.code in self.never_contributions()):
            message = Sentence("Journal {journal} takes no contributions.", journal=reason.code)
            return WhyNot("contribution-not-allowed", message)
        if purpose not in reason.used_for:
            message = Sentence("Journal {journal} takes contributions only.", journal=reason.code)
            return WhyNot("costs-not-allowed", message)
        return None
