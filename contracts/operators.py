"""Published by operators: how an administration keeps its books."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from contracts.event import Code, Contract, Event, EventDate, Identifier, Text, Version
from contracts.guards import Iban, Kept, Phone, PostalCode
from contracts.money import Amount, Currency
from contracts.policies import CreditsFirst, SettlementOrder, SmallBalancePolicy, WriteOffPolicy
from contracts.time_zones import TimeZone

JournalType = Literal["K", "B", "V", "I", "M", "A"]
Purpose = Literal["contributions", "other-costs"]
Channel = Literal["letter", "e-mail"]
RuleName = Literal[
    "bailiff",
    "enrolled-elsewhere",
    "subscription-elapsed",
    "subscription-remaining",
    "month-end-cancellation",
    "material-returned",
    "checkin-cancelled",
    "bulk",
    "conversion-costs",
    "conversion-contributions",
]
DEFAULT_JOURNALS: dict[RuleName, str] = {
    "bailiff": "A300",
    "enrolled-elsewhere": "A960",
    "subscription-elapsed": "A910",
    "subscription-remaining": "A911",
    "month-end-cancellation": "A910",
    "material-returned": "A930",
    "checkin-cancelled": "A990",
    "bulk": "A920",
    "conversion-costs": "A929",
    "conversion-contributions": "A915",
}
"""The journal on which each rule books where a configuration says nothing of it (Wise, "Hoe werken afboekingen?")."""


GiveBack = Literal["always", "never", "only-what-is-on-the-note"]
"""For which charges of an event something holds."""
DEFAULT_GIVE_BACK: dict[RuleName, GiveBack] = {
    "material-returned": "only-what-is-on-the-note",
    "checkin-cancelled": "always",
}
"""Whether what was paid is given back where a configuration says nothing of it; never by any other rule."""


class Label(Contract):
    """A text in the languages that people read."""

    nl: Text
    da: Text
    en: Text


class Journal(Contract):
    """A journal: K cash, B bank, V sales, I purchase, M memorial, A write-off. Only K and B are money received."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"properties": {"type": {"const": "A"}, "code": {"pattern": "^A"}}},
                {"properties": {"type": {"enum": ["K", "B", "V", "I", "M"]}, "code": {"pattern": "^[^A]"}}},
            ]
        }
    )

    code: Code
    type: JournalType
    label: Label
    allows_foreign_currency: bool = False
    used_for: tuple[Purpose, ...] = ("contributions", "other-costs")
    default_for: tuple[Purpose, ...] = ()
    gl_account: Code | None = None
    item_limit: Annotated[Amount, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _write_off_journals_begin_with_a(self) -> Journal:
        if (self.type == "A") != self.code.startswith("A"):
            raise ValueError(f"journal {self.code}: a code begins with A if, and only if, its type is A (write-off)")
        if not set(self.default_for) <= set(self.used_for):
            raise ValueError(f"journal {self.code} is no default for what it is not used for")
        return self

    def takes(self, currency: str, base_currency: str) -> bool:
        """Whether items in a currency may be settled or valued on it: in the books' own always."""
        return self.allows_foreign_currency or currency == base_currency


class FiscalPeriod(Contract):
    """A booking period; `open` says whether our services may book in it."""

    year: Annotated[int, Field(ge=1900, le=2999)]
    period: Annotated[int, Field(ge=1, le=99)]
    start: EventDate
    end: EventDate
    open: bool = True

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> FiscalPeriod:
        if self.end < self.start:
            raise ValueError(f"period {self.year}/{self.period} ends before it starts")
        return self


class GeneralLedgerLinks(Contract):
    """General-ledger accounts that our bookings use."""

    debtors: Code | None = None
    creditors: Code | None = None
    payment_differences: Code | None = None
    exchange_gains: Code | None = None
    exchange_losses: Code | None = None
    write_offs: Code | None = None


class ReminderLevel(Contract):
    """One step of a reminder profile: which layout and channel, when, and what it costs the debtor."""

    level: Annotated[int, Field(ge=1, le=9)]
    layout: Identifier = "standard"
    days_after_previous: Annotated[int, Field(ge=0, le=3650)] = 14
    fee_amount: Annotated[Amount, Field(ge=0)] = 0
    fee_rule: Identifier | None = None
    interest_rule: Identifier | None = None
    minimum_amount: Annotated[Amount, Field(ge=0)] = 0
    channel: Annotated[
        Channel | None,
        Field(description="How this level goes out whatever the debtor prefers, such as a formal demand by letter"),
    ] = None
    collection_warning: Annotated[
        bool, Field(description="Carries the warning before collection, where the country's law has one (Denmark)")
    ] = False


class ReminderProfile(Contract):
    """How a group of debtors is reminded; chosen by debtor, then category, then language, then the default.

    `channel` letter leaves it to the debtor, who may prefer e-mail; e-mail goes to everybody by e-mail.
    """

    profile: Identifier
    party_id: Identifier | None = None
    category: Identifier | None = None
    language: Identifier | None = None
    channel: Channel = "letter"
    grace_days: Annotated[int, Field(ge=0, le=3650)] = 0
    block_after: Annotated[int, Field(ge=1, le=9)] | None = None
    unmatched_credits: Annotated[
        CreditsFirst | None,
        Field(description="For these debtors, where it is not what the administration says"),
    ] = None
    levels: Annotated[tuple[ReminderLevel, ...], Field(min_length=1, max_length=9)]

    @model_validator(mode="after")
    def _levels_never_skip(self) -> ReminderProfile:
        if [level.level for level in self.levels] != list(range(1, len(self.levels) + 1)):
            raise ValueError(f"profile {self.profile}: levels count 1, 2, 3 … without a gap")
        return self


class Sender(Contract):
    """Who signs the letters, and where payments go."""

    name: Text
    street: Text
    postal_code: PostalCode
    city: Text
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    email: Annotated[str, Field(max_length=254), Kept] | None = None
    phone: Phone | None = None
    website: Annotated[str, Field(max_length=200), Kept] | None = None
    iban: Iban | None = None
    bic: Annotated[str, Field(max_length=11), Kept] | None = None
    fi_creditor: Annotated[
        str | None,
        Field(pattern=r"^[0-9]{8}$", description="Danish FI creditor number: with it, letters carry the line +71<…+…<"),
    ] = None
    enterprise_number: Annotated[
        str | None,
        Field(max_length=20, description="Belgian enterprise number: a consumer's first reminder has to name it"),
        Kept,
    ] = None


class WriteOffRule(Contract):
    """Switches an automatic write-off on or off, says on which journal it books, and what is given back with it.

    Of charges that an event takes back `give_back` says whether what was paid is given back. `late_fine` and
    `processing_fee` say whether those go with material that comes back. Left out: DEFAULT_GIVE_BACK, and seed 004.
    """

    rule: RuleName
    journal: Code
    enabled: bool = True
    months: Annotated[int, Field(ge=1, le=120)] | None = None
    give_back: GiveBack | None = None
    late_fine: GiveBack | None = None
    processing_fee: GiveBack | None = None

    @model_validator(mode="after")
    def _only_material_has_more_charges(self) -> WriteOffRule:
        if self.rule != "material-returned" and (self.late_fine or self.processing_fee):
            raise ValueError(
                f"write_off_rules: late_fine and processing_fee are for material-returned, not {self.rule}"
            )
        return self


class AdministrationConfigured(Event):
    """An administration's whole configuration; the highest version wins."""

    topic: ClassVar[str] = "administration-configured"
    publisher: ClassVar[str] = "operators"
    is_ingested: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {
        "administration": "bib-gent",
        "version": 1,
        "name": "Bibliotheek Gent",
        "country": "BE",
        "base_currency": "EUR",
        "fiscal_periods": [{"year": 2026, "period": 11, "start": "2026-11-01", "end": "2026-11-30"}],
        "journals": [
            {"code": "A100", "type": "A", "label": {"nl": "Adm. fout lidgeld", "da": "Fejl", "en": "Fee error"}}
        ],
        "gl_links": {"payment_differences": "4900"},
        "reminder_profiles": [{"profile": "standard", "levels": [{"level": 1}]}],
    }

    version: Version
    name: Text
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]
    base_currency: Currency
    time_zone: Annotated[
        TimeZone | None,
        Field(description="By which today, month's ends and the days of letters are; the country's unless given"),
    ] = None
    cooperation_group: Identifier | None = None
    fiscal_periods: Annotated[tuple[FiscalPeriod, ...], Field(min_length=1, max_length=1_000)]
    journals: Annotated[tuple[Journal, ...], Field(min_length=1, max_length=500)]
    gl_links: GeneralLedgerLinks = GeneralLedgerLinks()
    reminder_profiles: Annotated[tuple[ReminderProfile, ...], Field(max_length=200)] = ()
    sender: Sender | None = None
    write_offs: WriteOffPolicy = WriteOffPolicy()
    write_off_rules: Annotated[tuple[WriteOffRule, ...], Field(max_length=50)] = ()
    small_balances: SmallBalancePolicy = SmallBalancePolicy()
    settlement_order: SettlementOrder = "by-date"
    unmatched_credits: Annotated[
        CreditsFirst,
        Field(description="Before a debtor is reminded or waived: say that credits lie unmatched, or refuse"),
    ] = "warn"

    def period_at(self, day: date) -> FiscalPeriod | None:
        """The fiscal period that holds a day, open or closed; they do not overlap."""
        position = bisect_right(self._starts, day) - 1
        period = self._periods[position] if position >= 0 else None
        return period if period is not None and day <= period.end else None

    @cached_property
    def _periods(self) -> list[FiscalPeriod]:
        """In the order of their days, in which they need not be told."""
        return sorted(self.fiscal_periods, key=lambda period: period.start)

    @cached_property
    def _starts(self) -> list[date]:
        return [period.start for period in self._periods]

    @model_validator(mode="after")
    def _is_coherent(self) -> AdministrationConfigured:
        codes = [journal.code for journal in self.journals]
        if len(set(codes)) != len(codes):
            raise ValueError("journals: each code occurs once")
        for earlier, later in pairwise(self._periods):
            if later.start <= earlier.end:
                raise ValueError(f"fiscal_periods: {later.year}/{later.period} overlaps the period before it")
        return self

    @model_validator(mode="after")
    def _rules_have_their_journals(self) -> AdministrationConfigured:
        names = [rule.rule for rule in self.write_off_rules]
        reasons = {journal.code for journal in self.journals if journal.type == "A"}
        for rule in self.write_off_rules:
            if names.count(rule.rule) > 1:
                raise ValueError(f"write_off_rules: {rule.rule} occurs once")
            if rule.enabled and rule.journal not in reasons:
                raise ValueError(f"write_off_rules: {rule.rule} books on {rule.journal}, which is no A-journal here")
        return self
