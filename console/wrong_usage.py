"""What is wrong with what was typed, told in words of ours: which option, what is wrong with it, and what to type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import typer
from pydantic import ValidationError

from chassis.sentences import Said, Sentence
from chassis.violations import violation_of
from console.help_words import helped
from console.languages import spoken

NO_COMMAND = re.compile(r"No such command '(?P<name>[^']*)'\.(?: Did you mean (?P<others>.*)\?)?")
TOO_MANY = re.compile(r"Got unexpected extra argument\(?s?\)? \((?P<words>.*)\)", re.DOTALL)
NEEDS_A_VALUE = re.compile(r"Option '(?P<option>[^']*)' requires")
TAKES_NO_VALUE = re.compile(r"Option '(?P<option>[^']*)' does not take a value")
NO_FILE = re.compile(
    r"\w+ '(?P<file>.*)' (?P<fault>does not exist|is a file|is a directory|is not readable|is not writable)\."
)
CHOICES = re.compile(r"'[^']*' is not (?:one of )?(?P<choices>'.*')", re.DOTALL)
QUOTED = re.compile(r"'([^']*)'")
FAULTS: Mapping[str, Callable[[str], Sentence]] = {
    "does not exist": lambda file: Sentence("There is no file {file}.", file=file),
    "is a file": lambda file: Sentence("{file} is a file, no folder.", file=file),
    "is a directory": lambda file: Sentence("{file} is a folder, no file.", file=file),
    "is not readable": lambda file: Sentence("{file} may not be read.", file=file),
    "is not writable": lambda file: Sentence("{file} may not be written.", file=file),
}


class WrongUsage(typer.BadParameter):
    """Wrong usage, told in the language of whoever typed it, and where the help of the command is."""

    def __init__(self, told: str, hint: str) -> None:
        super().__init__(told)
        self.hint = hint

    def format_message(self) -> str:
        """The sentence as it is."""
        return self.message

    def show(self, file: Any = None) -> None:
        """Print the sentence and the hint on standard error."""
        typer.echo(self.message, file=file, err=file is None)
        typer.echo(self.hint, file=file, err=file is None)


def in_our_words(failure: typer.TyperException, language: str) -> WrongUsage:
    """A failure of the command line's parser as we say it."""
    context = getattr(failure, "ctx", None)
    path = context.command_path if context is not None else "openitems"
    program, _, words = path.partition(" ")
    hint = Sentence("Its options: {command}", command=f"openitems {words} --help".replace("  ", " "))
    assert program, "every command has a path"
    return WrongUsage(spoken(_told(failure, language), language), spoken(hint, language))


def _told(failure: typer.TyperException, language: str) -> Sentence:
    """What is wrong, by the kind of failure."""
    if isinstance(failure, typer.BadParameter):
        return _of_parameter(failure, language)
    option = getattr(failure, "option_name", None)
    if option is not None and hasattr(failure, "possibilities"):
        if failure.possibilities:
            others = ", ".join(f"'{other}'" for other in sorted(failure.possibilities))
            return Sentence("There is no option {option} here. Did you mean {others}?", option=option, others=others)
        return Sentence("There is no option {option} here.", option=option)
    for tell in _BY_TEXT:
        if told := tell(failure.format_message()):
            return told
    return Sentence("{message}", message=failure.format_message())


def _of_parameter(failure: typer.BadParameter, language: str) -> Sentence:
    """What is wrong with one option or argument: that it is missing, or how its value is meant."""
    name = typed_name(failure)
    if hasattr(failure, "param_type"):
        meant = helped(getattr(failure.param, "help", None) or "", language)
        return (
            Sentence("{name} is missing. {meant}", name=name, meant=meant)
            if meant
            else Sentence("{name} is missing.", name=name)
        )
    return (
        Sentence("{name}: {reason}", name=name, reason=_reason(failure))
        if name
        else Sentence("{reason}", reason=_reason(failure))
    )


def typed_name(failure: typer.BadParameter) -> str:
    """An option as it is typed, an argument as the help calls it."""
    if failure.param_hint is not None:
        return failure.param_hint if isinstance(failure.param_hint, str) else " / ".join(failure.param_hint)
    if failure.param is None:
        return ""
    return failure.param.opts[0] if failure.param.param_type_name == "option" else shown_argument(failure.param)


def shown_argument(parameter: Any) -> str:
    """An argument's name in capitals, as it stands in the usage."""
    return str(parameter.metavar or parameter.name).strip("{}").upper()


def _reason(failure: typer.BadParameter) -> Sentence:
    """What is wrong with the value: what a parser of ours says, or what the value's type asks."""
    if isinstance(failure.message, Said):
        return Sentence("{reason}", reason=failure.message)
    if found := CHOICES.search(failure.message):
        choices = ", ".join(QUOTED.findall(found["choices"]))
        return Sentence("It must be one of: {choices}.", choices=choices)
    if found := NO_FILE.fullmatch(failure.message):
        return Sentence("{reason}", reason=FAULTS[found["fault"]](found["file"]))
    if isinstance(failure.__cause__, ValidationError):
        first = failure.__cause__.errors(include_url=False)[0]
        return Sentence("{typed!r} will not do. {violation}", typed=first["input"], violation=violation_of(first))
    return Sentence("{reason}", reason=failure.message)


def _no_command(message: str) -> Sentence | None:
    found = NO_COMMAND.match(message)
    if found is None:
        return None
    if found["others"]:
        others = found["others"]
        return Sentence("There is no command {name}. Did you mean {others}?", name=found["name"], others=others)
    return Sentence("There is no command {name}.", name=found["name"])


def _missing_command(message: str) -> Sentence | None:
    return Sentence("A command is missing.") if message.startswith("Missing command") else None


def _too_many(message: str) -> Sentence | None:
    found = TOO_MANY.match(message)
    return Sentence("The command takes nothing more: {words}.", words=found["words"]) if found else None


def _needs_a_value(message: str) -> Sentence | None:
    found = NEEDS_A_VALUE.match(message)
    return Sentence("{option} needs a value behind it.", option=found["option"]) if found else None


def _takes_no_value(message: str) -> Sentence | None:
    found = TAKES_NO_VALUE.match(message)
    return Sentence("{option} takes no value.", option=found["option"]) if found else None


_BY_TEXT: tuple[Callable[[str], Sentence | None], ...] = (
    _no_command,
    _missing_command,
    _too_many,
    _needs_a_value,
    _takes_no_value,
)


def parameters_of(context: typer.Context) -> Iterator[Any]:
    """The options and arguments of a command and of those above it."""
    above: Any = context
    while above is not None:
        yield from above.command.params
        above = above.parent
