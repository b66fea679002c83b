"""What is wrong with a value, in words of ours: those of pydantic are English, and for programmers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from chassis.sentences import Sentence

_CHOICE = re.compile(r"'([^']*)'")
_DAY = Sentence("It must be a day such as {example}.", example="2026-11-20")
_INSTANT = Sentence("It must be an instant such as {example}.", example="2026-11-20T09:00:00Z")
_WHOLE = Sentence("It must be a whole number; of money, in minor units: 1250 is 12.50.")
_TEXT = Sentence("It must be text.")
_FLAG = Sentence("It must be true or false.")
_NUMBER = Sentence("It must be a number.")
_LIST = Sentence("It must be a list.")
_OBJECT = Sentence("It must be an object with named fields.")
_ID = Sentence("It must be an id: a UUID, as it was told.")
_BY_KIND: Mapping[str, Sentence] = {
    "missing": Sentence("It is missing."),
    "extra_forbidden": Sentence("There is no field of this name."),
    "json_invalid": Sentence("It is no JSON."),
    "json_type": Sentence("It is no JSON."),
    "string_unicode": Sentence("It is not in UTF-8."),
    "string_pattern_mismatch": Sentence("It is not written as it has to be."),
    "string_type": _TEXT,
    "bytes_type": _TEXT,
    "uuid_type": _ID,
    "uuid_parsing": _ID,
    "uuid_version": _ID,
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), _WHOLE),
    **dict.fromkeys(("bool_type", "bool_parsing"), _FLAG),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number", "decimal_type", "decimal_parsing"), _NUMBER),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"), _LIST),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type", "dataclass_type", "mapping_type"), _OBJECT),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact", "date_past"), _DAY
    ),
    **dict.fromkeys(
        (
            "datetime_type",
            "datetime_parsing",
            "datetime_from_date_parsing",
            "datetime_object_invalid",
            "timezone_aware",
        ),
        _INSTANT,
    ),
}
_BY_LIMIT: Mapping[str, Callable[[Mapping[str, Any]], Sentence]] = {
    "greater_than_equal": lambda limits: Sentence("It must be {ge} at least.", ge=limits["ge"]),
    "greater_than": lambda limits: Sentence("It must be more than {gt}.", gt=limits["gt"]),
    "less_than_equal": lambda limits: Sentence("It must be {le} at most.", le=limits["le"]),
    "less_than": lambda limits: Sentence("It must be less than {lt}.", lt=limits["lt"]),
    "multiple_of": lambda limits: Sentence(
        "It must be a multiple of {multiple_of}.", multiple_of=limits["multiple_of"]
    ),
    "string_too_short": lambda limits: Sentence(
        "It must have {min_length} character(s) at least.", min_length=limits["min_length"]
    ),
    "string_too_long": lambda limits: Sentence(
        "It must have {max_length} character(s) at most.", max_length=limits["max_length"]
    ),
    "bytes_too_short": lambda limits: Sentence(
        "It must have {min_length} character(s) at least.", min_length=limits["min_length"]
    ),
    "bytes_too_long": lambda limits: Sentence(
        "It must have {max_length} character(s) at most.", max_length=limits["max_length"]
    ),
    "too_short": lambda limits: Sentence(
        "It must have {min_length} entries at least.", min_length=limits["min_length"]
    ),
    "too_long": lambda limits: Sentence("It must have {max_length} entries at most.", max_length=limits["max_length"]),
}


def violation_of(error: Mapping[str, Any]) -> Sentence:
    """One of pydantic's errors, as `ValidationError.errors` gives them, in a sentence; the value itself is not told."""
    kind, context = str(error["type"]), error.get("ctx") or {}
    if kind in {"value_error", "assertion_error"}:
        return Sentence("Value error, {reason}", reason=_reason_of(context, str(error["msg"])))
    if kind in {"literal_error", "enum"}:
        choices = _CHOICE.findall(str(context.get("expected", "")))
        return Sentence("It must be one of: {choices}.", choices=", ".join(choices))
    if kind in _BY_LIMIT:
        return _BY_LIMIT[kind](context)
    return _BY_KIND.get(kind, Sentence("It is not valid."))


def _reason_of(context: Mapping[str, Any], message: str) -> str:
    """What a validator of ours said; where the context was left out, what pydantic wrote of it."""
    raised = context.get("error")
    if isinstance(raised, Exception) and raised.args:
        return raised.args[0] if isinstance(raised.args[0], str) else str(raised.args[0])
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
