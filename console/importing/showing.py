"""What an import shows: how a file was read, what it adds up to, and the rows that need somebody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from chassis.sentences import Count, Sentence
from console.importing.fingerprints import Fingerprint
from console.importing.records import TAKEN, TOTAL_COLUMNS, Record, Spool, Totals, write_json, write_report
from console.importing.tables import TableFile
from console.output import heading, say, show, show_rows
from console.words import word

MAX_SHOWN = 20
DRY_COLUMNS = (
    "row",
    "outcome",
    "party_id",
    "item_id",
    "amount",
    "open_amount",
    "item_date",
    "column",
    "reason",
    "remedy",
)
SERVICE_COLUMNS = ("selection", "matching", "reminders", "writeoff")
POSTED_COLUMNS = (
    *("row", "outcome", "party_id", "item_id", "amount", "open_amount", "item_date"),
    *SERVICE_COLUMNS,
    *("column", "reason", "remedy"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person chose for an import."""

    confirm: str | None
    report: Path | None
    limit: float
    partly: bool
    all_rows: bool
    wait: bool
    json_output: bool

    @property
    def wants_rows(self) -> bool:
        """Whether every row is shown or written."""
        return self.json_output or self.all_rows or self.report is not None


@dataclass(slots=True)
class Examined:
    """What became of the rows of a file, and what they add up to."""

    table: TableFile
    spool: Spool
    totals: Totals
    fingerprint: Fingerprint

    @property
    def refused(self) -> int:
        """Rows that cannot be taken."""
        return self.spool.counts["refused"]

    @property
    def new(self) -> int:
        """Rows that are taken."""
        return self.spool.counts["new"]

    def facts(self) -> dict[str, Any]:
        """How the file was read, and how many rows became what."""
        counts = self.spool.counts
        return {
            "file": self.table.path.name,
            **self.table.told,
            "counts": {"rows": counts.total(), **{name: counts[name] for name in sorted(counts)}},
            "fingerprint": str(self.fingerprint),
        }


def show_import(
    examined: Examined, choices: Choices, language: str, rows: Iterable[Record], columns: tuple[str, ...]
) -> None:
    """The facts, the totals to compare with the file's own, and the rows that need somebody, or all of them."""
    if choices.report is not None:
        write_report(choices.report, rows, columns, language)
        say(Sentence("Written: {path}", path=choices.report), language)
    if choices.json_output:
        write_json({**examined.facts(), "totals": examined.totals.rows()}, rows)
        return
    show(examined.facts(), json_output=False, language=language)
    totals = examined.totals.rows()
    if totals:
        heading(word("totals", language))
        show_rows(totals, TOTAL_COLUMNS, json_output=False, language=language, right={*TOTAL_COLUMNS[2:]})
    wanted = (row for row in rows if choices.all_rows or row["outcome"] not in TAKEN)
    shown = list(wanted if choices.all_rows else islice(wanted, MAX_SHOWN))
    if shown:
        heading(word("rows", language))
        used = tuple(column for column in columns if any(row.get(column) not in {None, ""} for row in shown))
        show_rows(shown, used, json_output=False, language=language)
    hidden = sum(count for outcome, count in examined.spool.counts.items() if outcome not in TAKEN) - len(shown)
    if hidden > 0 and not choices.all_rows:
        say(
            Sentence("{count} more such rows: --all-rows shows them, --report writes them.", count=Count(hidden)),
            language,
        )
