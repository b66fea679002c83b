import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from chassis.errors import Retry
from services.reminders.letters.compile import render
from services.reminders.letters.model import Letter
from services.reminders.letters.refusals import InvalidIban, InvalidStyle, MissingAddress
from services.reminders.letters.renderer import CHUNK_LETTERS, CHUNKS_UNDER_WAY_PER_WORKER, Renderer
from tests.services.reminders.letters.samples import DUTCH, DUTCH_HOUSE, DUTCH_PAYMENT

WORKERS = 2
GRACE_SECONDS = 20


def letters(count: int) -> Iterator[Letter]:
    for number in range(count):
        yield replace(DUTCH, reminder_id=f"R{number}", party_id=f"P{number}")


async def test_letters_come_back_in_their_order_and_the_same_as_one_by_one() -> None:
    async with Renderer(DUTCH_HOUSE, WORKERS) as renderer:
        rendered = [outcome async for outcome in renderer.render(letters(3 * CHUNK_LETTERS + 1))]

    assert [outcome.reminder_id for outcome in rendered] == [f"R{number}" for number in range(3 * CHUNK_LETTERS + 1)]
    assert rendered[-1].pdf == render(replace(DUTCH, reminder_id="R48", party_id="P48"), DUTCH_HOUSE)


async def test_a_refused_letter_is_named_and_the_rest_goes_on() -> None:
    wrong_account = replace(DUTCH, reminder_id="bad", payment=replace(DUTCH_PAYMENT, iban="NL00"))
    nowhere = replace(DUTCH, reminder_id="lost", addressee=replace(DUTCH.addressee, street=""))

    async with Renderer(DUTCH_HOUSE, WORKERS) as renderer:
        rendered = [outcome async for outcome in renderer.render([DUTCH, wrong_account, nowhere, DUTCH])]

    assert [outcome.pdf is not None for outcome in rendered] == [True, False, False, True]
    assert isinstance(rendered[1].refusal, InvalidIban)
    assert isinstance(rendered[2].refusal, MissingAddress)
    assert rendered[2].refusal.field == "addressee.street"


async def test_letters_are_taken_only_as_fast_as_results_are() -> None:
    taken = 0

    def counted() -> Iterator[Letter]:
        nonlocal taken
        for letter in letters(1_000):
            taken += 1
            yield letter

    async with Renderer(DUTCH_HOUSE, WORKERS) as renderer:
        results = renderer.render(counted())
        await anext(results)
        await results.aclose()

    assert taken <= CHUNK_LETTERS * CHUNKS_UNDER_WAY_PER_WORKER * WORKERS


async def test_other_work_goes_on_while_letters_are_rendered() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    async with Renderer(DUTCH_HOUSE, WORKERS) as renderer:
        ticking = asyncio.create_task(tick())
        rendered = [outcome async for outcome in renderer.render(letters(CHUNK_LETTERS))]
        ticking.cancel()

    assert len(rendered) == CHUNK_LETTERS
    assert ticks > 10


async def test_no_letters_make_no_outcomes() -> None:
    async with Renderer(DUTCH_HOUSE, WORKERS) as renderer:
        assert [outcome async for outcome in renderer.render([])] == []


async def test_a_killed_process_asks_for_a_retry_and_a_new_renderer_goes_on() -> None:
    async with Renderer(DUTCH_HOUSE, WORKERS) as renderer:
        results = renderer.render(letters(200))
        await anext(results)
        victims = [child.pid for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]
        os.kill(victims[0], signal.SIGKILL)

        with pytest.raises(Retry):
            async for _ in results:
                pass

    async with Renderer(DUTCH_HOUSE, WORKERS) as renderer:
        rendered = [outcome async for outcome in renderer.render(letters(2))]
    assert all(outcome.pdf for outcome in rendered)


async def test_a_house_style_that_spoils_every_letter_is_refused_on_entering() -> None:
    with pytest.raises(InvalidStyle):
        async with Renderer(replace(DUTCH_HOUSE, accent="red"), WORKERS):
            pass


ASKING = """
import asyncio, sys
from pathlib import Path
from services.reminders.letters.renderer import Renderer
from tests.services.reminders.letters.samples import DUTCH, DUTCH_HOUSE

async def main() -> None:
    async with Renderer(DUTCH_HOUSE, 2) as renderer:
        async for _ in renderer.render([DUTCH] * 64):
            pass
        print("ready", flush=True)
        await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_the_processes_end_with_the_one_that_asked_even_when_it_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "asking.py"
    script.write_text(ASKING)
    environment = os.environ | {"PYTHONPATH": str(Path.cwd()), "TMPDIR": str(tmp_path)}
    asking = await asyncio.create_subprocess_exec(sys.executable, script, stdout=PIPE, env=environment)
    assert asking.stdout is not None
    assert await asking.stdout.readline() == b"ready\n"
    workers = [child for child in psutil.Process(asking.pid).children() if "spawn_main" in " ".join(child.cmdline())]

    asking.kill()

    _, alive = await asyncio.to_thread(psutil.wait_procs, workers, GRACE_SECONDS)
    for worker in alive:
        worker.kill()
    await asking.wait()
    assert len(workers) == WORKERS
    assert alive == []
    assert list(tmp_path.glob("letters-*")) == []
