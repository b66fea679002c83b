"""Criteria as compact text, for the command line and addresses: it parses back to the same tree.

open_amount > 100 and age > 2 years and (status in (open, invoiced) or not blacklisted = yes)
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import Any

from chassis.errors import Refused, TooLarge
from chassis.sentences import Sentence, one_of
from services.selection.domain.catalogue import Field, SetType, catalogue
from services.selection.domain.criteria import (
    Condition,
    ConditionGroup,
    Criteria,
    Negation,
    check_depth,
    check_size,
    make_condition,
)
from services.selection.domain.languages import Language
from services.selection.domain.typed_words import ENGLISH, WORDS_IN_A_NAME, TypedWords, typed_words
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
_SIGNS = {"(", ")", ",", *SIGNS}
_WITH = {"with", "met", "med"}
"""What may follow the word that something begins."""
_RESERVED = {"and", "or", "not", *_WORDS}


def parse(text: str, set_type: SetType, language: Language = ENGLISH) -> Criteria:
    """The tree of its text form, in words of a language or in ours; Refused says where it stops being one."""
    if len(text) > MAX_CHARACTERS:
        raise TooLarge(
            "criteria-too-long",
            "The criteria are longer than {limit} characters.",
            limit=MAX_CHARACTERS,
            field="criteria",
            remedy="Shorten them, or make several sets and combine these.",
        )
    reader = _Reader(_tokens(text), set_type, typed_words(language))
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


def _ambiguous(typed: str, meant: Sequence[str]) -> Refused:
    return Refused(
        "criteria-ambiguous",
        "{typed!r} can mean {meant}.",
        typed=typed,
        meant=one_of(meant),
        field="criteria",
        remedy="Write the one that is meant, by this name.",
    )


class _Reader:
    """Reads tokens from the left; the grammar is `or` over `and` over `not`, groups and conditions."""

    def __init__(self, tokens: list[_Token], set_type: SetType, words: TypedWords) -> None:
        self._tokens = tokens
        self._words = words
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
        field = self._field()
        name = self._operator()
        raw: dict[str, Any] = {"field": field, "operator": name}
        if name == "in":
            raw["value"] = self._list(field)
        elif name == "between":
            first = self._value(field)
            self._expect("and")
            raw["value"] = [first, self._value(field)]
        elif name != "empty":
            raw["value"] = self._value(field)
        known = catalogue().get(field)
        if name != "empty" and known and known.units and self.next and not self._is_next("and", "or", ")"):
            raw["unit"] = self._words.word(self._take().text)
        return make_condition(raw, self._set_type, "criteria")

    def _field(self) -> str:
        """The name of a field: one word of ours, or as many as the language calls it by, the most first."""
        ahead = self._tokens[self._at : self._at + WORDS_IN_A_NAME]
        words = list(takewhile(lambda token: not (token.quoted or token.text in _SIGNS), ahead))
        for count in range(len(words), 0, -1):
            typed = " ".join(token.text for token in words[:count])
            fields = self._words.fields_called(typed)
            if len(fields) > 1:
                raise _ambiguous(typed, fields)
            if fields:
                self._at += count
                return fields[0]
        token = self._take()
        if token.quoted:
            raise _unexpected(self.next)
        return token.text

    def _operator(self) -> str:
        token = self._take()
        name = SIGNS.get(token.text, self._words.word(token.text))
        if token.quoted or (token.text not in SIGNS and name not in _WORDS):
            raise _unexpected(token)
        if name == "starts" and self.next and self.next.text in _WITH:
            self._at += 1
        return name

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
        if kind == "flag" and (word := self._words.word(token.text)) in {"yes", "no"}:
            return word == "yes"
        if kind == "date":
            return self._words.day(token.text)
        return self._code(known, token.text) if known and known.choices else token.text

    def _code(self, field: Field, typed: str) -> str:
        """A code as we write it, or as the language calls it, which may be in several words."""
        ahead = [token.text for token in takewhile(lambda one: not one.quoted, self._tokens[self._at :])]
        for count in range(min(len(ahead), WORDS_IN_A_NAME), -1, -1):
            codes = self._words.codes_called(field, " ".join([typed, *ahead[:count]]))
            if len(codes) > 1:
                raise _ambiguous(typed, codes)
            if codes:
                self._at += count
                return codes[0]
        return typed

    def _is_next(self, *texts: str) -> bool:
        token = self.next
        return token is not None and not token.quoted and bool({token.text, self._words.word(token.text)} & set(texts))

    def _took(self, text: str) -> bool:
        if not self._is_next(text):
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
        if not self._took(text):
            raise _unexpected(self.next)


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
