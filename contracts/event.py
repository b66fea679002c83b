"""What all contracts share: the strict frozen base, identifiers, the partition key."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from contracts.guards import WITHOUT_NUL, ReasonCode, Sum
from contracts.money import Amount, Currency

MAX_LINES = 2_000
"""Most lines of one event; larger work is cut into several events, so that each stays below MAX_EVENT_BYTES."""
MAX_EVENT_BYTES = 900_000
"""Largest value of one event, below the broker's usual limit of one megabyte."""

ADMINISTRATION_PATTERN = r"^[A-Za-z0-9._-]{1,64}$"
AdministrationId = Annotated[
    str, Field(pattern=ADMINISTRATION_PATTERN, description="The books of one legal entity", examples=["bib-gent"])
]
Identifier = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$",
        description="An opaque id of another system: at most 64 characters, no control characters, no outer spaces",
    ),
]
Code = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9._-]+$")]
Text = Annotated[str, Field(max_length=400, pattern=WITHOUT_NUL)]
Note = Annotated[str, Field(max_length=2_000, pattern=WITHOUT_NUL)]
DAY_PATTERN = r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
"""The days of the years 1900 to 2999, as a schema tells them that knows no calendar."""
EventDate = Annotated[
    date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31), json_schema_extra={"pattern": DAY_PATTERN})
]
Version = Annotated[int, Field(ge=1, le=2**62, description="Grows with every change; the highest wins")]


def not_before_its_start(period_end: date, info: ValidationInfo) -> date:
    """The end of a period; ValueError when it lies before the `period_start` of the same event."""
    period_start = info.data.get("period_start")
    if period_start and period_end < period_start:
        raise ValueError("period_end lies before period_start")
    return period_end


PeriodEnd = Annotated[EventDate, AfterValidator(not_before_its_start)]


class Contract(BaseModel):
    """A value that crosses a service's border: strict types, frozen, unknown fields ignored.

    While JSON is read only names are looked up among the known ones: values are mostly new, and looking costs more.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", cache_strings="keys")


class Event(Contract):
    """A fact on a topic, keyed by its administration."""

    topic: ClassVar[str]
    major: ClassVar[int] = 1
    publisher: ClassVar[str]
    """Who publishes it, in words for people."""
    is_ingested: ClassVar[bool] = False
    """Whether other systems and operators may publish it themselves, on Kafka or by HTTP."""
    example: ClassVar[dict[str, Any]]

    administration: AdministrationId

    @property
    def key(self) -> str:
        """Partition key: events with the same key stay in order."""
        return self.administration

    @classmethod
    def ce_type(cls) -> str:
        """CloudEvents type, with the contract's major version."""
        return f"openitems.{cls.topic}.v{cls.major}"


class PartyEvent(Event):
    """A fact about one party, keyed by administration and party."""

    party_id: Identifier

    @property
    def key(self) -> str:
        """The Kafka key, `administration:party_id`: events of one party stay in order."""
        return f"{self.administration}:{self.party_id}"


class Total(Contract):
    """A sum in one currency."""

    currency: Currency
    amount: Annotated[Sum, Field(description="Sum in minor units")]


class ItemOutcome(Contract):
    """Why an item was left out: a stable code for machines, a sentence for people."""

    item_id: Identifier
    code: ReasonCode
    message: Text
    open_amount: Amount | None = None


RequestId = Annotated[UUID, Field(description="Names one request; the same id asked twice has one effect")]
Employee = Annotated[Identifier, Field(description="The person behind the action")]
