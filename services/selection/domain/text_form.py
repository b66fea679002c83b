"""Criteria as compact text, for the command line and addresses: it parses back to the same tree.

open_amount > 100 and age > 2 years and (status in (open, invoiced) or not blacklisted = yes)
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis.errors import Refused, TooLarge
from chassis.sentences import Sentence
from services.selection.domain.catalogue import SetType, catalogue
from services.selection.domain.criteria import (
    Condition,
    ConditionGroup,
    Criteria,
    Negation,
    check_depth,
    check_size,
    make_condition,
)
from services.selection.domain.values import Value

MAX_CHARACTERS = 20_000
SIGNS = {"=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_WORDS = {"in", "between", "starts", "contains", "empty"}
_SIGN_OF = {operator: sign for sign, operator in SIGNS.items()}
_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<sign><=|>=|!=|[=<>(),])|(?P<word>[^\s"=<>!(),]+))""", re.DOTALL
)
_WHOLE = re.compile(r"^-?\d+$")
_PLAIN = re.compile(r"^[A-Za-z_][\w.-]*$", re.ASCII)
_RESERVED = {"and", "or", "not", *_WORDS}


def parse(text: str, set_type: SetType) -> Criteria:
    """The tree of its text form; Refused says at which character it stops being one."""
    if len(text) > MAX_CHARACTERS:
        raise TooLarge(
            "criteria-too-long",
            "The criteria are longer than {limit} characters.",
            limit=MAX_CHARACTERS,
            field="criteria",
            remedy="Shorten them, or make several sets and combine these.",
        )
    reader = _Reader(_tokens(text), set_type)
    tree = reader.alternatives(1)
    if reader.next is not None:
        raise _unexpected(reader.next)
    check_size(tree)
    return tree


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    at: int
    quoted: bool = False


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    while at < len(text) and text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise _unexpected(_Token(text[at : at + 10], at))
        kind = str(found.lastgroup)
        tokens.append(_Token(found[kind], found.start(kind), quoted=kind == "quoted"))
        at = found.end()
    return tokens


def _unexpected(token: _Token | None) -> Refused:
    return Refused(
        "criteria-unreadable",
        Sentence("The criteria cannot be read at its end.")
        if token is None
        else Sentence("The criteria cannot be read at character {at}, {text!r}.", at=token.at + 1, text=token.text),
        field="criteria",
        remedy="For instance: open_amount > 100 and age > 2 years and status in (open, invoiced).",
    )


class _Reader:
    """Reads tokens from the left; the grammar is `or` over `and` over `not`, groups and conditions."""

    def __init__(self, tokens: list[_Token], set_type: SetType) -> None:
        self._tokens = tokens
        self._set_type: SetType = set_type
        self._at = 0

    @property
    def next(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def alternatives(self, depth: int) -> Criteria:
        parts = [self._together(depth)]
        while self._took("or"):
            parts.append(self._together(depth))
        return parts[0] if len(parts) == 1 else ConditionGroup("any", tuple(parts))

    def _together(self, depth: int) -> Criteria:
        parts = [self._one(depth)]
        while self._took("and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else ConditionGroup("all", tuple(parts))

    def _one(self, depth: int) -> Criteria:
        check_depth(depth, "criteria")
        if self._took("not"):
            return Negation(self._one(depth + 1))
        if self._took("("):
            inner = self.alternatives(depth + 1)
            self._expect(")")
            return inner
        return self._condition()

    def _condition(self) -> Condition:
        field = self._take()
        operator = self._take()
        name = SIGNS.get(operator.text, operator.text)
        if field.quoted or operator.quoted or (operator.text not in SIGNS and operator.text not in _WORDS):
            raise _unexpected(operator)
        raw: dict[str, Any] = {"field": field.text, "operator": name}
        if name == "in":
            raw["value"] = self._list(field.text)
        elif name == "between":
            first = self._value(field.text)
            self._expect("and")
            raw["value"] = [first, self._value(field.text)]
        elif name != "empty":
            raw["value"] = self._value(field.text)
        known = catalogue().get(field.text)
        if name != "empty" and known and known.units and self.next and self.next.text not in {"and", "or", ")"}:
            raw["unit"] = self._take().text
        return make_condition(raw, self._set_type, "criteria")

    def _list(self, field: str) -> list[Any]:
        self._expect("(")
        values = [self._element(field)]
        while self._took(","):
            values.append(self._element(field))
        self._expect(")")
        return values

    def _value(self, field: str) -> Any:
        """A single value; a decimal comma makes it one that its field refuses, with the reason."""
        read = self._element(field)
        return f"{read},{self._take().text}" if self._took(",") else read

    def _element(self, field: str) -> Any:
        token = self._take()
        known = catalogue().get(field)
        kind = known.type if known else "text"
        if token.quoted:
            return json.loads(token.text, strict=False)
        if token.text in {"(", ")", ",", *SIGNS}:
            raise _unexpected(token)
        if kind in {"amount", "count", "age"} and _WHOLE.match(token.text):
            return int(token.text)
        if kind == "flag" and token.text in {"yes", "no"}:
            return token.text == "yes"
        return token.text

    def _took(self, text: str) -> bool:
        if self.next is None or self.next.quoted or self.next.text != text:
            return False
        self._at += 1
        return True

    def _take(self) -> _Token:
        token = self.next
        if token is None:
            raise _unexpected(None)
        self._at += 1
        return token

    def _expect(self, text: str) -> None:
        token = self._take()
        if token.quoted or token.text != text:
            raise _unexpected(token)


def as_text(tree: Criteria) -> str:
    """The text form, which `parse` reads back to the same tree."""
    match tree:
        case ConditionGroup(joined, parts):
            return (" and " if joined == "all" else " or ").join(_grouped(part) for part in parts)
        case Negation(part):
            return f"not {_grouped(part)}"
        case Condition(field, "empty", _, _):
            return f"{field} empty"
        case Condition(field, "in", values, _):
            return f"{field} in ({', '.join(map(_written, values))})"
        case Condition(field, "between", values, unit):
            return f"{field} between {_written(values[0])} and {_written(values[1])}{_unit(unit)}"
        case Condition(field, operator, values, unit):
            return f"{field} {_SIGN_OF.get(operator, operator)} {_written(values[0])}{_unit(unit)}"


def _grouped(tree: Criteria) -> str:
    return f"({as_text(tree)})" if isinstance(tree, ConditionGroup) else as_text(tree)


def _unit(unit: str | None) -> str:
    return "" if unit in {None, "cents", "days"} else f" {unit}"


def _written(value: Value) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case date():
            return value.isoformat()
        case int():
            return str(value)
        case str():
            plain = _PLAIN.match(value) and value not in _RESERVED
            return value if plain else json.dumps(value, ensure_ascii=False)
