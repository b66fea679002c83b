"""`openitems matching …`: settle oldest first, match by hand, undo, and look at what was matched."""

from console.matching.commands import app

__all__ = ["app"]
