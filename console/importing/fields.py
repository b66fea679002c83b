"""The fields that a mapping can fill: those of the contracts, and what an import knows besides; how each is read."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from chassis.sentences import Sentence
from chassis.violations import violation_of
from console.exits import USAGE, CommandFailed
from console.importing.mapping import ColumnMapping, Kind, Source
from console.importing.values import format_problem
from contracts.library import Address, ItemPosted, PartyUpdated

SETTLED_ON = "settled_on"
"""Of payments: the day on which the money came, under another name than `item_date`."""
OPEN_AMOUNT = "open_amount"
"""Of items: what of the amount was still open when the books were taken over."""
NOT_MAPPED = {"administration", "documents", "address"}
REQUIRED: dict[Kind, tuple[frozenset[str], ...]] = {
    "items": tuple(frozenset({name}) for name in ("party_id", "item_id", "amount", "item_date", "journal")),
    "payments": (
        *(frozenset({name}) for name in ("party_id", "item_id", "amount", "journal")),
        frozenset({"item_date", SETTLED_ON}),
    ),
    "parties": (frozenset({"party_id"}),),
}
"""Of each group one has to be filled."""
AMOUNTS = frozenset({"amount", "base_amount", OPEN_AMOUNT})
DATES = frozenset({"item_date", "due_date", "period_start", "period_end", SETTLED_ON})
ADDRESS = frozenset(Address.model_fields)
NUMBERS = frozenset({"version", "payment_terms_days"})
MORE: dict[Kind, frozenset[str]] = {
    "items": frozenset({OPEN_AMOUNT}),
    "payments": frozenset({SETTLED_ON}),
    "parties": ADDRESS,
}


def contract_of(kind: Kind) -> type[ItemPosted | PartyUpdated]:
    """The contract of what a file of this kind becomes."""
    return PartyUpdated if kind == "parties" else ItemPosted


@cache
def known_fields(kind: Kind) -> frozenset[str]:
    """The fields that a mapping of this kind may fill."""
    return (frozenset(contract_of(kind).model_fields) - NOT_MAPPED) | MORE[kind]


@cache
def booleans(kind: Kind) -> frozenset[str]:
    """Those of them that are yes or no."""
    fields = contract_of(kind).model_fields
    return frozenset(name for name, info in fields.items() if info.annotation is bool)


def check_mapping(mapping: ColumnMapping, kind: Kind) -> None:
    """Refuse a mapping before any row is read; CommandFailed says what is wrong with it.

    It is of another kind, has unknown fields, lacks some that are needed, or gives words that no event has.
    """
    if mapping.imports is not None and mapping.imports != kind:
        raise CommandFailed(
            "The mapping is one of {given}: use openitems import {given}.", USAGE, given=mapping.imports
        )
    for name in mapping.columns:
        if name not in known_fields(kind):
            raise _unknown(name, kind)
    for group in REQUIRED[kind]:
        if group.isdisjoint(mapping.columns):
            raise CommandFailed(
                "The mapping fills no {name}: name a column, or a value for all rows.",
                USAGE,
                name=Sentence("{first} or {second}", first=min(group), second=max(group))
                if len(group) > 1
                else min(group),
            )
    if OPEN_AMOUNT in mapping.columns and mapping.opening is None:
        raise CommandFailed(
            "The mapping fills open_amount: say by `opening:` on which journal what was settled before is booked.",
            USAGE,
        )
    for name in mapping.columns:
        source = mapping.source(name)
        assert source is not None, "the field is one of the mapping's own"
        _check_source(name, source, mapping, kind)


def _unknown(name: str, kind: Kind) -> CommandFailed:
    close = get_close_matches(name, known_fields(kind), 1)
    return CommandFailed(
        "{name} is no field of {kind}. {hint}",
        USAGE,
        name=name,
        kind=kind,
        hint=Sentence("Is {close} meant?", close=close[0])
        if close
        else Sentence("Use some of: {known}.", known=", ".join(sorted(known_fields(kind)))),
    )


def _check_source(name: str, source: Source, mapping: ColumnMapping, kind: Kind) -> None:
    """Each key where it means something, and each word that a mapping gives one that the contract takes."""
    only_for = {
        "negate, sign, debit and credit": (source.negate or source.sign or source.debit, AMOUNTS),
        "true and false": (source.true or source.false, booleans(kind)),
        "date_format": (source.date_format, DATES),
    }
    for keys, (is_given, fields) in only_for.items():
        if is_given and name not in fields:
            raise CommandFailed("{name}: {keys} belong to other fields.", USAGE, name=name, keys=keys)
    if name in DATES:
        wrong = format_problem(source.date_format or mapping.date_format, mapping.year, mapping.time_zone)
        if wrong:
            raise CommandFailed("{name}: the date format {wrong}.", USAGE, name=name, wrong=wrong)
    given = list((source.values or {}).values())
    given += [source.default] if source.default is not None else []
    given += [source.value] if isinstance(source.value, str) else []
    choices = _choices(name, kind)
    for word in given:
        if choices and source.prefix + word not in choices:
            raise CommandFailed(
                "{name}: {word!r} is none of {choices}.", USAGE, name=name, word=word, choices=", ".join(choices)
            )
    if isinstance(source.value, str) and name not in AMOUNTS | DATES | NUMBERS | booleans(kind):
        _check_constant(name, source.prefix + source.value, kind)


def _choices(name: str, kind: Kind) -> tuple[str, ...]:
    info = contract_of(kind).model_fields.get(name)
    return tuple(get_args(info.annotation)) if info is not None and get_origin(info.annotation) is Literal else ()


def _check_constant(name: str, text: str, kind: Kind) -> None:
    model: type[BaseModel] = Address if name in ADDRESS and kind == "parties" else contract_of(kind)
    info = model.model_fields.get(name)
    if info is None:
        return
    try:
        _adapter(info).validate_python(text)
    except ValidationError as error:
        raise CommandFailed(
            "{name}: {word!r} cannot be taken: {reason}",
            USAGE,
            name=name,
            word=text,
            reason=violation_of(error.errors(include_url=False)[0]),
        ) from error


def _adapter(info: FieldInfo) -> TypeAdapter[Any]:
    return TypeAdapter(info.rebuild_annotation())
