"""The interest rates that reminders reckon with, and where each was published."""

from __future__ import annotations

import asyncio
from datetime import date

from fastapi import APIRouter
from pydantic import Field

from chassis.http import Administration, View
from services.reminders.law.published_rates import RateSeries, read_tables
from services.reminders.operations.issue import Issuing


class RateView(View):
    """A yearly rate, in hundredths of a percent, for every day from `first` to `last`, both included."""

    first: date
    last: date
    basis_points: int
    source: str = Field(description="Where this rate was published")


class SeriesView(View):
    """The rates of one name, oldest first; a day after the last one is refused, never guessed."""

    series: str
    source: str = Field(description="The law, and where its rates are published")
    rates: tuple[RateView, ...]

    @classmethod
    def of(cls, series: RateSeries) -> SeriesView:
        """Show a series; a rate without a source of its own has its series' source."""
        return cls(
            series=series.name,
            source=series.source,
            rates=tuple(
                RateView(
                    first=rate.first,
                    last=rate.last,
                    basis_points=rate.basis_points,
                    source=rate.source or series.source,
                )
                for rate in series.rates
            ),
        )


def rate_router(issuing: Issuing) -> APIRouter:
    """Routes of the rates as the next run will know them."""
    router = APIRouter(prefix="/administrations/{administration}", tags=["reminders"])

    @router.get("/rates")
    async def rates(administration: Administration) -> list[SeriesView]:
        """All rates of this version with those of the operators' file."""
        known = await asyncio.to_thread(read_tables, issuing.law_rates)
        return [SeriesView.of(series) for series in known.rates.values()]

    return router
