"""The command that follows a preview, whole, so that it can be copied: what was typed, and what confirms it."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from typing import Any

import typer

TYPED = "console.typed"
"""Under this name a command's context keeps the words that were typed."""
PROGRAM = "openitems"
ACTOR = "--as"
OUTPUT = frozenset({"--json"})
"""What only says how the preview is shown."""


def keep_typed(context: Any, words: Sequence[str]) -> None:
    """Remember in a command's context what was typed behind the program's name."""
    context.meta[TYPED] = tuple(words)


def typed_again(context: typer.Context, *more: str, without: Collection[str] = ()) -> str:
    """The running command once more, as a shell takes it, without some of its switches and with more words."""
    left_out = OUTPUT.union(without)
    return command(*(word for word in context.meta.get(TYPED, ()) if word not in left_out), *more)


def typed_above(context: typer.Context, *words: str, by_another: bool = False) -> str:
    """Another command with the options that were typed before the running one's name, such as the administration.

    Where it is for another employee to type it, `--as` is left out.
    """
    typed = list(context.meta.get(TYPED, ()))
    own = context.command_path.split()[1:2]
    above = typed[: typed.index(own[0])] if own and own[0] in typed else []
    if by_another and ACTOR in above:
        place = above.index(ACTOR)
        del above[place : place + 2]
    return command(*above, *words)


def command(*words: str) -> str:
    """A command as a shell takes it."""
    return shlex.join([PROGRAM, *words])
