"""What each step of the demonstration did: what, how many, how much, how long, which files."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from chassis.sentences import Sentence
from console.languages import spoken
from console.output import money, progress_console

NAMES = {
    "stack": Sentence("stack"),
    "configure": Sentence("configure"),
    "publish": Sentence("publish"),
    "settle oldest first": Sentence("settle oldest first"),
    "select": Sentence("select"),
    "control report": Sentence("control report"),
    "write off": Sentence("write off"),
    "control list": Sentence("control list"),
    "issue reminders": Sentence("issue reminders"),
    "audit": Sentence("audit"),
}
"""The steps, by the names that JSON has for them."""
WIDTH = 22
PLAIN: dict[str, Any] = {"highlight": False, "markup": False, "soft_wrap": True}


@dataclass(slots=True)
class DemoStep:
    """One step, as it is shown and as JSON tells it. Amounts are minor units per currency."""

    name: str
    what: str = ""
    count: int = 0
    amounts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    files: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class StepReport:
    """Collects the steps, and tells each on standard error as it ends."""

    language: str
    steps: list[DemoStep] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[DemoStep]:
        """Time a step; fill in the rest inside the block."""
        step = DemoStep(name)
        start = time.monotonic()
        yield step
        step.seconds = round(time.monotonic() - start, 2)
        self.steps.append(step)
        amounts = ", ".join(money(amount, currency, self.language) for currency, amount in step.amounts.items())
        called, what = spoken(NAMES[name], self.language), spoken(step.what, self.language)
        progress_console.print(
            f"{step.seconds:7.2f} s  {called:<{WIDTH}} {what}" + (f"  [{amounts}]" if amounts else ""), **PLAIN
        )
        for file in step.files:
            progress_console.print(f"{'':11}{'':<{WIDTH}} {file}", **PLAIN)

    def as_json(self, **more: Any) -> dict[str, Any]:
        """Every step and the seconds of all together, with `more` beside them, as it is written to summary.json."""
        total = round(sum(step.seconds for step in self.steps), 2)
        return {"seconds": total, "steps": [asdict(step) for step in self.steps], **more}


def amounts_of(totals: list[Mapping[str, Any]], name: str = "amount") -> dict[str, int]:
    """Totals as the services show them, added up: minor units by currency. `name` is the column."""
    amounts: dict[str, int] = {}
    for total in totals:
        amounts[total["currency"]] = amounts.get(total["currency"], 0) + total[name]
    return amounts
