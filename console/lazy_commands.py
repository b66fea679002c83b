"""Commands that are imported when they are run: until then a line of help stands for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from console.exits import CommandFailed
from console.languages import language_typed, speak, spoken, spoken_here
from console.next_command import keep_typed

TELL_THEMSELVES = frozenset({"NoArgsIsHelpError", "WrongUsage"})
"""What typer raises where a group is typed alone, whose message is the help; and what is in our words already."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Where a command is, as `module:name` of its function or its typer.Typer, and what the list of commands says."""

    place: str
    help: str


class _Standing(TyperCommand):
    """What --help and completion see of a command before it is imported."""

    def __init__(self, name: str, deferred: Deferred) -> None:
        super().__init__(name, help=deferred.help, rich_markup_mode=None)
        self._place = deferred.place

    def load(self) -> Any:
        """The command itself, imported now."""
        command = resolve_name(self._place)
        holder = typer.Typer(rich_markup_mode=None)
        if isinstance(command, typer.Typer):
            holder.add_typer(command, name=self.name)
        else:
            holder.command(self.name)(command)
        loaded = get_group(holder).commands[str(self.name)]
        _speak_help(loaded)
        return loaded


def _speak_help(command: Any) -> None:
    """Have a command tell its help in the language that is spoken here; what that takes is imported then."""
    if not spoken_here().startswith("en"):
        resolve_name("console.help_words:speak_help")(command, spoken_here())


@contextmanager
def speaking_of_failures() -> Iterator[None]:
    """What fails within is said in the language that is spoken here, wrong usage in words of ours."""
    try:
        yield
    except CommandFailed as failure:
        failure.message = spoken(failure.message, spoken_here())
        raise
    except typer.TyperException as failure:
        if type(failure).__name__ in TELL_THEMSELVES:
            raise
        raise resolve_name("console.wrong_usage:in_our_words")(failure, spoken_here()) from failure


def group_of(commands: Mapping[str, Deferred]) -> type[TyperGroup]:
    """A typer group of commands that are imported when they are run, listed in this order."""

    class Group(TyperGroup):
        def invoke(self, ctx: Any) -> Any:
            """Run the command; what it fails with is said in the language of whoever runs it."""
            with speaking_of_failures():
                return super().invoke(ctx)

        def make_context(self, *arguments: Any, **extra: Any) -> Any:
            """The context of a command; that of the program remembers what was typed, for whoever repeats it."""
            words = tuple(arguments[1])
            if extra.get("parent") is None:
                speak(language_typed(words))
                _speak_help(self)
            context = super().make_context(*arguments, **extra)
            if context.parent is None:
                keep_typed(context, words)
            return context

        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            for name, deferred in commands.items():
                self.add_command(_Standing(name, deferred))

        def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
            name, command, rest = super().resolve_command(ctx, args)
            return name, command.load() if isinstance(command, _Standing) else command, rest

    return Group
