"""What an administration's configuration says to write-offs: which reasons exist, and where a booking may fall."""

from __future__ import annotations

from contracts.operators import DEFAULT_GIVE_BACK, FiscalPeriod, GiveBack, Purpose, RuleName
from read_model.write_offs import WriteOffRules, purpose_of

SEED_DEFAULTS: dict[Purpose, str] = {"contributions": "A100", "other-costs": "A200"}
"""Reasons that are offered when no journal is marked as a default (Wise, "Hoe werken afboekingen?")."""
ON_NOTE: GiveBack = "only-what-is-on-the-note"
MONTHS_UNTIL_CANCELLED = 4
"""Contributions that are open for so many months are cancelled at the month's end (Wise)."""


class Books(WriteOffRules):
    """One administration's journals, periods and rules, as this service sees them: what may be asked, and on what."""

    @property
    def base_currency(self) -> str:
        """The currency in which limits are meant."""
        return self.configuration.base_currency

    def default_reason(self, kind: str) -> str:
        """The reason that is offered for an item of this kind."""
        purpose = purpose_of(kind)
        marked = (code for code, journal in self.journals.items() if purpose in journal.default_for)
        return min(marked, default=SEED_DEFAULTS[purpose])

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

    def gives_back(self, name: RuleName, kind: str, *, is_on_note: bool) -> bool:
        """Whether what was paid of a charge of a kind is given back when the rule takes it.

        With material that comes back the late fine and the processing fee have wishes of their own, unless nothing is.
        """
        wish = self.rule(name).give_back or DEFAULT_GIVE_BACK.get(name, "never")
        if name == "material-returned" and wish != "never" and kind != "material":
            wish = self.takes_with_material().get(kind, "never")
        return wish == "always" or (wish == ON_NOTE and is_on_note)

    def takes_with_material(self) -> dict[str, GiveBack]:
        """Which charges go when material comes back, by their kind: as configured, or as seed 004 has it."""
        rule = self.rule("material-returned")
        return {"material": ON_NOTE, "fine": rule.late_fine or ON_NOTE, "other": rule.processing_fee or "never"}

    def is_configured(self, name: RuleName) -> bool:
        """Whether the configuration itself switches a rule on: what nobody's event asks for runs only then."""
        found = self.rules.get(name)
        return found is not None and found.enabled

    def months_until_cancelled(self) -> int:
        """After how many months an open contribution is cancelled at the month's end."""
        return self.rule("month-end-cancellation").months or MONTHS_UNTIL_CANCELLED
