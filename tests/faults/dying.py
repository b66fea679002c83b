"""A process that dies at any one of its awaits of the database, and what must be so after its successor is done.

A `Life` counts the calls on its connections. At the chosen one the process dies: the call is never sent, or it was
carried out and nobody heard of it. From then on each call fails, a rollback too, and then all connections are cut, as
when a process is gone.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

import asyncpg

from chassis.database import Database, server_settings
from chassis.settings import Settings

When = Literal["before", "after"]
CALLS = ("execute", "executemany", "fetch", "fetchrow", "fetchval", "copy_records_to_table", "copy_to_table", "prepare")
POOL_SIZE = 4
LIVES = count(1)
STRIDE_VARIABLE, DEFAULT_STRIDE = "OPENITEMS_TEST_PAIR_STRIDE", 29
"""With a stride of 1 every pair of deaths is tried: minutes, and what the soak does."""
BOTH_WAYS_UP_TO = 24
"""A path with more awaits dies alternately before one and after the next; with any stride given, both ways at each."""
GONE_LOOKS = 6_000
LOOK_SECONDS = 0.01
MAX_STEPS = 400
"""A path with more awaits than this is not walked one by one."""


class ProcessDied(BaseException):
    """The end of the process, as its own code sees it: not at all."""


class Life:
    """A process's life in calls; it ends at call number `dies_at`, or never."""

    def __init__(self, dies_at: int | None = None, when: When = "before") -> None:
        self.dies_at = dies_at
        self.when = when
        self.name = f"life-{next(LIVES)}"
        self.steps = 0
        self.is_over = False

    async def step(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """One call of the process."""
        self.steps += 1
        if self.is_over or self.steps == self.dies_at:
            if not self.is_over and self.when == "after":
                await call()
            self.is_over = True
            raise ProcessDied
        return await call()


def mortal_connection(life: Life) -> type[Any]:
    """A class of connections that live as long as `life`."""

    def mortal(name: str) -> Callable[..., Awaitable[Any]]:
        original = getattr(asyncpg.Connection, name)

        async def call(self: Any, *arguments: Any, **named: Any) -> Any:
            return await life.step(lambda: original(self, *arguments, **named))

        return call

    return type("MortalConnection", (asyncpg.Connection,), {name: mortal(name) for name in CALLS} | {"__slots__": ()})


@asynccontextmanager
async def living(settings: Settings, life: Life) -> AsyncIterator[Database]:
    """A process's database; when its life is over, its connections are cut and its end is not passed on."""
    pool = await asyncpg.create_pool(
        settings.database_url.get_secret_value(),
        min_size=1,
        max_size=POOL_SIZE,
        connection_class=mortal_connection(life),
        reset=_nothing_to_reset,
        server_settings=server_settings(settings.schema_name, life.name),
    )
    try:
        yield Database(pool)
    except ProcessDied:
        assert life.is_over, "only a life that ended ends a process"
    finally:
        pool.terminate()


async def gone(database: Database, life: Life) -> None:
    """Wait until the server has noticed that the process is gone, and undone what it had not committed."""
    for _ in range(GONE_LOOKS):
        if not await database.pool.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", life.name
        ):
            return
        await asyncio.sleep(LOOK_SECONDS)
    raise TimeoutError(f"the sessions of {life.name} do not end")


async def _nothing_to_reset(_connection: Any) -> None:
    """The services keep no session state on pooled connections, and a reset is no await of theirs."""


@dataclass(frozen=True, slots=True)
class Path:
    """Work of a service on one party, whose awaits are walked.

    `prepare` makes what the work finds; `work` does all of it however much was done before, as redelivery and resuming
    would; `state` tells what is so afterwards, without times, ids made by the database, and the party's name.
    """

    prepare: Callable[[Database, str], Awaitable[None]]
    work: Callable[[Database, str], Awaitable[None]]
    state: Callable[[Database, str], Awaitable[Mapping[str, Any]]]


async def die_everywhere(settings: Settings, path: Path) -> int:
    """Die at every await of the path, before and after it, each time on a party of its own; gives the awaits.

    The successor does the work anew, and again for good measure. What is so then must be what is so undisturbed.
    """
    undisturbed = Life()
    async with living(settings, Life()) as whole:
        await path.prepare(whole, "WHOLE")
        async with living(settings, undisturbed) as database:
            await path.work(database, "WHOLE")
        expected = await path.state(whole, "WHOLE")
        assert undisturbed.steps <= MAX_STEPS, f"{undisturbed.steps} awaits"
        for party, life in _lives(undisturbed.steps):
            await path.prepare(whole, party)
            async with living(settings, life) as database:
                await path.work(database, party)
            await gone(whole, life)
            await path.work(whole, party)
            await path.work(whole, party)
            found = await path.state(whole, party)
            assert found == expected, f"died {life.when} await {life.dies_at}: {found} instead of {expected}"
    return undisturbed.steps


async def die_in_pairs(settings: Settings, path: Path) -> int:
    """Die twice, the successor too: at every pair of awaits whose sum the stride divides; gives the pairs."""
    stride = int(os.environ.get(STRIDE_VARIABLE) or DEFAULT_STRIDE)
    undisturbed, pairs = Life(), 0
    async with living(settings, Life()) as whole:
        await path.prepare(whole, "WHOLE-PAIRS")
        async with living(settings, undisturbed) as database:
            await path.work(database, "WHOLE-PAIRS")
        expected = await path.state(whole, "WHOLE-PAIRS")
        steps = range(1, undisturbed.steps + 1)
        for first, second in ((one, two) for one in steps for two in steps if (one + two) % stride == 0):
            party, pairs = f"PAIR-{first}-{second}", pairs + 1
            await path.prepare(whole, party)
            for life in (Life(first, "after"), Life(second, "before")):
                async with living(settings, life) as database:
                    await path.work(database, party)
                await gone(whole, life)
            await path.work(whole, party)
            found = await path.state(whole, party)
            assert found == expected, f"died after await {first}, then before await {second}"
    return pairs


def _lives(steps: int) -> Iterator[tuple[str, Life]]:
    both_ways = steps <= BOTH_WAYS_UP_TO or STRIDE_VARIABLE in os.environ
    for number in range(1, steps + 1):
        if both_ways or number % 2 == 0:
            yield f"BEFORE-{number}", Life(number, "before")
        if both_ways or number % 2 == 1:
            yield f"AFTER-{number}", Life(number, "after")
