"""Why the law gives no answer: each reason names what is missing and how to go on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from chassis.errors import Refused
from chassis.sentences import Sentence


class LawRefused(Refused):
    """Root of the questions to which the rules have no answer."""


class MissingRate(LawRefused):
    """There is no interest rate for a day."""

    def __init__(self, series: str, day: date) -> None:
        super().__init__(
            "missing-rate",
            "There is no rate of the series {series!r} for {day}.",
            series=series,
            day=day,
            field="interest_rule",
            remedy="Add the published rate with its dates, or remind without interest.",
        )
        self.series = series
        self.day = day


class NoRuleSet(LawRefused):
    """No rules are known for this kind of claim on this day."""

    def __init__(self, subject: Sentence, day: date) -> None:
        super().__init__(
            "no-rule-set",
            "There are no rules for {subject} on {day}.",
            subject=subject,
            day=day,
            field="fee_rule",
            remedy="Remind without fee and interest, or name a rule set that applies.",
        )


class WrongCurrency(LawRefused):
    """A statutory amount is in one currency, the claim in another."""

    def __init__(self, rule: str, expected: str, currency: str) -> None:
        super().__init__(
            "wrong-currency",
            "The rule {rule!r} is in {expected}, the claim in {currency}.",
            rule=rule,
            expected=expected,
            currency=currency,
            field="currency",
            remedy="Charge no fee on claims in a foreign currency.",
        )


class NoInterestRule(LawRefused):
    """A rule set says nothing about interest."""

    def __init__(self, rule_set: str) -> None:
        super().__init__(
            "no-interest-rule",
            "The rule set {rule_set!r} knows no statutory interest.",
            rule_set=rule_set,
            field="interest_rule",
            remedy="Agree a contractual rate, or remind without interest.",
        )


class BrokenTable(LawRefused):
    """Rates that contradict each other or run backwards in time."""

    def __init__(self, series: str, reason: Sentence) -> None:
        super().__init__(
            "broken-rates",
            "The rates of {series!r} {reason}.",
            series=series,
            reason=reason,
            field="rates",
            remedy="Give each day one rate at most.",
        )


class UnusableRates(LawRefused):
    """The operators' file of rates cannot be read, or contradicts the tables."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(
            "invalid-rates",
            "The rates in {file.name} cannot be used: {reason}",
            file=file,
            reason=reason,
            field="law_rates",
            remedy="Mend the file: a run that was stopped by it goes on when it is issued again.",
        )
