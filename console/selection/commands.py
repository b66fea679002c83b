"""The sub-commands of `openitems selection`, put together."""

from __future__ import annotations

import typer

from console.selection import (
    blacklist,
    combining,
    criteria,
    exports,
    layouts,
    reports,
    returned_reports,
    sets,
    writeoffs,
)

app = typer.Typer(no_args_is_help=True, help="Find open items and keep them in sets.", rich_markup_mode=None)
app.command("fields")(criteria.fields)
app.command("criteria")(criteria.read_back)
app.command("count")(criteria.count)
app.command("save")(criteria.save)
app.command("saved")(criteria.saved)
app.command("forget")(criteria.forget)
app.command("run")(sets.run)
app.command("list")(sets.list_sets)
app.command("show")(sets.show_set)
app.command("members")(sets.members)
app.command("fix")(sets.fix)
app.command("rename")(sets.rename)
app.command("archive")(sets.archive)
app.command("changes")(sets.changes)
app.command("unmark")(combining.unmark)
app.command("combine")(combining.combine)
app.command("convert")(combining.convert)
app.command("compare")(combining.compare)
app.command("export")(exports.export)
app.command("reports")(exports.control_reports)
app.command("read-report")(returned_reports.read_report)
app.command("layouts")(layouts.layouts)
app.command("layout-save")(layouts.save_layout)
app.command("layout-delete")(layouts.delete_layout)
app.command("customers")(reports.customers)
app.command("ageing")(reports.ageing)
app.command("totals")(reports.totals)
app.command("write-off")(writeoffs.write_off)
app.command("confirm")(writeoffs.confirm)
app.command("write-offs")(writeoffs.list_writeoffs)
app.command("outcome")(writeoffs.outcome)
app.command("left-out")(writeoffs.left_out)
app.command("blacklist")(blacklist.listed)
app.command("blacklist-add")(blacklist.add)
app.command("blacklist-remove")(blacklist.remove)
