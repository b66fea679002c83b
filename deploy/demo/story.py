"""The demonstration's story: from a library's events to letters, and an audit of all of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.events import read_configuration, send_events, wait_until_drained
from console.exits import CommandFailed
from console.inspection import audit_report
from console.output import progress_bar
from console.session import Json, Session
from deploy.demo.library import TODAY, Event, Library
from deploy.demo.telling import Telling

CONFIGURATION = Path(__file__).with_name("administration.yaml")
DRAIN_SECONDS = 180.0
OLD_DAYS = 731
"""More than two years."""
ABOVE = 100
"""Only what is open for more than 1.00."""
BOOKING = {"date": TODAY.isoformat(), "journal": "M90"}


@dataclass(slots=True)
class Story:
    """Each method is a step; files go to `folder`."""

    clerk: Session
    approver: Session
    telling: Telling
    folder: Path

    def tell(self) -> dict[str, Any]:
        """Do all steps; gives the audit's report."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.configure()
        self.publish()
        self.settle()
        fixed = self.select()
        self.report(fixed)
        self.write_off(fixed)
        self.remind()
        return self.audit()

    def configure(self) -> None:
        """Say how the library keeps its books."""
        with self.telling.step("configure") as step:
            configuration = read_configuration(CONFIGURATION)
            event = {"topic": "administration-configured", "data": configuration}
            _all_taken(send_events(self.clerk, [event]).refused)
            step.count = len(configuration["journals"])
            step.what = f"{configuration['name']}: {step.count} journals"
            step.files = [str(CONFIGURATION)]

    def publish(self) -> None:
        """Publish the library's events, and wait until all four services have them."""
        with self.telling.step("publish") as step:
            path = self.folder / "library.ndjson"
            counts: Counter[str] = Counter()
            _all_taken(send_events(self.clerk, _kept(Library().events(), path, counts)).refused)
            wait_until_drained(self.clerk, DRAIN_SECONDS)
            step.count = counts.total()
            step.what = f"{counts['party-updated']} parties and {counts['item-posted']} items in all four services"
            step.files = [str(path)]

    def settle(self) -> None:
        """Let the oldest payment settle the oldest charge."""
        with self.telling.step("settle oldest first") as step:
            job = self.clerk.post("matching", self.clerk.within("settlement-runs"), {"booking": BOOKING})
            step.details = self._follow("matching", job["job_id"], "Settling")
            wait_until_drained(self.clerk, DRAIN_SECONDS)
            step.count = int(step.details.get("allocations", 0))
            step.what = f"{step.details.get('matches')} matches, {step.count} allocations"

    def audit(self) -> dict[str, Any]:
        """Recompute what must hold."""
        with self.telling.step("audit") as step:
            report = audit_report(self.clerk)
            step.count = len(report["violations"])
            step.what = f"{step.count} violations in {report['accounts']} accounts of four services"
        return report

    def _follow(self, service: str, job_id: str, description: str) -> Json:
        with progress_bar(description) as progress:
            return self.clerk.follow(service, job_id, progress)


def _all_taken(refused: list[dict[str, Any]]) -> None:
    if refused:
        raise CommandFailed(f"Events of the demonstration were refused: {refused[0]}")


def _kept(events: Iterator[Event], path: Path, counts: Counter[str]) -> Iterator[Event]:
    """Pass events on, count them, and keep them in a file that `openitems publish` takes."""
    with path.open("w", encoding="utf-8") as file:
        for event in events:
            file.write(json.dumps(event, ensure_ascii=False) + "\n")
            counts[event["topic"]] += 1
            yield event
