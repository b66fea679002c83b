"""Groups of options that several commands share, written down once.

A command takes a group as one parameter whose type is a dataclass; `spread` makes typer see the group's fields.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints

Command = Callable[..., None]


def spread(command: Command) -> Command:
    """The command with an option for every field of its dataclass parameters, named and described as the field is."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}

    @wraps(command)
    def spread_out(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    parameters = inspect.signature(command).parameters.values()
    listed = [option for parameter in parameters for option in _options(parameter, hints[parameter.name])]
    seen_by_inspect: Any = spread_out
    seen_by_inspect.__signature__ = inspect.Signature(listed)
    return spread_out


def _options(parameter: inspect.Parameter, hint: Any) -> Iterator[inspect.Parameter]:
    kind = inspect.Parameter.KEYWORD_ONLY
    if not is_dataclass(hint):
        yield parameter.replace(kind=kind, annotation=hint)
        return
    hints = get_type_hints(hint, include_extras=True)
    for field in fields(hint):
        default = inspect.Parameter.empty if field.default is MISSING else field.default
        yield inspect.Parameter(field.name, kind, default=default, annotation=hints[field.name])
