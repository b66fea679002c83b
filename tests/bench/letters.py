"""Rendering letters against the typesetter's bare loop over the very same letters.

The floor compiles what the template reads, made beforehand, in as many processes as the Renderer has: no texts to
choose, no figures to write, no codes to draw, no results to bring back.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from statistics import median

from services.reminders.letters.compile import LetterCompiler
from services.reminders.letters.model import Letter
from services.reminders.letters.renderer import Renderer, Worker, start_worker
from services.reminders.letters.workspace import workspace
from tests.bench.scale import FULL, repeats, run_alone, scaled
from tests.services.reminders.letters.samples import DUTCH, DUTCH_HOUSE

LETTERS = 1_400
ROUNDS = 3
"""Each process renders thousands in all, so that memory would show a growth."""
WARM_UP_LETTERS = 64
GOAL = 0.8
MEMORY_GOAL_MB = 256
WORKERS = 2

Prepared = list[tuple[dict[str, str], Letter]]


def letters(count: int) -> Iterator[Letter]:
    """Letters that differ in name, number and amounts."""
    for number in range(count):
        yield replace(
            DUTCH,
            reminder_id=f"R-{number:06d}",
            party_id=f"P{number:06d}",
            addressee=replace(DUTCH.addressee, name=f"Lezer {number} van der Meer"),
            items=tuple(replace(item, open_minor=item.open_minor + number) for item in DUTCH.items),
        )


def bare_loop(prepared: Prepared) -> int:
    """Typeset prepared letters in this process; return their bytes."""
    assert Worker.compiler is not None
    return sum(len(Worker.compiler.typeset(inputs, letter)) for inputs, letter in prepared)


def floor_seconds(pool: ProcessPoolExecutor, prepared: Prepared) -> float:
    """Seconds of the bare loops, each process with its share."""
    start = time.perf_counter()
    loops: list[Future[int]] = [pool.submit(bare_loop, prepared[share::WORKERS]) for share in range(WORKERS)]
    assert all(loop.result() for loop in loops)
    return time.perf_counter() - start


async def renderer_seconds(renderer: Renderer, count: int) -> float:
    """Seconds from letters to PDFs."""
    start = time.perf_counter()
    outcomes = [bool(rendered.pdf) async for rendered in renderer.render(letters(count))]
    assert len(outcomes) == count
    assert all(outcomes)
    return time.perf_counter() - start


async def measure(count: int, rounds: int) -> dict[str, float]:
    """Floor and Renderer in turns, so that a busy machine slows both."""
    with (
        workspace(DUTCH_HOUSE) as place,
        ProcessPoolExecutor(WORKERS, get_context("spawn"), start_worker, (DUTCH_HOUSE, place)) as pool,
    ):
        compiler = LetterCompiler(DUTCH_HOUSE, place)
        prepared = [(compiler.inputs(letter), letter) for letter in letters(count)]
        async with Renderer(DUTCH_HOUSE, WORKERS) as renderer:
            floor_seconds(pool, prepared[:WARM_UP_LETTERS])
            await renderer_seconds(renderer, WARM_UP_LETTERS)
            turns = [(floor_seconds(pool, prepared), await renderer_seconds(renderer, count)) for _ in range(rounds)]
    floor, ours = (median(seconds) for seconds in zip(*turns, strict=True))
    return {"floor_seconds": floor, "seconds": ours, "ratio": median(bare / whole for bare, whole in turns)}


def main(scale: float = FULL) -> dict[str, float]:
    """Measure at a scale (1 is in full), print the table, give its figures."""
    count, rounds = scaled(LETTERS, scale), repeats(ROUNDS, scale)
    figures = asyncio.run(measure(count, rounds))
    figures["letters_per_second"] = count / figures["seconds"]
    figures["peak_mb_per_process"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    figures |= {"letters": count * rounds, "goal": GOAL, "memory_goal_mb": MEMORY_GOAL_MB}
    sys.stdout.write(
        f"letters: {count} letters of 5 items in {WORKERS} processes, median of {rounds} rounds\n"
        f"  bare typesetter  {figures['floor_seconds']:7.2f} s\n"
        f"  Renderer         {figures['seconds']:7.2f} s   {figures['letters_per_second']:.0f} letters/s\n"
        f"  ratio            {figures['ratio']:7.2f}     goal {GOAL}\n"
        f"  peak per process {figures['peak_mb_per_process']:7.0f} MB  "
        f"goal under {MEMORY_GOAL_MB} MB, after {figures['letters']:.0f} letters\n"
    )
    return figures


if __name__ == "__main__":
    run_alone(main)
