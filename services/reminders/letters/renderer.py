"""Rendering many letters: a process per core, small chunks, a bounded number of them under way."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process
from shutil import rmtree
from threading import Thread
from types import TracebackType
from typing import Self

from chassis.errors import Retry
from services.reminders.letters.compile import LetterCompiler
from services.reminders.letters.house_style import HouseStyle
from services.reminders.letters.model import Letter
from services.reminders.letters.refusals import LetterRefused
from services.reminders.letters.workspace import Workspace, workspace

CHUNK_LETTERS = 16
"""Letters that a process takes at once: a quarter of a second of work, under a megabyte of result."""

CHUNKS_UNDER_WAY_PER_WORKER = 2
WORKERS_MAX = 16


@dataclass(frozen=True, slots=True)
class Rendered:
    """Outcome of one letter: its PDF, or why there is none."""

    reminder_id: str
    pdf: bytes | None
    refusal: LetterRefused | None = None


class Renderer:
    """Renders the letters of one house style in several processes; an asynchronous context manager.

    Memory does not grow with the number of letters: they are taken from the source as results are taken away, at
    most `CHUNKS_UNDER_WAY_PER_WORKER` chunks per process ahead.
    """

    def __init__(self, style: HouseStyle, workers: int | None = None) -> None:
        """Take the style and the number of processes (the cores, if not given); entering it may raise InvalidStyle."""
        self.style = style
        self.workers = min(workers or os.cpu_count() or 1, WORKERS_MAX)
        self._pool: ProcessPoolExecutor | None = None
        self._held = ExitStack()

    async def __aenter__(self) -> Self:
        place = self._held.enter_context(workspace(self.style))
        self._pool = ProcessPoolExecutor(
            self.workers, mp_context=get_context("spawn"), initializer=start_worker, initargs=(self.style, place)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._pool is not None
        pool, self._pool = self._pool, None
        with self._held:
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)

    async def render(self, letters: Iterable[Letter]) -> AsyncGenerator[Rendered, None]:
        """Yield the outcome of each letter, in the order of the letters; a refused letter does not stop the others.

        Raises Retry when a process died (killed, out of memory): enter a new Renderer and go on from there.
        """
        assert self._pool is not None, "enter the Renderer first"
        loop = asyncio.get_running_loop()
        chunks = chunked(letters)
        under_way: deque[asyncio.Future[list[Rendered]]] = deque()
        try:
            while True:
                for chunk in islice(chunks, self.workers * CHUNKS_UNDER_WAY_PER_WORKER - len(under_way)):
                    under_way.append(loop.run_in_executor(self._pool, render_chunk, chunk))
                if not under_way:
                    return
                for rendered in await under_way.popleft():
                    yield rendered
        except BrokenProcessPool as died:
            raise Retry("a process that renders letters died") from died
        finally:
            for future in under_way:
                future.cancel()


def chunked(letters: Iterable[Letter]) -> Iterator[list[Letter]]:
    """Cut the letters into chunks."""
    source = iter(letters)
    while chunk := list(islice(source, CHUNK_LETTERS)):
        yield chunk


class Worker:
    """What a rendering process keeps between chunks."""

    compiler: LetterCompiler | None = None


def start_worker(style: HouseStyle, place: Workspace) -> None:
    """Load fonts and template, once per process, and end with the process that asked, however that ends."""
    Thread(target=end_with_parent, args=(place,), name="end-with-parent", daemon=True).start()
    Worker.compiler = LetterCompiler(style, place)


def end_with_parent(place: Workspace) -> None:
    """Wait for the parent's end, then tidy up and go: nobody else would after a kill."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    rmtree(place.folder, ignore_errors=True)
    os._exit(0)


def render_chunk(letters: list[Letter]) -> list[Rendered]:
    """Render some letters in this process; refusals become outcomes."""
    assert Worker.compiler is not None
    return [outcome(Worker.compiler, letter) for letter in letters]


def outcome(compiler: LetterCompiler, letter: Letter) -> Rendered:
    """Render one letter, or say why not."""
    try:
        return Rendered(letter.reminder_id, compiler.render(letter))
    except LetterRefused as refusal:
        return Rendered(letter.reminder_id, None, refusal)
