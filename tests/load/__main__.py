"""So many commands a second for a minute over the four services, then more and more of them until it takes too long.

Commands are sent when they are due, however long those before them take, and a latency counts from when it was due. The
sender shares the machine with the services.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import asyncpg

from chassis.identity import ALL_ADMINISTRATIONS, Role
from deploy.embedded import stack
from deploy.embedded.postgres.databases import DATABASE
from deploy.embedded.postgres.server import Postgres
from deploy.embedded.tokens import issue_token
from tests.bench.scale import FULL, repeats, scale_of, scaled
from tests.bench.stage import table
from tests.load.commands import WITHIN, Commands, library
from tests.load.watching import Lag, used
from tests.load.wire import Wire

RATE, SECONDS = 200, 60.0
STEPS = (50, 100, 150, 200, 300, 400, 500)
STEP_SECONDS = 6.0
KNEE = 3.0
"""The knee is where p95 is so many times that of the slowest step, or where commands are not answered as they come."""
PARTIES, PARTIES_LEAST = 4_000, 100
PREVIEWED, PREVIEWED_LEAST = 200, 10
CHUNK = 500
DRAIN_SECONDS = 300.0
PERCENTILES = (50, 95, 99)
FOLDER = Path("bench")


@dataclass(frozen=True, slots=True)
class Load:
    """How much is asked of the stack: so many commands a second for so long, then rates of `steps`."""

    rate: int
    seconds: float
    scale: float = FULL

    @property
    def parties(self) -> int:
        """Whose items the commands are about."""
        return scaled(PARTIES, self.scale, PARTIES_LEAST)

    @property
    def previewed(self) -> int:
        """Write-offs that were looked at before the first second."""
        return scaled(PREVIEWED, self.scale, PREVIEWED_LEAST)

    @property
    def steps(self) -> tuple[int, ...]:
        """Commands a second, rising; only the lowest where figures do not count."""
        return STEPS[: repeats(len(STEPS), self.scale)]


@dataclass(slots=True)
class Measured:
    """Latencies in milliseconds by kind of command, how many were put off, what failed, and how long it all took."""

    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0

    def row(self, kinds: Sequence[str], **first: Any) -> dict[str, Any]:
        """Percentiles of some kinds together."""
        times = sorted(time for kind in kinds for time in self.milliseconds[kind])
        found = {f"p{percent} ms": times[min(len(times) - 1, len(times) * percent // 100)] for percent in PERCENTILES}
        return {**first, "answered": len(times), **found}


async def at_rate(commands: Commands, rate: int, seconds: float) -> Measured:
    """Send commands when they are due, and wait for the last answer."""
    found, clock = Measured(), asyncio.get_running_loop().time
    begun = clock()

    async def send(kind: str, due: float) -> None:
        try:
            answer = await commands.kinds[kind]()
        except OSError as error:
            found.failures.append(f"{kind}: {type(error).__name__}")
            return
        if answer.is_success:
            found.milliseconds[kind].append((clock() - due) * 1_000)
        elif answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            found.refused += 1
        else:
            found.failures.append(f"{kind}: {answer.status_code} {answer.content[:200]!r}")

    sending = []
    for number in range(int(rate * seconds)):
        due = begun + number / rate
        await asyncio.sleep(max(0.0, due - clock()))
        sending.append(asyncio.create_task(send(commands.next_kind(), due)))
    await asyncio.gather(*sending)
    found.seconds = clock() - begun
    return found


async def find_knee(commands: Commands, steps: Sequence[int]) -> tuple[list[dict[str, Any]], int | None]:
    """One short run at each rate; the rows, and the first rate at which latency left the ground."""
    rows: list[dict[str, Any]] = []
    for rate in steps:
        found = await at_rate(commands, rate, STEP_SECONDS)
        rows.append(found.row(list(found.milliseconds), rate=rate) | {"put off": found.refused})
        if rows[-1]["p95 ms"] > KNEE * rows[0]["p95 ms"] or found.refused or found.failures:
            return rows, rate
    return rows, None


@contextmanager
def connected(folder: Path) -> Iterator[dict[str, Wire]]:
    """The way to each service of the stack, as somebody who may do everything."""
    token = issue_token(folder, "load", [ALL_ADMINISTRATIONS], list(Role), datetime.now(UTC))
    urls = {child.name: child.url for child in stack.status(folder).children if child.url}
    wires = {name: Wire(urls[name], token) for name in ("selection", "matching", "reminders", "writeoff")}
    try:
        yield wires
    finally:
        for wire in wires.values():
            wire.close()


async def fill(clients: Mapping[str, Wire], lag: Lag, parties: int) -> None:
    """Send the library's events and wait until all services have them."""
    events = list(library(parties))
    for start in range(0, len(events), CHUNK):
        body = {"events": events[start : start + CHUNK]}
        answer = await clients["matching"].post("/v1/events", json=body, headers={"idempotency-key": f"fill-{start}"})
        assert answer.json()["accepted"] == len(body["events"]), answer.content
    await lag.drained(DRAIN_SECONDS)


async def gather_statistics(folder: Path) -> None:
    """What PostgreSQL does by itself within a minute or so after so many rows came."""
    (port,) = (child.port for child in stack.status(folder).children if child.name == "postgres")
    connection = await asyncpg.connect(Postgres(folder / "postgres", port=port).url(database=DATABASE))
    try:
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


async def audited(clients: Mapping[str, Wire]) -> dict[str, Any]:
    """What the audits of the services find."""
    found = {name: (await client.get(f"{WITHIN}/audit")).json()["violations"] for name, client in clients.items()}
    return {name: violations for name, violations in found.items() if violations}


async def measure(folder: Path, load: Load) -> dict[str, Any]:
    """Fill the running stack, load it at the rate, let it drain, find the knee, and have the books audited."""
    with connected(folder) as clients:
        await fill(clients, Lag(clients), load.parties)
        await gather_statistics(folder)
        commands = Commands(clients, load.parties, str(datetime.now(UTC).date()), seed=load.rate)
        await commands.preview_some(load.previewed)
        lag, over = Lag(clients), asyncio.Event()
        before = used(folder)
        watching = asyncio.create_task(lag.watch(over))
        found = await at_rate(commands, load.rate, load.seconds)
        after = used(folder)
        over.set()
        await watching
        drained = await lag.drained(DRAIN_SECONDS)
        rows, knee = await find_knee(commands, load.steps)
        await lag.drained(DRAIN_SECONDS)
        violations = await audited(clients)
    kinds = sorted(found.milliseconds)
    return {
        "rate": load.rate,
        "seconds": found.seconds,
        "commands": [found.row(kinds, command="all"), *(found.row([kind], command=kind) for kind in kinds)],
        "put off": found.refused,
        "failures": found.failures[:20],
        "largest lag": lag.largest,
        "drained after seconds": drained,
        "processes": [
            {"process": name, "cores": (after[name][0] - before[name][0]) / found.seconds, "MiB": after[name][1]}
            for name in sorted(after)
        ],
        "steps": rows,
        "knee": knee,
        "violations": violations,
    }


def report(figures: dict[str, Any]) -> str:
    """The figures as tables and sentences."""
    lag = ", ".join(f"{name} {events}" for name, events in figures["largest lag"].items())
    later = f"drained {figures['drained after seconds']:.1f} s later"
    knee = figures["knee"]
    return "\n\n".join(
        (
            table(f"{figures['rate']} commands a second for {figures['seconds']:.0f} s", figures["commands"]),
            f"put off: {figures['put off']}; failed: {len(figures['failures'])}; largest lag in events: {lag}; {later}",
            table("Used while it lasted", figures["processes"]),
            table(f"{STEP_SECONDS:.0f} s at each rate", figures["steps"]),
            f"latency leaves the ground at {knee} commands a second"
            if knee
            else f"no knee up to {figures['steps'][-1]['rate']} a second",
            f"violations: {figures['violations'] or 'none'}",
        )
    )


def main() -> int:
    """Run it on a stack of its own; the exit code is 1 when a command failed or the books are wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=RATE)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--scale", type=scale_of, default=FULL, help="how much there is: smoke, or a share such as 0.1")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the figures go")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="openitems-load-") as name:
        folder = Path(name) / "stack"
        stack.start(folder)
        try:
            figures = asyncio.run(measure(folder, Load(asked.rate, asked.seconds, asked.scale)))
        finally:
            stack.stop(folder)
    asked.folder.mkdir(parents=True, exist_ok=True)
    (asked.folder / "load.json").write_text(json.dumps(figures, indent=1), "utf-8")
    sys.stdout.write(report(figures) + "\n")
    return int(bool(figures["failures"] or figures["violations"]))


if __name__ == "__main__":
    sys.exit(main())
