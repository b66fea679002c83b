"""Prints letters for as long as the service runs: fonts and processes are kept between the chunks of a run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from chassis.errors import Retry
from services.reminders.letters.compile import LetterCompiler, check, render
from services.reminders.letters.house_style import HouseStyle
from services.reminders.letters.model import Letter
from services.reminders.letters.refusals import LetterRefused
from services.reminders.letters.renderer import Rendered, Renderer, outcome
from services.reminders.letters.workspace import workspace

FEW_LETTERS = 8
"""So many are printed in this process: starting others would take longer."""


class Press:
    """Prints letters of one house style at a time; another style, or `close`, ends the processes of the one before."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers
        self._style: HouseStyle | None = None
        self._compiler: LetterCompiler | None = None
        self._renderer: Renderer | None = None
        self._open = AsyncExitStack()
        self._busy = asyncio.Lock()

    async def print_one(self, letter: Letter, style: HouseStyle) -> bytes:
        """One letter's PDF, for a preview; raises LetterRefused."""
        return await asyncio.to_thread(render, letter, style)

    async def print_all(self, letters: Sequence[Letter], style: HouseStyle) -> list[Rendered]:
        """Every letter's PDF, or why it may not be printed, in the order of the letters; Retry when a process died."""
        async with self._busy:
            if style != self._style:
                await self._reset()
                self._style = style
            if len(letters) <= FEW_LETTERS and self._renderer is None:
                return await asyncio.to_thread(self._print_few, letters, style)
            return await self._print_many(letters, style)

    async def check_all(self, letters: Sequence[Letter], style: HouseStyle) -> list[LetterRefused | None]:
        """Why each letter may not be printed (None: it may), in the order of the letters, without printing any."""
        return await asyncio.to_thread(check, letters, style)

    async def close(self) -> None:
        """End the processes that set letters, and take their folder away."""
        async with self._busy:
            await self._reset()

    def _print_few(self, letters: Sequence[Letter], style: HouseStyle) -> list[Rendered]:
        if self._compiler is None:
            self._compiler = LetterCompiler(style, self._open.enter_context(workspace(style)))
        return [outcome(self._compiler, letter) for letter in letters]

    async def _print_many(self, letters: Sequence[Letter], style: HouseStyle) -> list[Rendered]:
        if self._renderer is None:
            self._renderer = await self._open.enter_async_context(Renderer(style, self.workers))
        try:
            return [rendered async for rendered in self._renderer.render(letters)]
        except Retry:
            await self._reset()
            raise

    async def _reset(self) -> None:
        self._style = self._compiler = self._renderer = None
        await self._open.aclose()
