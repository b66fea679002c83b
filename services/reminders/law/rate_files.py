"""Rates that were published since this version, out of a file of the operators.

The file names the series that it goes on with, and for each rate its days, both included, and where it was published:

    [dk-reference]
    rates = [
        { from = 2026-07-01, until = 2026-12-31, basis_points = 175, source = "nationalbanken.dk, 1 July 2026" },
    ]

It is read before each part of a run, so that a rate counts as soon as it stands in it.
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from chassis.sentences import Sentence
from services.reminders.law.published_rates import Rate, Tables, tables
from services.reminders.law.refusals import BrokenTable, UnusableRates

BASIS_POINTS_MAX = 10_000


class RateEntry(BaseModel):
    """One rate as operators write it."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="until")]
    basis_points: Annotated[int, Field(ge=-BASIS_POINTS_MAX, le=BASIS_POINTS_MAX)]
    source: Annotated[str, Field(min_length=1, max_length=500)]


class SeriesEntry(BaseModel):
    """The rates that go on with one series."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    rates: list[RateEntry]


FILE = TypeAdapter(dict[str, SeriesEntry])


def read_tables(file: Path | None) -> Tables:
    """The law's tables with the rates of the operators' file; raises UnusableRates for a file that cannot be used."""
    known = tables()
    if file is None:
        return known
    try:
        content = FILE.validate_python(tomllib.loads(file.read_text("utf-8")))
        for series, entry in content.items():
            if series not in known.rates:
                raise UnusableRates(
                    file,
                    Sentence("{series} is no series; known are {known}", series=series, known=", ".join(known.rates)),
                )
            added = [Rate(rate.first, rate.last, rate.basis_points, rate.source) for rate in entry.rates]
            known = known.with_rates(series, added)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UnusableRates(file, f"{'/'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (OSError, ValueError, BrokenTable) as error:
        raise UnusableRates(file, str(error)) from error
    return known
