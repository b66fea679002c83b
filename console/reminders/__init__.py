"""`openitems reminders …`: who would be reminded of what, runs of letters, and what came of them."""

from console.reminders.commands import app

__all__ = ["app"]
