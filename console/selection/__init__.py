"""`openitems selection …`: find open items, freeze them into sets, report on them, ask for their write-off."""

from console.selection.commands import app

__all__ = ["app"]
