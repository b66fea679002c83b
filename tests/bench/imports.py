"""Importing a file, dry run and posting, against what `/v1/events` takes of the same events; and the memory it takes.

The service answers over a socket from this process; whoever imports is a process of its own, whose memory is measured.
The events are posted in full requests that are made before the clock runs. The relay stands still: what is published
meanwhile takes the same on both sides.
"""

from __future__ import annotations

import asyncio
import json
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import httpx
from typer.testing import CliRunner

from chassis.database import open_database
from chassis.process import tend_garbage
from chassis.service import assemble
from console.app import build_app
from console.caller import SERVICES, Target
from services.matching.app import SERVICE
from tests.bench.scale import FULL, run_alone, scaled
from tests.bench.stage import Figures, say, stage, table
from tests.chassis.issuer import Issuer
from tests.chassis.serving import serving
from tests.support.desk import app_of, no_lag

ROWS = 1_000_000
ROWS_LEAST = 5_000
PARTIES = 20_000
CHUNK = 1_000
GOAL = 0.5
GOAL_MEBIBYTES = 256
HEADINGS = "Klant;Factuur;Boekdatum;Vervaldatum;Bedrag;Soort;Omschrijving;Filiaal;Lening"
MAPPING = {
    "date_format": "%d-%m-%Y",
    "decimal": ",",
    "thousands": ".",
    "columns": {
        "party_id": "Klant",
        "item_id": "Factuur",
        "item_date": "Boekdatum",
        "due_date": "Vervaldatum",
        "amount": "Bedrag",
        "kind": {"column": "Soort", "values": {"Boete": "fine", "Lidgeld": "contribution"}},
        "description": "Omschrijving",
        "branch": "Filiaal",
        "loan_id": "Lening",
        "journal": {"value": "V10"},
    },
}
ADMINISTRATION = "bib-gent"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service is, and the files to import."""

    url: str
    token: str
    folder: Path
    rows: int


def write_file(folder: Path, rows: int) -> None:
    """A file of distinct charges, as an accounting system writes it, and its mapping."""
    (folder / "map.yaml").write_text(json.dumps(MAPPING), "utf-8")
    with (folder / "items.csv").open("w", encoding="cp1252", newline="") as file:
        file.write(f"{HEADINGS}\r\n")
        for number in range(rows):
            day = f"{number % 28 + 1:02}-{number % 9 + 1:02}-2026"
            file.write(
                f"P{number % PARTIES:06};I{number:08};{day};30-11-2026;1.{number % 1_000:03},50;Boete;"
                f'"Boek ""Café"" {number}";centrum;L-{number}\r\n'
            )


def events_seconds(place: Place) -> float:
    """How long the service takes for the same events by `/v1/events`, under other ids."""
    taken = 0.0
    headers = {"authorization": f"Bearer {place.token}", "content-type": "application/json"}
    with httpx.Client(base_url=place.url, headers=headers, timeout=180.0) as client:
        for start in range(0, place.rows, CHUNK):
            body = _body(range(start, min(start + CHUNK, place.rows)))
            begun = time.perf_counter()
            answer = client.post("/v1/events", content=body, headers={"idempotency-key": f"events-{start}"})
            taken += time.perf_counter() - begun
            assert answer.json()["refused"] == [], "the events are new and right"
    return taken


def _body(numbers: range) -> bytes:
    events = (
        {
            "topic": "item-posted",
            "data": {
                "administration": ADMINISTRATION,
                "party_id": f"P{number % PARTIES:06}",
                "item_id": f"E{number:08}",
                "item_date": f"2026-{number % 9 + 1:02}-{number % 28 + 1:02}",
                "due_date": "2026-11-30",
                "amount": 100_050 + number % 1_000 * 100,
                "currency": "EUR",
                "kind": "fine",
                "description": f'Boek "Café" {number}',
                "branch": "centrum",
                "loan_id": f"L-{number}",
                "journal": "V10",
                "voucher": f"E{number:08}",
            },
        }
        for number in numbers
    )
    return json.dumps({"events": list(events)}, ensure_ascii=False).encode()


def import_seconds(place: Place) -> tuple[float, float, float]:
    """Seconds of the dry run and of the posting, and the most memory in MiB that this process ever had."""
    begun = time.perf_counter()
    fingerprint = _run(place).partition("--confirm ")[2].split()[0]
    shown = time.perf_counter()
    _run(place, "--confirm", fingerprint, "--no-wait")
    posted = time.perf_counter()
    return shown - begun, posted - shown, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _run(place: Place, *more: str) -> str:
    """Type the command; what it said on standard error."""
    words = ["--administration", ADMINISTRATION, "--as", "o.hansen", "import", "items", str(place.folder / "items.csv")]
    target = Target(dict.fromkeys(SERVICES, place.url), place.token)
    typed = [*words, "--map", str(place.folder / "map.yaml"), *more]
    result = CliRunner().invoke(build_app(lambda _employee: target), typed, standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.stderr


async def _measured(scale: float) -> list[Figures]:
    rows = scaled(ROWS, scale, ROWS_LEAST)
    with tempfile.TemporaryDirectory(prefix="openitems-bench-") as name:
        folder = Path(name)
        write_file(folder, rows)
        async with stage(SERVICE) as at:
            settings = at.settings(SERVICE)
            database = await open_database(settings)
            runtime = assemble(SERVICE, settings, database)
            issuer = Issuer(folder / "jwks.json")
            token = issuer.token(sub="o.hansen", roles=["operator"], administrations=[ADMINISTRATION])
            working = asyncio.create_task(runtime.jobs.run())
            tend_garbage()
            async with serving(app_of(SERVICE, runtime, issuer, no_lag)) as url:
                events, (shown, posted, mebibytes) = await _by_turns(Place(url, token, folder, rows))
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await database.close()
    return _rows(rows, events, shown, posted, mebibytes)


async def _by_turns(place: Place) -> tuple[float, tuple[float, float, float]]:
    """The events, then the file; each by a process that did nothing before."""
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        events = await loop.run_in_executor(pool, events_seconds, place)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return events, await loop.run_in_executor(pool, import_seconds, place)


def _rows(rows: int, events: float, shown: float, posted: float, mebibytes: float) -> list[Figures]:
    whole = shown + posted
    return [
        {"work": "/v1/events", "rows": rows, "per_second": rows / events, "ratio": 1.0, "mebibytes": 0},
        {"work": "dry run", "rows": rows, "per_second": rows / shown, "ratio": events / shown, "mebibytes": 0},
        {"work": "posting", "rows": rows, "per_second": rows / posted, "ratio": events / posted, "mebibytes": 0},
        {"work": "import", "rows": rows, "per_second": rows / whole, "ratio": events / whole, "mebibytes": mebibytes},
    ]


def main(scale: float = FULL) -> list[Figures]:
    """Measure at a scale (1 is in full), print the table, give its rows."""
    rows = asyncio.run(_measured(scale))
    say(table(f"Imports (floor: /v1/events; goals: {GOAL} of it, below {GOAL_MEBIBYTES} MiB)", rows))
    return rows


if __name__ == "__main__":
    run_alone(main)
