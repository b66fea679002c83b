"""What the stack's processes use, and how far its services are behind."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import psutil

from deploy.embedded import stack
from tests.load.wire import Wire

LOOK_SECONDS = 0.5
MEBIBYTE = 1024 * 1024
Used = dict[str, tuple[float, float]]
"""By process: seconds of CPU so far, and MiB of memory, what is shared counted once."""


def used(folder: Path) -> Used:
    """What each process of the stack, with its children, has used."""
    own = psutil.Process()
    found: Used = {"the sender": (sum(own.cpu_times()[:2]), own.memory_info().rss / MEBIBYTE)}
    for child in stack.status(folder).children:
        if child.process is None:
            continue
        whole = psutil.Process(child.process.pid)
        seconds = whole.cpu_times().children_user + whole.cpu_times().children_system
        family = [whole, *whole.children(recursive=True)]
        seconds += sum(sum(member.cpu_times()[:2]) for member in family)
        found[child.name] = (seconds, sum(member.memory_full_info().pss for member in family) / MEBIBYTE)
    return found


class Lag:
    """How far the services are behind: the largest distance seen, in events by service."""

    def __init__(self, clients: Mapping[str, Wire]) -> None:
        self.clients = clients
        self.largest: dict[str, int] = dict.fromkeys(clients, 0)

    async def watch(self, over: asyncio.Event) -> None:
        """Look now and then; a look that fails is left out."""
        while not over.is_set():
            for name in self.clients:
                left = await self._left(name)
                self.largest[name] = max(self.largest[name], left or 0)
            await asyncio.sleep(LOOK_SECONDS)

    async def drained(self, limit_seconds: float) -> float:
        """Wait until nothing is left; gives the seconds that took, TimeoutError past the limit."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        for _ in range(int(limit_seconds / LOOK_SECONDS)):
            if not any([await self._left(name) != 0 for name in self.clients]):
                return clock() - begun
            await asyncio.sleep(LOOK_SECONDS)
        raise TimeoutError(f"not drained within {limit_seconds:.0f} s")

    async def _left(self, name: str) -> int | None:
        try:
            answer = await self.clients[name].get("/v1/progress")
        except OSError:
            return None
        if not answer.is_success:
            return None
        progress = answer.json()
        return int(progress["lag_total"] + progress["unpublished"])
