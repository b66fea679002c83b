"""The demonstration's story: from a library's events to letters, and an audit of all of it."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from chassis.sentences import Count, Sentence
from console.audit import audit_report
from console.events import read_configuration, send_events
from console.exits import CommandFailed
from console.output import progress_bar
from console.session import Json, Session
from console.settled import wait_until_drained
from console.words import coded
from deploy.demo.library import TODAY, Event, Library
from deploy.demo.step_report import StepReport, amounts_of

CONFIGURATION = Path(__file__).with_name("administration.yaml")
DRAIN_SECONDS = 180.0
OLD_DAYS = 731
"""More than two years."""
REMIND_DAYS = 150
"""Reminders are for what is older than a fortnight and younger than five months."""
ABOVE = 100
"""Only what is open for more than 1.00."""
CRITERIA = (
    f"open_amount > {ABOVE} and item_date < {TODAY - timedelta(days=OLD_DAYS)}"
    " and status in (open, invoiced) and party_kind = debtor"
)
POLL_SECONDS = 0.2
BOOKING = {"date": TODAY.isoformat(), "journal": "M95"}


@dataclass(slots=True)
class Story:
    """Each method is a step; files go to `folder`."""

    clerk: Session
    approver: Session
    step_report: StepReport
    folder: Path
    documents: Path

    def tell(self) -> dict[str, Any]:
        """Do all steps in order; gives the audit's report, in which there may be violations."""
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
        with self.step_report.step("configure") as step:
            configuration = read_configuration(CONFIGURATION)
            event = {"topic": "administration-configured", "data": configuration}
            _all_taken(send_events(self.clerk, [event]).refused)
            step.count = len(configuration["journals"])
            step.what = Sentence("{name}: {count} journals", name=configuration["name"], count=Count(step.count))
            step.files = [str(CONFIGURATION)]

    def publish(self) -> None:
        """Publish the library's events, and wait until all four services have them."""
        with self.step_report.step("publish") as step:
            path = self.folder / "library.ndjson"
            counts: Counter[str] = Counter()
            _all_taken(send_events(self.clerk, _kept(Library().events(), path, counts)).refused)
            wait_until_drained(self.clerk, DRAIN_SECONDS)
            step.count = counts.total()
            step.what = Sentence(
                "{parties} parties and {items} items in all four services",
                parties=Count(counts["party-updated"]),
                items=Count(counts["item-posted"]),
            )
            step.files = [str(path)]

    def settle(self) -> None:
        """Let the oldest payment settle the oldest charge."""
        with self.step_report.step("settle oldest first") as step:
            job = self.clerk.post("matching", self.clerk.within("settlement-runs"), {"booking": BOOKING})
            step.details = self._follow("matching", job["job_id"], Sentence("Settling"))
            wait_until_drained(self.clerk, DRAIN_SECONDS)
            totals = step.details["totals"]
            step.count = sum(total["items"] for total in totals.values())
            step.amounts = {currency: total["amount"] for currency, total in totals.items()}
            matches = sum(total["matches"] for total in totals.values())
            step.what = Sentence(
                "{matches} matches settled {items} items", matches=Count(matches), items=Count(step.count)
            )

    def select(self) -> str:
        """Find what is old and still open, and freeze it into a fixed set; gives the set's id."""
        with self.step_report.step("select") as step:
            path = self.clerk.within("sets")
            found = self.clerk.post("selection", path, {"set_type": "items", "criteria": CRITERIA, "maximum": 100_000})
            fixed = self.clerk.post("selection", f"{path}/{found['set_id']}/fix", {"name": "Older than two years"})
            step.details = {"criteria": CRITERIA, "set_id": fixed["set_id"]}
            step.count = fixed["members"]
            step.amounts = amounts_of(fixed["totals"])
            step.what = Sentence(
                "{items} items of {parties} parties in a fixed set",
                items=Count(fixed["members"]),
                parties=Count(fixed["parties"]),
            )
        return str(fixed["set_id"])

    def report(self, set_id: str) -> None:
        """Export the set's control report, without which it cannot be written off."""
        with self.step_report.step("control report") as step:
            path = self.folder / "control-report.csv"
            headers = self.clerk.download(
                "selection", self.clerk.within(f"sets/{set_id}/export"), path, format="csv-nl", footer="true"
            )
            step.count = int(headers["x-members"])
            step.what = Sentence("{rows} rows, {size} bytes", rows=Count(step.count), size=Count(path.stat().st_size))
            step.files = [str(path)]

    def write_off(self, set_id: str) -> None:
        """Confirm twice, by two employees, and wait until the last party has answered."""
        with self.step_report.step("write off") as step:
            asked = self.clerk.post(
                "selection",
                self.clerk.within(f"sets/{set_id}/write-offs"),
                {"journal": "A920", "date": TODAY.isoformat(), "note": "Older than two years"},
            )
            batch = self.approver.within(f"write-offs/{asked['batch_id']}")
            approval = {name: asked[name] for name in ("items", "totals", "fingerprint")}
            self.approver.post("selection", f"{batch}/confirmation", approval)
            summary = self._outcome(batch, asked["items"])
            step.count = summary["written_off_items"]
            step.amounts = amounts_of(summary["written_off"])
            step.details = summary | {"left_out": asked["left_out"]}
            language = self.step_report.language
            left_out = ", ".join(f"{coded(code, language)} {items}" for code, items in asked["left_out"].items())
            skipped = ", ".join(f"{coded(one['code'], language)} {one['items']}" for one in summary["skipped"])
            step.what = Sentence(
                "left out {left_out}; requested {requested}, written off {written_off}, skipped {skipped}",
                left_out=left_out or Sentence("nothing"),
                requested=Count(summary["requested_items"]),
                written_off=Count(summary["written_off_items"]),
                skipped=skipped or Sentence("nothing"),
            )

    def _outcome(self, batch: str, items: int) -> Json:
        give_up_at = time.monotonic() + DRAIN_SECONDS
        with progress_bar(Sentence("Writing off"), self.step_report.language) as progress:
            while time.monotonic() < give_up_at:
                now = self.clerk.get("selection", batch)
                if now["summary"]:
                    return dict(now["summary"])
                progress({"done": now["progress"]["written_off"] + now["progress"]["skipped"], "total": items})
                time.sleep(POLL_SECONDS)
        raise CommandFailed("The write-off is not complete after {limit:.0f} s.", limit=DRAIN_SECONDS)

    def remind(self) -> None:
        """Print the control list, then issue it: a letter for each party."""
        request: Json = {"generation_date": TODAY.isoformat(), "criteria": {"age_from": 15, "age_to": REMIND_DAYS}}
        request["preferences"] = {"debtors": "balance-positive"}
        with self.step_report.step("control list") as step:
            path = self.folder / "control-list.csv"
            self.clerk.download(
                "reminders",
                self.clerk.within("control-list/export"),
                path,
                request=json.dumps(request),
                format="spreadsheet",
            )
            run = self.clerk.post("reminders", self.clerk.within("runs"), request)
            self._follow("reminders", run["job_id"], Sentence("Listing"))
            run = self.clerk.get("reminders", self.clerk.within(f"runs/{run['run_id']}"))
            step.count, step.amounts = run["items"], amounts_of(run["totals"], "open_amount")
            step.what = Sentence(
                "{items} items of {parties} parties would be reminded",
                items=Count(run["items"]),
                parties=Count(run["parties"]),
            )
            step.files = [str(path)]
        with self.step_report.step("issue reminders") as step:
            path_of_run = self.clerk.within(f"runs/{run['run_id']}")
            issued = self.clerk.post("reminders", f"{path_of_run}/issue", {"fingerprint": run["fingerprint"]})
            self._follow("reminders", issued["job_id"], Sentence("Issuing"))
            issued = self.clerk.get("reminders", path_of_run)
            wait_until_drained(self.clerk, DRAIN_SECONDS)
            step.count = issued["reminders"]
            step.what = Sentence("{count} letters", count=Count(step.count))
            step.files = [str(self.documents)]

    def audit(self) -> dict[str, Any]:
        """Have each service recompute its invariants from what it stored; gives the report."""
        with self.step_report.step("audit") as step:
            report = audit_report(self.clerk)
            step.count = len(report["violations"])
            step.what = Sentence(
                "{count} violations in {accounts} accounts of four services",
                count=Count(step.count),
                accounts=Count(report["accounts"]),
            )
        return report

    def _follow(self, service: str, job_id: str, description: str) -> Json:
        with progress_bar(description, self.step_report.language) as progress:
            return self.clerk.follow(service, job_id, progress)


def _all_taken(refused: list[dict[str, Any]]) -> None:
    if refused:
        raise CommandFailed("Events of the demonstration were refused: {first}", first=refused[0])


def _kept(events: Iterator[Event], path: Path, counts: Counter[str]) -> Iterator[Event]:
    """Pass events on, count them, and keep them in a file that `openitems publish` takes."""
    with path.open("w", encoding="utf-8") as file:
        for event in events:
            file.write(json.dumps(event, ensure_ascii=False) + "\n")
            counts[event["topic"]] += 1
            yield event
