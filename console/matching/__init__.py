"""`openitems matching …`: settle, propose and execute, match by hand, undo, clear, value, and report."""

from console.matching.commands import app

__all__ = ["app"]
