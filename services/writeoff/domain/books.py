"""What an administration's configuration says to write-offs: which reasons exist, and where a booking may fall."""

from __future__ import annotations

from collections.abc import Iterable
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

SEED_DEFAULTS: dict[Purpose, str] = {"contributions": "A100", "other-costs": "A200"}
"""Reasons that are offered when no journal is marked as a default (Wise, "Hoe werken afboekingen?")."""
MONTHS_UNTIL_CANCELLED = 4
"""Contributions that are open for so many months are cancelled at the month's end (Wise)."""


def purpose_of(kind: str) -> Purpose:
    """What a journal has to be meant for to take an item of this kind."""
    return "contributions" if kind == "contribution" else "other-costs"


class Books:
    """One administration's journals, periods and rules, as write-offs see them.

    `sealed` are the (year, period) that were checked and sealed here: closed for good, whatever is configured since.
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

    @property
    def base_currency(self) -> str:
        """The currency in which limits are meant."""
        return self.configuration.base_currency

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
                remedy=self._offer(),
            )
        if code in self.retired:
            raise Refused(
                "retired-journal",
                "Journal {code} is no longer configured: its bookings stay, new ones are refused.",
                code=code,
                field="journal",
                remedy=self._offer(),
            )
        raise Refused(
            "unknown-journal", "No journal {code} is configured.", code=code, field="journal", remedy=self._offer()
        )

    def _offer(self) -> Sentence:
        reasons = ", ".join(sorted(code for code, journal in self.journals.items() if journal.type == "A"))
        if not reasons:
            return Sentence("Configure an A-journal first.")
        return Sentence("Choose one of: {reasons}.", reasons=reasons)

    def default_reason(self, kind: str) -> str:
        """The reason that is offered for an item of this kind."""
        purpose = purpose_of(kind)
        marked = (code for code, journal in self.journals.items() if purpose in journal.default_for)
        return min(marked, default=SEED_DEFAULTS[purpose])

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

    def period_for_late(self, year: int, period: int) -> FiscalPeriod | None:
        """The first open period after a sealed one, where what was heard of too late is booked; None without one."""
        ordered = sorted(self.configuration.fiscal_periods, key=lambda one: one.start)
        ends = [one.end for one in ordered if (one.year, one.period) == (year, period)]
        return next(
            (
                one
                for one in ordered
                if one.open and (one.year, one.period) not in self.sealed and all(one.start > end for end in ends)
            ),
            None,
        )

    def rule(self, name: RuleName) -> WriteOffRule:
        """How a rule is configured; as the product has it when nothing is."""
        return self._rules[name]

    def is_configured(self, name: RuleName) -> bool:
        """Whether the configuration itself switches a rule on: what nobody's event asks for runs only then."""
        found = self.rules.get(name)
        return found is not None and found.enabled

    def months_until_cancelled(self) -> int:
        """After how many months an open contribution is cancelled at the month's end."""
        return self.rule("month-end-cancellation").months or MONTHS_UNTIL_CANCELLED

    def never_contributions(self) -> frozenset[str]:
        """Journals that take no contribution, however they are configured: the bailiff's."""
        return frozenset({DEFAULT_JOURNALS["bailiff"], self.rule("bailiff").journal})
