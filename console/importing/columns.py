"""A mapping bound to the headings of a file: from the cells of a row to the fields of an event."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.sentences import Sentence
from console.exits import USAGE, CommandFailed
from console.importing.cells import Cells, Reader, digest_of, read_boolean, read_number, read_text, text_of
from console.importing.fields import AMOUNTS, DATES, NUMBERS, booleans
from console.importing.mapping import AnyPlace, ColumnMapping, Kind, Place, RowCondition, Source
from console.importing.mapping import place_of as place_given
from console.importing.problems import RowRefused
from console.importing.values import AmountReader, NotRead, amount_reader, date_reader
from contracts.money import exponents

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads rows of one file: which are taken, and the fields that they fill."""

    mapping: ColumnMapping
    conditions: tuple[tuple[RowCondition, str, int], ...]
    currency: Reader | None
    readers: tuple[tuple[str, Reader], ...]
    headings: Mapping[str, str]
    """What the cell of each field is called in the file."""
    digested: str | None
    """The field that is a digest of cells, if there is one: rows of the same cells are told apart by their number."""

    def left_out(self, cells: Cells) -> Sentence | None:
        """Why the mapping leaves a row out; None when it is to be taken."""
        for condition, heading, place in self.conditions:
            if not _meets(condition, text_of(cells[place])):
                return Sentence("{column} is {text!r}", column=heading, text=text_of(cells[place]))
        return None

    def fields(self, cells: Cells) -> Fields:
        """The fields that a row fills; empty cells fill none. Raises RowRefused for the first that cannot be read."""
        currency = (self.currency(cells, "") if self.currency else None) or self.mapping.currency
        if currency not in exponents():
            raise RowRefused(
                "currency",
                Sentence("{text!r} is no currency.", text=currency),
                Sentence("Use an ISO 4217 code such as EUR or DKK."),
            )
        fields = {name: value for name, read in self.readers if (value := read(cells, currency)) is not None}
        if not AMOUNTS.isdisjoint(fields):
            fields["currency"] = currency
        return fields


def bind(mapping: ColumnMapping, headings: Sequence[str], kind: Kind) -> RowReader:
    """Bind a mapping to a file; CommandFailed where a column is not there, or is there twice."""
    binder = _Binder(mapping, headings, kind)
    conditions = tuple((condition, *binder.found(condition)) for condition in mapping.rows)
    readers = {name: binder.reader(name, _source(mapping, name)) for name in mapping.columns}
    called = {name: binder.called(name, _source(mapping, name)) for name in mapping.columns}
    currency = readers.pop("currency", None)
    digested = [name for name in mapping.columns if _source(mapping, name).digest is not None]
    if len(digested) > 1:
        raise CommandFailed("Only one field can be a digest, and the mapping has {names}.", USAGE, names=digested)
    return RowReader(mapping, conditions, currency, tuple(readers.items()), called, next(iter(digested), None))


def _source(mapping: ColumnMapping, name: str) -> Source:
    source = mapping.source(name)
    assert source is not None, "the field is one of the mapping's own"
    return source


def _meets(condition: RowCondition, text: str) -> bool:
    if condition.one_of is not None:
        return text in condition.one_of
    if condition.none_of is not None:
        return text not in condition.none_of
    if condition.like is not None:
        return re.search(condition.like, text) is not None
    return (text != "") is condition.filled


class _Binder:
    def __init__(self, mapping: ColumnMapping, headings: Sequence[str], kind: Kind) -> None:
        self.mapping = mapping
        self.headings = [" ".join(heading.split()) for heading in headings]
        self.booleans = booleans(kind)
        self.amounts: AmountReader = amount_reader(mapping.decimal, mapping.thousands)

    def found(self, given: AnyPlace) -> tuple[str, int]:
        """The heading and the place, from 0, of a column that the mapping names."""
        place = place_given(given)
        if place.position is not None:
            if place.position > len(self.headings):
                raise CommandFailed(
                    "The file has {count} columns, and the mapping names column {position}.",
                    USAGE,
                    count=len(self.headings),
                    position=place.position,
                )
            heading = self.headings[place.position - 1]
            return heading or str(place.position), place.position - 1
        return self._by_heading(place)

    def _by_heading(self, place: Place) -> tuple[str, int]:
        names = (place.column,) if isinstance(place.column, str) else place.column or ()
        shown = place.pattern or " / ".join(names)
        if place.pattern is not None:
            fitting = [at for at, heading in enumerate(self.headings) if re.search(place.pattern, heading)]
        else:
            wanted = {" ".join(name.split()) for name in names}
            fitting = [at for at, heading in enumerate(self.headings) if heading in wanted]
        if not fitting:
            raise CommandFailed(
                "The file has no column {missing}; it has: {found}.",
                USAGE,
                missing=shown,
                found=", ".join(self.headings) or "-",
            )
        if len(fitting) > 1:
            raise CommandFailed(
                "The file has column {name} {count} times, at {places}: say by `position:` which one is meant.",
                USAGE,
                name=shown,
                count=len(fitting),
                places=", ".join(str(at + 1) for at in fitting),
            )
        return self.headings[fitting[0]], fitting[0]

    def reader(self, name: str, source: Source) -> Reader:
        """What reads a field."""
        if source.debit is not None and source.credit is not None:
            return self._two_sided(source.debit, source.credit, negate=source.negate)
        heading, raw = self._raw(name, source)
        if name in AMOUNTS:
            return self._amount(heading, raw, source)
        if name in DATES:
            return self._date(heading, raw, source)
        if name in self.booleans:
            return read_boolean(heading, raw, source)
        if name in NUMBERS:
            return read_number(heading, raw, source)
        return read_text(heading, raw, source)

    def called(self, name: str, source: Source) -> str:
        """The heading of a field's column; the field itself where it comes from no single one."""
        return self.found(source)[0] if source.origins else name

    def _raw(self, name: str, source: Source) -> tuple[str, Callable[[Cells], object]]:
        """What a field's cell is called, and what takes it out of a row."""
        if source.value is not None:
            value = source.value
            return name, lambda _cells: value
        if source.columns is not None:
            places = [self.found(place)[1] for place in source.columns]
            separator = source.separator
            return name, lambda cells: separator.join(filter(None, (text_of(cells[at]) for at in places)))
        if source.digest is not None:
            digested = [self.found(place)[1] for place in source.digest]
            return name, lambda cells: digest_of([text_of(cells[at]) for at in digested])
        heading, at = self.found(source)
        return heading, lambda cells: cells[at]

    def _amount(self, heading: str, raw: Callable[[Cells], object], source: Source) -> Reader:
        read, negate = self.amounts, source.negate
        sign = self._sign(source)

        def amount(cells: Cells, currency: str) -> int | None:
            cell = raw(cells)
            if cell in ("", None) or (isinstance(cell, str) and not cell.strip()):
                return None
            try:
                found = read(cell, currency)
            except NotRead as wrong:
                raise RowRefused(heading, wrong.reason, _REMEDY_AMOUNT) from wrong
            if sign is not None:
                found = sign(cells, found)
            return -found if negate else found

        return amount

    def _sign(self, source: Source) -> Callable[[Cells, int], int] | None:
        if source.sign is None:
            return None
        heading, at = self.found(source.sign)
        signs = dict.fromkeys(source.sign.plus, 1) | dict.fromkeys(source.sign.minus, -1)

        def signed(cells: Cells, amount: int) -> int:
            word = text_of(cells[at])
            if word not in signs:
                raise RowRefused(
                    heading,
                    Sentence("{text!r} is none of {known}.", text=word, known=", ".join(signs)),
                    Sentence("Add the word to plus or minus in the mapping."),
                )
            return amount * signs[word]

        return signed

    def _two_sided(self, debit: AnyPlace, credit: AnyPlace, *, negate: bool) -> Reader:
        """Debit counts up, credit down; one of the two is empty or zero."""
        sides = [(*self.found(debit), 1), (*self.found(credit), -1)]
        read = self.amounts

        def amount(cells: Cells, currency: str) -> int | None:
            found = []
            for heading, at, sign in sides:
                if text_of(cells[at]):
                    try:
                        found.append((read(cells[at], currency) * sign, heading))
                    except NotRead as wrong:
                        raise RowRefused(heading, wrong.reason, _REMEDY_AMOUNT) from wrong
            filled = [one for one in found if one[0]]
            if len(filled) > 1:
                raise RowRefused(
                    filled[1][1],
                    Sentence("Debit and credit are both filled."),
                    Sentence("Split the row, or name one column in the mapping."),
                )
            total = filled[0][0] if filled else 0 if found else None
            return -total if total is not None and negate else total

        return amount

    def _date(self, heading: str, raw: Callable[[Cells], object], source: Source) -> Reader:
        mapping = self.mapping
        read = date_reader(source.date_format or mapping.date_format, mapping.year, mapping.time_zone)
        width = source.fill

        def day(cells: Cells, _currency: str) -> Any:
            cell = raw(cells)
            text = text_of(cell)
            if not text:
                return None
            try:
                if width is not None and text.isdecimal():
                    return read(text.rjust(width, "0"))
                return read(cell.strip() if isinstance(cell, str) else cell)
            except NotRead as wrong:
                raise RowRefused(heading, wrong.reason, _REMEDY_DATE) from wrong

        return day


_REMEDY_AMOUNT = Sentence("Mend the cell, or say in the mapping how amounts are written: decimal and thousands.")
_REMEDY_DATE = Sentence("Mend the cell, or say in the mapping how days are written: date_format.")
